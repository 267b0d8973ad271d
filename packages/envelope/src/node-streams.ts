import { Transform, type TransformCallback } from 'node:stream'
import { callbackify } from 'node:util'
import { plain } from './bytes.ts'
import type { MessageHeader } from './format/header.ts'
import type { EncryptionContext } from './materials/types.ts'
import type { DecryptOptions, EncryptStreamOptions } from './options.ts'
import { parallelOf } from './parallel/parallel.ts'
import { MessageReader, type VerifiedHeader } from './reader.ts'
import { startStream } from './start.ts'
import { MessageWriter } from './writer.ts'

/** A Node stream, with the header, which is there before the first byte comes out. */
export type EncryptNodeStream = Transform & { readonly header: Promise<MessageHeader> }
export type DecryptNodeStream = EncryptNodeStream & {
  /** All authenticated pairs, those that the message leaves out included. */
  readonly context: Promise<EncryptionContext>
}

/** `encryptStream` for `pipe` and `pipeline`. */
export const encryptNodeStream = (options: EncryptStreamOptions): EncryptNodeStream =>
  new Encryption(options)

/** `decryptStream` for `pipe` and `pipeline`; the same holds for what comes out of it. */
export const decryptNodeStream = (options: DecryptOptions): DecryptNodeStream =>
  new Decryption(options)

class Encryption extends Transform {
  readonly #options: EncryptStreamOptions
  readonly #header = Promise.withResolvers<MessageHeader>()
  #writer: MessageWriter | undefined

  // `_construct` runs in the constructor's wake, so that everything above is already there.
  constructor(options: EncryptStreamOptions) {
    super()
    this.#options = options
    this.#header.promise.catch(ignore)
  }

  get header(): Promise<MessageHeader> {
    return this.#header.promise
  }

  override _construct(done: (error?: Error | null) => void): void {
    attempt(async () => {
      const start = await startStream(this.#options)
      this.#header.resolve(start.header)
      const { plaintextBytesMax } = this.#options
      const parallel = parallelOf(this.#options.concurrency, (error) =>
        this.destroy(asError(error)),
      )
      const emit = (slab: Uint8Array): unknown => this.push(slab)
      this.#writer = new MessageWriter(start, emit, plaintextBytesMax, parallel)
    }, done)
  }

  override _transform(chunk: Uint8Array, _encoding: string, done: TransformCallback): void {
    attempt(() => this.#writer?.update(plain(chunk)), done)
  }

  override _flush(done: TransformCallback): void {
    attempt(() => this.#writer?.finish(), done)
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#writer?.zero()
    this.#header.reject(error ?? new Error('the stream was destroyed'))
    done(error)
  }
}

class Decryption extends Transform {
  readonly #verified = Promise.withResolvers<VerifiedHeader>()
  readonly #reader: MessageReader
  readonly header: Promise<MessageHeader>
  readonly context: Promise<EncryptionContext>

  constructor(options: DecryptOptions) {
    super()
    const parallel = parallelOf(options.concurrency, (error) => this.destroy(asError(error)))
    const emit = (slab: Uint8Array): unknown => this.push(slab)
    this.#reader = new MessageReader(options, emit, this.#verified.resolve, parallel)
    this.header = this.#verified.promise.then((value) => value.header)
    this.context = this.#verified.promise.then((value) => value.context)
    // Who does not ask for them learns of the failure from the stream.
    for (const promise of [this.header, this.context]) promise.catch(ignore)
  }

  override _transform(chunk: Uint8Array, _encoding: string, done: TransformCallback): void {
    attempt(() => this.#reader.push(plain(chunk)), done)
  }

  override _flush(done: TransformCallback): void {
    attempt(() => this.#reader.end(), done)
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#reader.zero()
    this.#verified.reject(error ?? new Error('the stream was destroyed'))
    done(error)
  }
}

/** Synchronous work costs no promise: most chunks are such work. */
const attempt = (
  work: () => Promise<void> | void | undefined,
  done: (error?: Error | null) => void,
): void => {
  let pending: Promise<void> | void | undefined
  try {
    pending = work()
  } catch (error) {
    return done(asError(error))
  }
  if (pending instanceof Promise) callbackify(() => pending)(done)
  else done()
}

const asError = (error: unknown): Error =>
  error instanceof Error ? error : new Error('the stream failed', { cause: error })

const ignore = (): void => {}
