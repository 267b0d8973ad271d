import { unlinkSync } from 'node:fs'

/** The partial files of this process. Whoever interrupts it does not find them afterwards. */
export const pending = new Set<string>()

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const

/** Runs `work`; a signal that ends the process meanwhile removes the partial files first. */
export const cleaningUp = async <T>(work: () => Promise<T>): Promise<T> => {
  const end = (signal: NodeJS.Signals): void => {
    for (const path of pending) {
      try {
        unlinkSync(path)
      } catch {
        // It is gone already.
      }
    }
    for (const name of signals) process.off(name, end)
    process.kill(process.pid, signal)
  }
  for (const name of signals) process.on(name, end)
  try {
    return await work()
  } finally {
    for (const name of signals) process.off(name, end)
  }
}
