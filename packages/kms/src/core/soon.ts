/** A value that may be there at once: what is in memory costs no turn of waiting. */
export type Soon<T> = T | Promise<T>

/** Goes on at once if there is nothing to wait for, so that a busy path makes no promise. */
export const whenSoon = <T, R>(value: Soon<T>, work: (value: T) => Soon<R>): Soon<R> =>
  value instanceof Promise ? value.then(work) : work(value)
