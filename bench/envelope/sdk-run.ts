import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Run } from './serve-orders.ts'
import {
  Counter,
  inPieces,
  Kept,
  messageBytesMax,
  readableOf,
  repeated,
  sinkOf,
  type Take,
} from './pieces.ts'
import {
  messageCount,
  type MessagesShape,
  type Operation,
  type StreamShape,
  type Turn,
  warmUpShare,
  type Way,
  type Work,
} from './work.ts'

/** Works on all chunks, and gives what comes of them to `take`. */
type Flow = (chunks: Iterable<Uint8Array>, take: Take) => Promise<unknown>

/** An SDK on Node, set up for one kind of work: keys, suite, frame length and cache are fixed. */
export type Sdk = {
  encrypt(data: Uint8Array): Promise<Uint8Array>
  decrypt(message: Uint8Array): Promise<Uint8Array>
  encryptStream(): Duplex
  decryptStream(): Duplex
  /** Absent: it has streams only. */
  readonly into?: Readonly<Record<Operation, Flow>>
}

/** The same way of working for every SDK; messages to decrypt are made by the SDK itself. */
export const runOf = (sdk: Sdk, { operation, shape, frameLength }: Work): Promise<Run> => {
  if (shape.kind === 'stream')
    return operation === 'encrypt'
      ? Promise.resolve(encryptedStream(flowOf(sdk, 'encrypt', shape.way), shape))
      : decryptedStream(sdk, shape, frameLength)
  return operation === 'encrypt'
    ? Promise.resolve(encryptedMessages(sdk, shape))
    : decryptedMessages(sdk, shape)
}

const flowOf = (sdk: Sdk, operation: Operation, way: Way = 'stream'): Flow => {
  if (way === 'into') {
    if (sdk.into === undefined) throw new TypeError('the SDK has streams only')
    return sdk.into[operation]
  }
  return (chunks, take) => {
    const stream = operation === 'encrypt' ? sdk.encryptStream() : sdk.decryptStream()
    return pipeline(readableOf(chunks), stream, sinkOf(take))
  }
}

const encryptedStream = (flow: Flow, { plaintextBytes, pieceBytes }: StreamShape): Run => {
  const piece = Buffer.alloc(pieceBytes, 0x61)
  return async (share) => {
    const bytes = plaintextBytes * share
    const counter = new Counter()
    await flow(repeated(piece, bytes), counter.take)
    if (counter.bytes <= bytes) throw new Error('the message is shorter than its plaintext')
    return { bytes, messages: 1 }
  }
}

const decryptedStream = async (
  sdk: Sdk,
  { way, plaintextBytes, pieceBytes }: StreamShape,
  // The shortest that there is in this benchmark takes the most memory.
  frameLength = 4096,
): Promise<Run> => {
  const piece = Buffer.alloc(pieceBytes, 0x61)
  const [encrypting, decrypting] = [flowOf(sdk, 'encrypt', way), flowOf(sdk, 'decrypt', way)]
  const messageOf = async (bytes: number): Promise<Uint8Array> => {
    const kept = new Kept(messageBytesMax(bytes, frameLength))
    await encrypting(repeated(piece, bytes), kept.take)
    return kept.bytes
  }
  const short = await messageOf(plaintextBytes * warmUpShare)
  const long = await messageOf(plaintextBytes)
  return async (share) => {
    const bytes = plaintextBytes * share
    const counter = new Counter()
    const message = share === warmUpShare ? short : long
    await decrypting(inPieces(message, pieceBytes), counter.take)
    if (counter.bytes !== bytes)
      throw new Error(`${counter.bytes} bytes came out instead of ${bytes}`)
    return { bytes, messages: 1 }
  }
}

const encryptedMessages = (sdk: Sdk, { plaintextBytes, durationMs }: MessagesShape): Run => {
  const data = Buffer.alloc(plaintextBytes, 0x61)
  return (share) =>
    again(durationMs * share, plaintextBytes, async () => {
      const message = await sdk.encrypt(data)
      if (message.length <= plaintextBytes) throw new Error('the message is too short')
    })
}

const decryptedMessages = async (
  sdk: Sdk,
  { plaintextBytes, durationMs }: MessagesShape,
): Promise<Run> => {
  const data = Buffer.alloc(plaintextBytes, 0x61)
  const messages: Uint8Array[] = []
  while (messages.length < messageCount(plaintextBytes)) messages.push(await sdk.encrypt(data))
  return (share) =>
    again(durationMs * share, plaintextBytes, async (at) => {
      const plaintext = await sdk.decrypt(messages[at % messages.length]!)
      if (plaintext.length !== plaintextBytes) throw new Error('not the plaintext that was')
    })
}

/** One after the other until the time is over. */
export const again = async (
  durationMs: number,
  bytesEach: number,
  work: (at: number) => Promise<void>,
): Promise<Pick<Turn, 'bytes' | 'messages'>> => {
  const endMs = performance.now() + durationMs
  let messages = 0
  while (performance.now() < endMs) {
    await work(messages)
    messages += 1
  }
  return { bytes: messages * bytesEach, messages }
}
