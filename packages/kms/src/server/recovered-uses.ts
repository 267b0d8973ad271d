import type { KeyUses } from '../core/keys/key-uses.ts'
import { recoverUses } from '../core/keys/recover-uses.ts'
import type { Clock } from '../core/ports.ts'
import type { DataDirectory } from './data-directory.ts'
import type { Log } from './log.ts'
import type { AuditLog } from './sinks/audit-log.ts'
import { linesOfSlot, slotDirectories } from './sinks/slots.ts'

/** How much of the audit log a start reads for uses that a crash kept from being saved. */
const recoveredBytesMax = 64 * 1024 * 1024
/** So much is not to be read in vain again. */
const manyLines = 1000

/** Notes uses that a crash kept from being saved, from this process's audit log and those of workers. */
export const recoverSavedUses = async (
  uses: KeyUses,
  directory: DataDirectory,
  audit: Pick<AuditLog, 'newestLines'>,
  clock: Clock,
  log: Log,
): Promise<void> => {
  let lines = 0
  const counted = async function* (all: AsyncIterable<string>): AsyncGenerator<string, void> {
    for await (const line of all) {
      lines += 1
      yield line
    }
  }
  const nowMs = clock.nowMs()
  let keys = await recoverUses(uses, counted(audit.newestLines(recoveredBytesMax)))
  for (const slot of await slotDirectories(directory.audit))
    keys += await recoverUses(uses, counted(linesOfSlot(slot, recoveredBytesMax)))
  if (keys > 0) log.info('last uses of keys recovered', { keys })
  // Where some were found they are saved soon, and the next start knows from then on.
  else if (lines > manyLines) await uses.markSaved(nowMs)
}
