import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type DirectoryLock, lockDirectory } from '../stores/directory-lock.ts'
import { filesIn } from './files.ts'
import { putBack } from './put-back.ts'
import { newestLines } from './segments.ts'

const slotName = /^worker-[1-9][0-9]*$/

/** Where the worker process of this number, from 1, has its own audit log. */
export const slotDirectory = (auditDirectory: string, slot: number): string =>
  join(auditDirectory, `worker-${slot}`)

/** The audit logs, if there are any, that worker processes of this start or an earlier one have written. */
export const slotDirectories = async (auditDirectory: string): Promise<readonly string[]> =>
  (existsSync(auditDirectory) ? await readdir(auditDirectory) : [])
    .filter((name) => slotName.test(name))
    .map((name) => join(auditDirectory, name))

/**
 * Makes this process the only one on a worker's log: a worker that was stopped when its parent died
 * goes on before it learns of that, and its writes would not be where its successor expects the end.
 */
export const lockSlot = async (directory: string): Promise<DirectoryLock> => {
  await filesIn(directory)
  return lockDirectory(directory)
}

/**
 * The lines of a log that nobody has open, the newest first, until about `bytesMax` were read. What
 * a crash took from its newest segment is put back before; the first may still be half a line.
 * Rejects if a process has it open nevertheless.
 */
export async function* linesOfSlot(
  directory: string,
  bytesMax: number,
): AsyncGenerator<string, void> {
  const files = await filesIn(directory)
  const lock = await lockSlot(directory)
  try {
    await putBack(files)
  } finally {
    await lock.release()
  }
  yield* newestLines(files, bytesMax)
}
