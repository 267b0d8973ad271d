import {
  type Checkpoint,
  parseCheckpoint,
  requireCheckpointHead,
} from '../core/state/checkpoint.ts'
import { serial } from '../core/state/serial.ts'
import type { State, StateKey } from '../core/state/state.ts'
import { type Log, reasonOf } from './log.ts'
import { readCheckpointFile, replaceCheckpointFile } from './stores/checkpoint-file.ts'

/** How often it is looked whether there is enough to write. */
const everyMs = 10_000
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

export type Checkpoints = {
  /** Writes one if a start would have to verify much without it. Resolves when it is on the disk. */
  writeIfDue(): Promise<void>
  /** Writes what there is, and no more from then on. */
  stop(): Promise<void>
}

/** Writes checkpoints now and then, until it is stopped. `fromSeq`: how far the one goes that is there. */
export const scheduleCheckpoints = (
  path: string,
  state: Pick<State, 'newest' | 'rowsEver' | 'checkpoint'>,
  fromSeq: number,
  log: Log,
): Checkpoints => {
  const inOrder = serial()
  let writtenSeq = fromSeq
  const writeAfter = (changes: number): Promise<void> =>
    inOrder(async () => {
      const { seq } = state.newest
      if (seq - writtenSeq <= changes) return
      try {
        await replaceCheckpointFile(path, state.checkpoint())
        writtenSeq = seq
      } catch (error) {
        log.warn('checkpoint not written', { reason: reasonOf(error) })
      }
    })
  const writeIfDue = () => writeAfter(Math.max(leastChanges, state.rowsEver * leastShareOfRows))
  const timer = setInterval(() => void writeIfDue(), everyMs)
  timer.unref()
  return {
    writeIfDue,
    stop: async () => {
      clearInterval(timer)
      await writeAfter(0)
    },
  }
}
