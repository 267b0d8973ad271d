import type { FileCommand } from './flag-table.ts'
import { parseCount } from './pairs.ts'
import type { FileArgs } from './parse.ts'
import { valueOf } from './settings.ts'

/** More would only wait for the disk and the service. */
const atOnceDefault = 4

/** How many files at once, as -j says. */
export const readJobs = (command: FileCommand, args: FileArgs): number => {
  const text = valueOf(args, '--jobs')
  return text === undefined ? atOnceDefault : parseCount(command, '--jobs', text, 1)
}

/**
 * Does the work for every item, some at once, in their order. Work that resolves to `false` ends
 * it: what is under way is waited for, and nothing further is begun.
 */
export const eachAtOnce = async <T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<boolean>,
): Promise<void> => {
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const item = items[next++]
      if (item !== undefined && !(await work(item))) next = items.length
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker))
}
