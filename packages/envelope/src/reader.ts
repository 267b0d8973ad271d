import { BodyReader } from './body-reader.ts'
import type { MessageHeader } from './format/header.ts'
import { HeaderParser, type ParsedHeader } from './format/header-parser.ts'
import { cutShort, notAMessage } from './format/malformed.ts'
import type { EncryptionContext } from './materials/types.ts'
import type { DecryptOptions } from './options.ts'
import { type ReadStart, requireReadable, startReading } from './start.ts'
import { type Parallel, parallelOf } from './parallel/parallel.ts'
import type { Emit } from './writer.ts'

/** What a header proves once its tag has been verified. */
export type VerifiedHeader = {
  readonly header: MessageHeader
  /** All authenticated pairs, those that the message leaves out included. */
  readonly context: EncryptionContext
}

/**
 * Reads one message from chunks of any size and releases, through `emit`, only what is verified.
 * Chunks come one after the other: a promise that `push` returns has to settle before the next one.
 */
export class MessageReader {
  readonly #options: DecryptOptions
  readonly #emit: Emit
  readonly #onHeader: (verified: VerifiedHeader) => void
  readonly #parser: HeaderParser
  #body: BodyReader | undefined
  readonly #parallel: Parallel
  #isClosed = false

  /** `onHeader` is called once, when the header is verified and before anything is emitted. */
  constructor(
    options: DecryptOptions,
    emit: Emit,
    onHeader: (verified: VerifiedHeader) => void,
    parallel: Parallel = parallelOf(1),
  ) {
    requireReadable(options)
    this.#options = options
    this.#parallel = parallel
    this.#emit = emit
    this.#onHeader = onHeader
    this.#parser = new HeaderParser(options.maxEncryptedDataKeys)
  }

  /** A promise: for the chunk that completes the header, and for what other threads work on. */
  push(chunk: Uint8Array): Promise<void> | undefined {
    if (this.#body !== undefined) {
      return this.#body.update(chunk)
    }
    const used = this.#parser.push(chunk)
    const { parsed } = this.#parser
    return parsed && this.#open(parsed, chunk.subarray(used))
  }

  /** To be called at the end of the bytes. Throws `Malformed` when the message is not whole. */
  end(): Promise<void> | undefined {
    if (this.#body?.isDone) return undefined
    const settled = this.#body?.settled()
    if (settled === undefined) return this.#cutShort()
    return settled.then(
      () => this.#cutShort(),
      (error: unknown) => {
        this.zero()
        throw error
      },
    )
  }

  #cutShort(): never {
    this.zero()
    throw this.#parser.isEmpty ? notAMessage(new Uint8Array(0)) : cutShort()
  }

  /** Takes back what was emitted, to be used again. */
  give(piece: Uint8Array): void {
    this.#body?.give(piece)
  }

  /** Forgets keys and what is held. To be called whatever happens; more than once does no harm. */
  zero(): void {
    this.#isClosed = true
    this.#body?.zero()
  }

  async #open(parsed: ParsedHeader, rest: Uint8Array): Promise<void> {
    const start: ReadStart = await startReading(parsed, this.#options)
    this.#body = new BodyReader(start, this.#options, this.#emit, this.#parallel)
    // Whoever waited for the data key may have given up in the meantime.
    if (this.#isClosed) return this.#body.zero()
    this.#onHeader({ header: start.header, context: start.context })
    await this.#body.update(rest)
  }
}
