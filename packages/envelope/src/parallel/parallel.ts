import { availableParallelism } from 'node:os'
import { setImmediate } from 'node:timers/promises'
import type { LaneMessage } from './lane-message.ts'
import { Lanes } from './lanes.ts'
import { pool, type PoolWorker } from './pool.ts'
import { frameLengthMax } from './protocol.ts'

/** How far a message is worked on by several threads. */
export type Parallel = {
  /** Threads, the main one included; 1: no other. Absent: as many as there are cores. */
  readonly concurrency: number | undefined
  /** Plaintext bytes from which on it is worth it. */
  readonly fromBytes: number
  /** Who is told of a failure that happens between two calls. */
  readonly onFailure?: (error: unknown) => void
}

/** Below this the main thread is done before others have begun. */
const fromBytesDefault = 4 * 1024 * 1024

/** What the options say. */
export const parallelOf = (
  concurrency: number | undefined,
  onFailure: (error: unknown) => void = ignore,
): Parallel => ({ concurrency, fromBytes: fromBytesDefault, onFailure })

/** How many threads there are to be beside the main one. */
export const othersOf = ({ concurrency = availableParallelism() }: Parallel): number =>
  concurrency - 1

/** Frames that are dear enough for a second core to pay, however slowly memory moves between them. */
const smallFrameBytes = 8192

type Frames = { readonly frameLength: number; readonly isSigned: boolean }

/**
 * How many of the threads beside the main one work on frames; hashing what is signed is the work of
 * one. By default two cores share small frames only: a cipher that is fed long ones is as fast as
 * memory that moves from one core to the other.
 */
const forFrames = (parallel: Parallel, { frameLength, isSigned }: Frames): number => {
  // Frames that are too long for a slab stay here.
  if (frameLength > frameLengthMax) return 0
  const others = othersOf(parallel) - (isSigned ? 1 : 0)
  const isByDefault = parallel.concurrency === undefined
  return isByDefault && others === 1 && frameLength > smallFrameBytes ? 0 : others
}

/** Whether a message of so many bytes, all of them at hand, is for several threads. */
export const isForSeveral = (parallel: Parallel, frames: Frames, bytes: number): boolean =>
  bytes >= parallel.fromBytes &&
  (forFrames(parallel, frames) > 0 || (frames.isSigned && othersOf(parallel) > 0))

/** The thread that hashes what is signed, once it has started; there is none where threads are forbidden. */
export const digestWorker = (parallel: Parallel): PoolWorker | undefined => {
  const others = othersOf(parallel)
  pool.start(others)
  return pool.isStarting ? undefined : pool.ready(others).at(-1)
}

/** Opens lanes for a message once they are worth it, and not before its threads have started. */
export class LaneOpener {
  readonly #parallel: Parallel
  readonly #message: LaneMessage
  readonly #others: number
  #lanes: Lanes | undefined
  #isWanted = false

  constructor(parallel: Parallel, message: LaneMessage) {
    this.#parallel = parallel
    this.#message = message
    const { frameLength, suite } = message
    this.#others = forFrames(parallel, { frameLength, isSigned: suite.signature !== undefined })
  }

  get lanes(): Lanes | undefined {
    return this.#lanes
  }

  /** The lanes, from `fromBytes` on; until they can be opened, the caller works on by itself. */
  at(bytes: number, onPiece: (piece: Uint8Array<ArrayBuffer>) => void): Lanes | undefined {
    if (this.#lanes !== undefined || this.#others <= 0) return this.#lanes
    if (bytes < this.#parallel.fromBytes) return undefined
    this.#isWanted = true
    pool.start(this.#others)
    if (pool.isStarting) return undefined
    const workers = pool.ready(this.#others)
    if (workers.length === 0) return undefined
    const { onFailure = ignore } = this.#parallel
    this.#lanes = new Lanes(this.#message, workers, onPiece, onFailure)
    return this.#lanes
  }

  /**
   * What to wait for while threads start: a source that never waits for anything would keep the news
   * of it from ever arriving.
   */
  starting(): Promise<void> | undefined {
    return this.#isWanted && this.#lanes === undefined && pool.isStarting ? turn() : undefined
  }

  close(): void {
    this.#lanes?.close()
  }
}

/** Lets everything else that waits have its turn. */
export const turn = async (): Promise<void> => {
  await setImmediate()
}

// The next call throws it as well.
const ignore = (): void => {}
