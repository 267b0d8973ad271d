/** A value that may be there at once: what is in memory costs no turn of waiting. */
export type Soon<T> = T | Promise<T>

/** Goes on at once if there is nothing to wait for, so that a busy path makes no promise. */
export const whenSoon = <T, R>(value: Soon<T>, work: (value: T) => Soon<R>): Soon<R> =>
  value instanceof Promise ? value.then(work) : work(value)

/** Does `cleanUp` where the work fails, now or later, and fails as it did. */
export const unlessFailed = <T>(work: () => Soon<T>, cleanUp: () => void): Soon<T> => {
  const fail = (error: unknown): never => {
    cleanUp()
    throw error
  }
  try {
    const value = work()
    return value instanceof Promise ? value.catch(fail) : value
  } catch (error) {
    return fail(error)
  }
}

/** Does `last` once the work is over, whether it succeeds or fails, now or later. */
export const alwaysSoon = <T>(work: () => Soon<T>, last: () => void): Soon<T> => {
  let value: Soon<T>
  try {
    value = work()
  } catch (error) {
    last()
    throw error
  }
  if (value instanceof Promise) return value.finally(last)
  last()
  return value
}
