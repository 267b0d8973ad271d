import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
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
 * The lines of a log that nobody has open, the newest first, until about `bytesMax` were read. What
 * a crash took from its newest segment is put back before; the first may still be half a line.
 */
export async function* linesOfSlot(
  directory: string,
  bytesMax: number,
): AsyncGenerator<string, void> {
  const files = await filesIn(directory)
  await putBack(files)
  yield* newestLines(files, bytesMax)
}
