import { open } from 'node:fs/promises'
import { EnvelopeError } from './errors.ts'
import { HeaderParser, type ParsedHeader } from './format/header-parser.ts'
import { cutShort, notAMessage } from './format/malformed.ts'

/** Bytes that can be read from anywhere: a file, an object store, a device. */
export type ReadAt = {
  /** How many bytes there are; must not change while it is read. */
  readonly bytes: number
  /** Resolves to exactly `length` bytes from `at`; is never asked for bytes that there are not. */
  read(at: number, length: number): Promise<Uint8Array>
}

/** A message: its bytes, the path of a file, or something that can be read from anywhere. */
export type MessageSource = Uint8Array | ReadAt | string | URL

/** Opens a source for `use`, and closes what it has opened. */
export const withSource = async <T>(
  source: MessageSource,
  use: (opened: ReadAt) => Promise<T>,
): Promise<T> => {
  if (source instanceof Uint8Array)
    return await use({
      bytes: source.length,
      read: async (at, length) => source.subarray(at, at + length),
    })
  if (typeof source === 'string' || source instanceof URL) return await withFile(source, use)
  requireReadAt(source)
  return await use({ bytes: source.bytes, read: async (at, length) => exactly(source, at, length) })
}

const requireReadAt = (source: ReadAt): void => {
  const isLength = Number.isSafeInteger(source.bytes) && source.bytes >= 0
  if (isLength && typeof source.read === 'function') return
  throw new EnvelopeError('InvalidInput', 'A source tells how many bytes it has, and reads them.')
}

const withFile = async <T>(path: string | URL, use: (opened: ReadAt) => Promise<T>): Promise<T> => {
  await using file = await open(path, 'r')
  const { size } = await file.stat()
  const read = async (at: number, length: number): Promise<Uint8Array> => {
    const bytes = new Uint8Array(length)
    for (let done = 0; done < length;) {
      const { bytesRead } = await file.read(bytes, done, length - done, at + done)
      if (bytesRead === 0) throw cutShort()
      done += bytesRead
    }
    return bytes
  }
  return await use({ bytes: size, read })
}

const exactly = async (source: ReadAt, at: number, length: number): Promise<Uint8Array> => {
  const bytes = await source.read(at, length)
  if (bytes.length === length) return bytes
  throw new EnvelopeError('InvalidInput', 'The source gave another number of bytes than asked for.')
}

/** Most headers fit: one read. */
const headerReadBytes = 4096

/** Reads the header that a source begins with. Throws unless all of it is there. */
export const readHeader = async (
  source: ReadAt,
  maxEncryptedDataKeys?: number,
): Promise<ParsedHeader> => {
  if (source.bytes === 0) throw notAMessage(new Uint8Array(0))
  const parser = new HeaderParser(maxEncryptedDataKeys)
  for (let at = 0; parser.parsed === undefined;) {
    const length = Math.min(headerReadBytes, source.bytes - at)
    if (length === 0) throw cutShort()
    parser.push(await source.read(at, length))
    at += length
  }
  return parser.parsed
}
