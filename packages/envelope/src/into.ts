import { plain } from './bytes.ts'
import type { MessageHeader } from './format/header.ts'
import { type DecryptOptions, type EncryptStreamOptions, requireBytes } from './options.ts'
import { parallelOf } from './parallel/parallel.ts'
import { MessageReader, type VerifiedHeader } from './reader.ts'
import { startStream } from './start.ts'
import { MessageWriter } from './writer.ts'

/**
 * Where the bytes go. A piece is the writer's until its promise settles: then its memory is used
 * again, which is what makes this the fastest way.
 */
export type Write = (piece: Uint8Array) => void | Promise<void>

/** A chunk is read before the next one is asked for, and not looked at again. */
export type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

/**
 * Encrypts chunks of any size and gives the message to `write`, piece by piece and one at a time.
 * Throws what `encrypt` throws, and what `write` or the chunks fail with; no write is under way then.
 */
export const encryptInto = async (
  chunks: Chunks,
  write: Write,
  options: EncryptStreamOptions,
): Promise<{ readonly header: MessageHeader }> => {
  const start = await startStream(options).catch(async (error: unknown) => {
    await closeUnread(chunks)
    throw error
  })
  const { plaintextBytesMax, concurrency } = options
  const handover = new Handover(write, (piece) => writer.give(piece))
  const writer = new MessageWriter(start, handover.add, plaintextBytesMax, parallelOf(concurrency))
  try {
    for await (const chunk of chunks)
      for (const piece of cut(chunk)) {
        await writer.update(piece)
        await handover.goOn()
      }
    await writer.finish()
    await handover.end()
    return { header: start.header }
  } finally {
    await handover.settled()
    writer.zero()
  }
}

/**
 * Decrypts a message from chunks of any size and gives what is verified to `write`, piece by piece
 * and one at a time. `onHeader` is awaited once the header is verified and before anything is
 * written. Throws what `decrypt` throws: what was written by then is to be discarded.
 */
export const decryptInto = async (
  chunks: Chunks,
  write: Write,
  options: DecryptOptions,
  onHeader: (verified: VerifiedHeader) => void | Promise<void> = () => {},
): Promise<VerifiedHeader> => {
  const handover = new Handover(write, (piece) => reader.give(piece))
  let verified: VerifiedHeader | undefined
  let isTold = false
  const note = (header: VerifiedHeader): unknown => (verified = header)
  const reader = new MessageReader(options, handover.add, note, parallelOf(options.concurrency))
  const goOn = async (): Promise<void> => {
    if (verified !== undefined && !isTold) await onHeader(verified)
    isTold = verified !== undefined
    await handover.goOn()
  }
  try {
    for await (const chunk of chunks)
      for (const piece of cut(chunk)) {
        await reader.push(piece)
        await goOn()
      }
    await reader.end()
    await handover.end()
    if (verified === undefined) throw new TypeError('a whole message has a header')
    return verified
  } finally {
    await handover.settled()
    reader.zero()
  }
}

/** A source that nobody has asked for anything yet may have opened its file all the same. */
const closeUnread = async (chunks: Chunks & Partial<AsyncDisposable>): Promise<void> => {
  // A stream of Node ends by this; by its iterator only once that was asked for something.
  if (Symbol.asyncDispose in chunks) return await chunks[Symbol.asyncDispose]?.()
  if (Symbol.asyncIterator in chunks) await chunks[Symbol.asyncIterator]().return?.()
}

const pieceBytes = 1024 * 1024

/** Of a long chunk, what was made is to be written before all of it has been worked on. */
function* cut(chunk: Uint8Array): Generator<Uint8Array> {
  requireBytes('Every chunk', chunk)
  const bytes = plain(chunk)
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
}

/** Bytes that are being written while the next ones are worked on. */
const writingBytesMax = 4 * 1024 * 1024

/** Writes pieces one after the other, beside the work on those that follow. */
class Handover {
  readonly #pieces: Uint8Array[] = []
  readonly #write: Write
  readonly #give: (piece: Uint8Array) => void
  #writing: Promise<void> = Promise.resolve()
  #writingBytes = 0
  #failure: { readonly error: unknown } | undefined

  constructor(write: Write, give: (piece: Uint8Array) => void) {
    this.#write = write
    this.#give = give
  }

  readonly add = (piece: Uint8Array): void => {
    this.#pieces.push(piece)
  }

  /** Writes what was added; resolves when more may be. Throws what a write failed with. */
  async goOn(): Promise<void> {
    for (const piece of this.#pieces.splice(0)) {
      this.#writingBytes += piece.length
      this.#writing = this.#after(this.#writing, piece)
    }
    if (this.#writingBytes >= writingBytesMax) await this.#writing
    if (this.#failure !== undefined) throw this.#failure.error
  }

  /** Resolves when everything is written. */
  async end(): Promise<void> {
    await this.goOn()
    await this.#writing
    if (this.#failure !== undefined) throw this.#failure.error
  }

  /** Resolves when nothing is being written any more; what was not is zeroed. */
  async settled(): Promise<void> {
    this.#failure ??= { error: new Error('The message was abandoned.') }
    for (const piece of this.#pieces.splice(0)) piece.fill(0)
    await this.#writing
  }

  /** Never rejects: the next call throws what it failed with. */
  async #after(before: Promise<void>, piece: Uint8Array): Promise<void> {
    await before
    try {
      if (this.#failure === undefined) await this.#write(piece)
    } catch (error) {
      this.#failure ??= { error }
    }
    this.#writingBytes -= piece.length
    this.#give(piece)
  }
}
