import { plain } from '../bytes.ts'
import { Lanes, defaultConcurrency, type LaneMessage } from './lanes.ts'
import { frameLengthMax } from './protocol.ts'

/** How far a message is worked on by several threads. */
export type Parallel = {
  /** Threads beside the main one; 1 and fewer: none. */
  readonly concurrency: number
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
  concurrency: concurrency ?? defaultConcurrency(),
  fromBytes: fromBytesDefault,
  onFailure,
})

/** Opens lanes for a message once they are worth it, and not before its threads have started. */
export class LaneOpener {
  readonly #parallel: Parallel
  readonly #message: LaneMessage
  readonly #isPossible: boolean
  #lanes: Lanes | undefined

  constructor(parallel: Parallel, message: LaneMessage) {
    this.#parallel = parallel
    this.#message = message
    this.#isPossible = parallel.concurrency > 1 && message.frameLength <= frameLengthMax
  }

  get lanes(): Lanes | undefined {
    return this.#lanes
  }

  /** The lanes, from `fromBytes` on; until they can be opened, the caller works on by itself. */
  at(bytes: number, onSlab: (frames: Uint8Array) => void): Lanes | undefined {
    if (this.#lanes !== undefined || !this.#isPossible) return this.#lanes
    if (bytes < this.#parallel.fromBytes) return undefined
    const { concurrency, onFailure = ignore } = this.#parallel
    this.#lanes = Lanes.open(this.#message, concurrency, onSlab, onFailure)
    return this.#lanes
  }

  close(): void {
    this.#lanes?.close()
  }
}

/** A copy in memory that belongs to nobody else, of bytes that threads share. */
export const unshared = (shared: Uint8Array): Uint8Array => {
  const copy = Buffer.allocUnsafeSlow(shared.length)
  copy.set(shared)
  return plain(copy)
}

// The next call throws it as well.
const ignore = (): void => {}
