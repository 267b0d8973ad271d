import type { MessageHeader } from './format/header.ts'
import type { EncryptionContext } from './materials/types.ts'
import { type DecryptOptions, type EncryptStreamOptions, requireBytes } from './options.ts'
import { MessageReader, type VerifiedHeader } from './reader.ts'
import { startStream } from './start.ts'
import { parallelOf } from './parallel/parallel.ts'
import { type Emit, MessageWriter } from './writer.ts'

/** What `pipeThrough` takes, with the header, which is there before the first byte comes out. */
export type EncryptStream = {
  readonly readable: ReadableStream<Uint8Array>
  readonly writable: WritableStream<Uint8Array>
  /** Rejects with what the stream fails with before it has a header. */
  readonly header: Promise<MessageHeader>
}

export type DecryptStream = EncryptStream & {
  /** All authenticated pairs, those that the message leaves out included. */
  readonly context: Promise<EncryptionContext>
}

/**
 * Encrypts a stream with back-pressure, holding one frame of it. A chunk that was written must not
 * change before its write has settled. Failures error both sides.
 */
export const encryptStream = (options: EncryptStreamOptions): EncryptStream => {
  const header = settable<MessageHeader>()
  let writer: MessageWriter | undefined
  const sides = pair({
    async start(emit, fail, isCancelled) {
      const start = await startStream(options)
      if (isCancelled()) return start.end(0)
      header.resolve(start.header)
      const parallel = parallelOf(options.concurrency, fail)
      writer = new MessageWriter(start, emit, options.plaintextBytesMax, parallel)
    },
    transform: (chunk) => writer?.update(chunk),
    flush: () => writer?.finish(),
    fail(reason) {
      writer?.zero()
      header.reject(reason)
    },
  })
  return { ...sides, header: header.promise }
}

/**
 * Decrypts a stream with back-pressure, holding one frame of it. What comes out is authentic, but
 * only a stream that ends without an error was the whole message: after one, discard what came.
 * Of a signed message, the last frame comes out after its signature has been verified.
 */
export const decryptStream = (options: DecryptOptions): DecryptStream => {
  const verified = settable<VerifiedHeader>()
  let reader: MessageReader | undefined
  const sides = pair({
    start(emit, fail) {
      const parallel = parallelOf(options.concurrency, fail)
      reader = new MessageReader(options, emit, verified.resolve, parallel)
    },
    transform: (chunk) => reader?.push(chunk),
    flush: () => reader?.end(),
    fail(reason) {
      reader?.zero()
      verified.reject(reason)
    },
  })
  const header = verified.promise.then((value) => value.header)
  const context = verified.promise.then((value) => value.context)
  for (const promise of [header, context]) promise.catch(ignore)
  return { ...sides, header, context }
}

type Steps = {
  start(
    emit: Emit,
    fail: (error: unknown) => void,
    isCancelled: () => boolean,
  ): void | Promise<void>
  transform(chunk: Uint8Array): void | Promise<void> | undefined
  flush(): void | Promise<void> | undefined
  /** Whatever ended the stream early, from inside or outside. */
  fail(reason: unknown): void
}

const pair = (steps: Steps): Pick<EncryptStream, 'readable' | 'writable'> => {
  let isCancelled = false
  const guarded = async (work: () => void | Promise<void> | undefined): Promise<void> => {
    try {
      await work()
    } catch (error) {
      steps.fail(error)
      throw error
    }
  }
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>({
    start: (controller) =>
      guarded(() =>
        steps.start(
          (slab) => controller.enqueue(slab),
          (error) => {
            steps.fail(error)
            controller.error(error)
          },
          () => isCancelled,
        ),
      ),
    transform: (chunk) =>
      guarded(() => {
        requireBytes('Every chunk', chunk)
        return steps.transform(chunk)
      }),
    flush: () => guarded(() => steps.flush()),
    cancel(reason) {
      isCancelled = true
      steps.fail(reason)
    },
  })
  return { readable, writable }
}

const settable = <T>(): PromiseWithResolvers<T> => {
  const settled = Promise.withResolvers<T>()
  // Who does not ask for the header learns of the failure from the stream.
  settled.promise.catch(ignore)
  return settled
}

const ignore = (): void => {}
