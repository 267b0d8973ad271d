import { readlinkSync } from 'node:fs'
import { getPriority, setPriority } from 'node:os'

/** Nobody is nicer than this. */
const nicenessMax = 19

/**
 * Has the system prefer others to the thread that calls this, and only where they are many: it
 * still gets every CPU that nobody else wants. On Linux, where threads have a niceness each, as
 * setpriority(2) says under "C library/kernel differences"; elsewhere it does nothing.
 */
export const lowerOwnPriority = (niceness: number): void => {
  const thread = ownThreadId()
  if (thread === undefined) return
  try {
    setPriority(thread, Math.min(nicenessMax, getPriority(thread) + niceness))
  } catch {
    // A sandbox that forbids it: the work is done all the same.
  }
}

/** Linux's name of this thread; `undefined` elsewhere. */
const ownThreadId = (): number | undefined => {
  try {
    // proc(5): PID/task/TID, as the reader's own PID namespace counts them.
    return Number(readlinkSync('/proc/thread-self').split('/').at(-1))
  } catch {
    return undefined
  }
}
