import {
  decrypt,
  decryptInto,
  type DecryptOptions,
  encrypt,
  encryptInto,
  type EncryptOptions,
  type MaterialsManager,
  type MessageHeader,
} from '@keyhold/envelope'
import type { Io } from '../io.ts'
import { Base64Encoder, decodeBase64 } from './base64.ts'
import { ContextRefusal, requireContext, type Verified } from './context.ts'
import type { Input } from './inputs.ts'
import { gathered, readAhead, readInput } from './read.ts'
import type { MessageSettings } from './settings.ts'
import { type Sink, withOutput } from './sink.ts'
import type { Job } from './targets.ts'

export type Crypting = {
  readonly command: 'encrypt' | 'decrypt'
  readonly manager: MaterialsManager
  readonly settings: MessageSettings
  readonly encode: boolean
  readonly decode: boolean
  /** Nothing is written before all of it is verified, however large it is. */
  readonly buffer: boolean
  readonly io: Io
}

/** What became of one message. */
export type Done = {
  readonly header: MessageHeader
  readonly context: ReadonlyMap<string, string>
  readonly inputBytes: number
  readonly outputBytes: number
  /** The first bytes of the message: mostly its whole header. */
  readonly messageStart: Uint8Array
  /** What was done, where that differs from message to message. */
  readonly past?: string | undefined
  /** What else is to be told. */
  readonly facts?: Readonly<Record<string, unknown>>
}

/** What is kept of a message to tell about its header. */
const startBytesMax = 64 * 1024

/** Keeps the first bytes of what goes by. */
export class MessageStart {
  bytes = new Uint8Array(0)
  note(chunk: Uint8Array): void {
    const missing = startBytesMax - this.bytes.length
    if (missing > 0)
      this.bytes = new Uint8Array(Buffer.concat([this.bytes, chunk.subarray(0, missing)]))
  }
}

/** Files up to here are read whole: that is faster, and releases nothing unverified. */
export const wholeBytesMax = 1024 * 1024

/**
 * Encrypts or decrypts one input into its output. When it throws, there is no output; what went to
 * stdout by then was verified piece by piece, but is not to be used.
 */
export const cryptJob = async (
  job: Job,
  crypting: Crypting,
  progress: (bytes: number) => void,
): Promise<Done> => {
  const { input } = job
  return await withOutput(job, crypting.io, {}, (sink) =>
    cryptInto(sink, input, crypting, progress),
  )
}

const cryptInto = async (
  sink: Sink,
  input: Input,
  crypting: Crypting,
  progress: (bytes: number) => void,
): Promise<Done> => {
  const counts = { input: 0, output: 0 }
  const isSmall = input.kind === 'file' && input.stats.isFile() && input.stats.size <= wholeBytesMax
  const isWhole = crypting.buffer || isSmall
  const read = isWhole ? readInput : readAhead
  const raw = watched(read(input, crypting.io), ({ length }) => {
    counts.input += length
    progress(length)
  })
  const start = new MessageStart()
  const note = (chunk: Uint8Array): void => start.note(chunk)
  const isEncrypting = crypting.command === 'encrypt'
  const data = crypting.decode ? decodeBase64(raw) : raw
  const source = isEncrypting ? data : watched(data, note)
  const encoder = crypting.encode ? new Base64Encoder() : undefined
  const put = async (bytes: Uint8Array): Promise<void> => {
    counts.output += bytes.length
    if (bytes.length > 0) await sink.write(bytes)
  }
  const write = async (piece: Uint8Array): Promise<void> => {
    if (isEncrypting) note(piece)
    await put(encoder === undefined ? piece : encoder.push(piece))
  }
  const run = isWhole ? whole : streamed
  const verified = await run(source, write, crypting, bytesMax(input, crypting)).catch((error) => {
    if (error instanceof ContextRefusal) error.messageStart = start.bytes
    throw error
  })
  if (encoder !== undefined) await put(encoder.end())
  const bytes = { inputBytes: counts.input, outputBytes: counts.output }
  return { ...verified, ...bytes, messageStart: start.bytes }
}

type Run = (
  source: AsyncIterable<Uint8Array>,
  write: (piece: Uint8Array) => Promise<void>,
  crypting: Crypting,
  plaintextBytesMax: number | undefined,
) => Promise<Verified>

const whole: Run = async (source, write, crypting) => {
  const data = await gathered(source)
  const { settings } = crypting
  if (crypting.command === 'encrypt') {
    const { message, header } = await encrypt(data, encryptOptions(crypting))
    await write(message)
    return { header, context: header.context }
  }
  const { plaintext, header, context } = await decrypt(data, decryptOptions(crypting))
  requireContext({ header, context }, settings)
  await write(plaintext)
  plaintext.fill(0)
  return { header, context }
}

const streamed: Run = async (source, write, crypting, plaintextBytesMax) => {
  if (crypting.command === 'encrypt') {
    const options = { ...encryptOptions(crypting), plaintextBytesMax }
    const { header } = await encryptInto(source, write, options)
    return { header, context: header.context }
  }
  // The context is looked at once the header is verified, before the first byte goes on.
  return await decryptInto(source, write, decryptOptions(crypting), (verified) =>
    requireContext(verified, crypting.settings),
  )
}

const encryptOptions = ({ manager, settings }: Crypting): EncryptOptions => ({
  manager,
  context: settings.context,
  suite: settings.suite,
  frameLength: settings.frameLength,
  commitmentPolicy: settings.commitmentPolicy,
  maxEncryptedDataKeys: settings.maxEncryptedDataKeys,
})

/** The options by which messages are read, for every command that reads them. */
export const decryptOptions = ({
  manager,
  settings,
}: Pick<Crypting, 'manager' | 'settings'>): DecryptOptions => ({
  manager,
  allowSigned: settings.allowSigned,
  maxFrameLength: settings.maxFrameLength,
  commitmentPolicy: settings.commitmentPolicy,
  maxEncryptedDataKeys: settings.maxEncryptedDataKeys,
})

/** How long the plaintext is at most, so that a cache can count a stream. Base64 has 3 bytes in 4. */
export const bytesMax = (
  input: Input,
  { decode }: Pick<Crypting, 'decode'>,
): number | undefined => {
  if (input.kind === 'stdin' || !input.stats.isFile()) return undefined
  return decode ? Math.ceil(input.stats.size / 4) * 3 : input.stats.size
}

/** Chunks as they are; each is shown as it goes by. */
export async function* watched(
  chunks: AsyncIterable<Uint8Array>,
  see: (chunk: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    see(chunk)
    yield chunk
  }
}
