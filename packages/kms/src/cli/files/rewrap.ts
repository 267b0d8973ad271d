import { type MaterialsManager, type RewrapOptions, rewrapInto } from '@keyhold/envelope'
import { stat } from 'node:fs/promises'
import { failure, type Io } from '../io.ts'
import { Base64Encoder, decodeBase64 } from './base64.ts'
import { ContextRefusal, requireContext } from './context.ts'
import {
  bytesMax,
  decryptOptions,
  type Done,
  MessageStart,
  watched,
  wholeBytesMax,
} from './crypt.ts'
import { readAhead, readInput } from './read.ts'
import type { MessageSettings } from './settings.ts'
import { type Sink, withOutput } from './sink.ts'
import type { Job } from './targets.ts'

export type Rewrapping = {
  /** Over the old keys. */
  readonly from: MaterialsManager
  /** Over the new ones. */
  readonly to: MaterialsManager
  readonly settings: MessageSettings
  readonly reencrypt: boolean
  readonly encode: boolean
  readonly decode: boolean
  /** The output takes the place of the input, and so belongs to whom that belongs to. */
  readonly isInPlace: boolean
  readonly io: Io
}

/** Gives one message new keys. When it throws, the input is as it was, and there is no output. */
export const rewrapJob = async (
  job: Job,
  rewrapping: Rewrapping,
  progress: (bytes: number) => void,
): Promise<Done> => {
  const { isInPlace, io } = rewrapping
  return await withOutput(job, io, { keepsOwner: isInPlace }, async (sink) => {
    const isSame = isInPlace ? await watchFile(job) : () => true
    const done = await rewrapWith(sink, job, rewrapping, progress)
    if (await isSame()) return done
    throw failure('The file was changed meanwhile, and is left as it is now')
  })
}

/** Tells later whether a file is still what it is now: what others write is not to be lost. */
const watchFile = async ({ target }: Job): Promise<() => boolean | Promise<boolean>> => {
  if (target.kind === 'stdout') return () => true
  const { path } = target
  const before = await stat(path)
  return async () => {
    const now = await stat(path)
    return (['dev', 'ino', 'size', 'mtimeMs'] as const).every((what) => now[what] === before[what])
  }
}

const rewrapWith = async (
  sink: Sink,
  { input }: Job,
  rewrapping: Rewrapping,
  progress: (bytes: number) => void,
): Promise<Done> => {
  const counts = { inputBytes: 0, outputBytes: 0 }
  const starts = { old: new MessageStart(), new: new MessageStart() }
  const plaintextBytesMax = bytesMax(input, rewrapping)
  const isShort = plaintextBytesMax !== undefined && plaintextBytesMax <= wholeBytesMax
  const read = isShort ? readInput : readAhead
  const raw = watched(read(input, rewrapping.io), ({ length }) => {
    counts.inputBytes += length
    progress(length)
  })
  const source = watched(rewrapping.decode ? decodeBase64(raw) : raw, (chunk) =>
    starts.old.note(chunk),
  )
  const encoder = rewrapping.encode ? new Base64Encoder() : undefined
  const put = async (bytes: Uint8Array): Promise<void> => {
    counts.outputBytes += bytes.length
    if (bytes.length > 0) await sink.write(bytes)
  }
  const write = async (piece: Uint8Array): Promise<void> => {
    starts.new.note(piece)
    await put(encoder === undefined ? piece : encoder.push(piece))
  }
  const options = optionsOf(rewrapping, plaintextBytesMax)
  const done = await rewrapInto(source, write, options).catch((error: unknown) => {
    if (error instanceof ContextRefusal) error.messageStart = starts.old.bytes
    throw error
  })
  if (encoder !== undefined) await put(encoder.end())
  const { header, context, way } = done
  const past = way === 'reencrypted' ? 're-encrypted' : undefined
  return { header, context, ...counts, messageStart: starts.new.bytes, past, facts: { way } }
}

const optionsOf = (
  { from, to, settings, reencrypt }: Rewrapping,
  plaintextBytesMax: number | undefined,
): RewrapOptions => ({
  from: decryptOptions({ manager: from, settings }),
  to: {
    manager: to,
    suite: settings.suite,
    frameLength: settings.frameLength,
    maxEncryptedDataKeys: settings.maxEncryptedDataKeys,
    plaintextBytesMax,
  },
  reencrypt,
  accept: (old) => requireContext(old, settings),
})
