import { availableParallelism } from 'node:os'
import { setImmediate } from 'node:timers/promises'
import { Lanes, type LaneMessage } from './lanes.ts'
import { pool } from './pool.ts'
import { frameLengthMax } from './protocol.ts'

/** How far a message is worked on by several threads. */
export type Parallel = {
  /** Threads beside the main one; 1: none. Absent: what the length of the frames makes of it. */
  readonly concurrency: number | undefined
  /** Plaintext bytes from which on it is worth it. */
  readonly fromBytes: number
  /** Who is told of a failure that happens between two calls. */
  readonly onFailure?: (error: unknown) => void
}

/** Below this the main thread is done before others have begun. */
const fromBytesDefault = 4 * 1024 * 1024

/** What the options say; no threads for frames that are too long for a slab. */
export const parallelOf = (
  concurrency: number | undefined,
  onFailure: (error: unknown) => void = ignore,
): Parallel => ({
  concurrency,
  fromBytes: fromBytesDefault,
  onFailure,
})

/** Frames that are dear enough for two cores to pay. */
const smallFrameBytes = 8192

/**
 * By default one core is left to the main thread. With two of them, handing slabs over costs what the
 * second one brings, unless frames are small and so cost more for each byte.
 */
const concurrencyOf = ({ concurrency }: Parallel, frameLength: number): number => {
  if (frameLength > frameLengthMax) return 1
  if (concurrency !== undefined) return concurrency
  const cores = availableParallelism()
  return cores === 2 && frameLength <= smallFrameBytes ? 2 : Math.max(1, cores - 1)
}

/** Whether a message of so many bytes, all of them at hand, is for several threads. */
export const isForSeveral = (parallel: Parallel, frameLength: number, bytes: number): boolean =>
  bytes >= parallel.fromBytes && concurrencyOf(parallel, frameLength) > 1

/** Opens lanes for a message once they are worth it, and not before its threads have started. */
export class LaneOpener {
  readonly #parallel: Parallel
  readonly #message: LaneMessage
  readonly #concurrency: number
  #lanes: Lanes | undefined
  #isWanted = false

  constructor(parallel: Parallel, message: LaneMessage) {
    this.#parallel = parallel
    this.#message = message
    this.#concurrency = concurrencyOf(parallel, message.frameLength)
  }

  get lanes(): Lanes | undefined {
    return this.#lanes
  }

  /** The lanes, from `fromBytes` on; until they can be opened, the caller works on by itself. */
  at(bytes: number, onSlab: (frames: Uint8Array) => void): Lanes | undefined {
    if (this.#lanes !== undefined || this.#concurrency <= 1) return this.#lanes
    if (bytes < this.#parallel.fromBytes) return undefined
    this.#isWanted = true
    const { onFailure = ignore } = this.#parallel
    this.#lanes = Lanes.open(this.#message, this.#concurrency, onSlab, onFailure)
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
