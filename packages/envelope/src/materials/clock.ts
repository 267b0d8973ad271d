/**
 * Time that only goes forward, in milliseconds since no particular moment. Wall-clock time will not
 * do for ages: whoever sets the clock back would keep expired keys alive.
 */
export type MonotonicClock = { nowMs(): number }

/** The process's own. It stands still while the machine sleeps. */
export const monotonicClock: MonotonicClock = { nowMs: () => performance.now() }
