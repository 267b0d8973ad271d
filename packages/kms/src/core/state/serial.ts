/** Runs one piece of work at a time, in the order of the calls; a failure stops none that follow. */
export type Serial = <T>(work: () => Promise<T>) => Promise<T>

/** A new queue. Work that waits for other work of the same queue waits for ever. */
export const serial = (): Serial => {
  let tail: Promise<unknown> = Promise.resolve()
  return (work) => {
    const result = tail.then(work)
    tail = result.catch(() => undefined)
    return result
  }
}
