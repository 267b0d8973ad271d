import {
  type Checkpoint,
  parseCheckpoint,
  requireCheckpointHead,
} from '../core/state/checkpoint.ts'
import { serial } from '../core/state/serial.ts'
import type { State, StateKey } from '../core/state/state.ts'
import { type Log, reasonOf } from './log.ts'
import { auditReserveBytes } from './sinks/audit-log.ts'
import {
  freeBytesBeside,
  readCheckpointFile,
  removeUnfinishedCheckpoint,
  replaceCheckpointFile,
} from './stores/checkpoint-file.ts'

/** How often it is looked whether there is enough to write. */
const everyMs = 10_000
/** After failures, each of which doubles the time until the next try. */
const atMostEveryMs = 3_600_000
/** So many changes are verified in less than 100 ms at a start. */
const leastChanges = 5000
/** A checkpoint is as long as there are rows, so that many changes make it worth while. */
const leastShareOfRows = 0.1

/**
 * The checkpoint that an earlier process left. One that is of no use is none, and said to be so: the
 * start takes longer then.
 */
export const readCheckpoint = async (
  path: string,
  stateKey: StateKey,
  log: Log,
): Promise<Checkpoint | undefined> => {
  try {
    const requireHead = (bytes: Uint8Array) => requireCheckpointHead(stateKey, bytes)
    const bytes = await readCheckpointFile(path, { requireHead })
    return bytes && parseCheckpoint(stateKey, bytes)
  } catch (error) {
    log.warn('checkpoint not used', { reason: reasonOf(error) })
    return undefined
  }
}

/**
 * Holds a checkpoint against the database, whose newest change is `newestSeq` (0: none). Throws, so
 * that the service does not start, where the database has been put back to before it.
 */
export const requireReached = (checkpoint: Checkpoint | undefined, newestSeq: number): void => {
  const seq = checkpoint?.until.seq ?? 0
  if (seq <= newestSeq) return
  throw new Error(
    `keyhold.checkpoint tells of change ${seq}, but the newest change in the database is ` +
      `${newestSeq}: the database is older than keyhold.checkpoint; if a backup was restored on ` +
      'purpose, remove keyhold.checkpoint and start again (docs/operations.md, Backup)',
  )
}

/** Gives back the room that the unfinished checkpoint of a process takes which was killed. */
export const discardUnfinished = async (path: string, log: Log): Promise<void> => {
  try {
    await removeUnfinishedCheckpoint(path)
  } catch (error) {
    log.warn('unfinished checkpoint not removed', { reason: reasonOf(error) })
  }
}

export type Checkpoints = {
  /** Writes one if a start would have to verify much without it. Resolves when it is on the disk. */
  writeIfDue(): Promise<void>
  /** Writes what there is, and no more from then on. */
  stop(): Promise<void>
}

export type CheckpointsOptions = {
  readonly path: string
  readonly state: Pick<State, 'newest' | 'rowsEver' | 'checkpoint' | 'checkpointBytes'>
  /** How far the one goes that is there. */
  readonly fromSeq: number
  /** Whether the audit log needs all the room that its disk has: nothing is written then. */
  readonly isAuditFull: () => boolean
  /** How many bytes there is room for where the path is; absent: as the file system says. */
  readonly freeBytes?: (path: string) => Promise<number>
  readonly log: Log
}

/** Writes checkpoints now and then, until it is stopped; less and less often while it cannot. */
export const scheduleCheckpoints = (options: CheckpointsOptions): Checkpoints => {
  const { state, isAuditFull, log } = options
  const inOrder = serial()
  let writtenSeq = options.fromSeq
  let failures = 0
  const writeAfter = (changes: number): Promise<void> =>
    inOrder(async () => {
      const { seq } = state.newest
      if (seq - writtenSeq <= changes || isAuditFull()) return
      try {
        await write(options)
        writtenSeq = seq
        failures = 0
      } catch (error) {
        failures += 1
        log.warn('checkpoint not written', { reason: reasonOf(error) })
      }
    })
  const writeIfDue = () => writeAfter(Math.max(leastChanges, state.rowsEver * leastShareOfRows))
  let timer: NodeJS.Timeout | undefined
  let isStopped = false
  const wait = (): void => {
    if (isStopped) return
    timer = setTimeout(
      () => void writeIfDue().then(wait),
      Math.min(everyMs * 2 ** failures, atMostEveryMs),
    )
    timer.unref()
  }
  wait()
  return {
    writeIfDue,
    stop: async () => {
      isStopped = true
      clearTimeout(timer)
      await writeAfter(0)
    },
  }
}

/** Only where there is room for two, besides as much as the audit log keeps back for itself. */
const write = async ({ path, state, freeBytes = freeBytesBeside }: CheckpointsOptions) => {
  const neededBytes = 2 * state.checkpointBytes + auditReserveBytes
  if ((await freeBytes(path)) < neededBytes)
    throw new Error(`the disk has less room than ${neededBytes} bytes`)
  await replaceCheckpointFile(path, state.checkpoint())
}
