import type { MessageHeader } from './format/header.ts'
import type { Layout } from './format/layout.ts'
import { EnvelopeError } from './errors.ts'
import { locateBody } from './locate.ts'
import type { DecryptOptions } from './options.ts'
import { parallelOf } from './parallel/parallel.ts'
import { MessageReader, type VerifiedHeader } from './reader.ts'
import { type MessageSource, type ReadAt, readHeader, withSource } from './source.ts'
import { slabBytes } from './memory.ts'

export type MessageInfo = {
  readonly header: MessageHeader
  readonly isSigned: boolean
  readonly messageBytes: number
  readonly headerBytes: number
  /** What follows from the length and the end; absent when they do not fit a whole message. */
  readonly body:
    | { readonly frames: number; readonly plaintextBytes: number; readonly footerBytes: number }
    | undefined
}

/**
 * Tells what a message says about itself, without any key and so without any proof. Reads the
 * header and a few bytes at the end. Throws `NotAMessage`, or `Malformed` for a broken header.
 */
export const inspect = async (source: MessageSource): Promise<MessageInfo> =>
  await withSource(source, async (opened) => {
    const { header, bytes } = await readHeader(opened)
    const layout = await layoutOrNone(opened, header, bytes.length)
    return {
      header,
      isSigned: header.suite.signature !== undefined,
      messageBytes: opened.bytes,
      headerBytes: bytes.length,
      body: layout && {
        frames: layout.frames,
        plaintextBytes: layout.plaintextBytes,
        footerBytes: opened.bytes - layout.bodyEnd,
      },
    }
  })

const layoutOrNone = async (
  source: ReadAt,
  header: MessageHeader,
  headerBytes: number,
): Promise<Layout | undefined> => {
  try {
    return await locateBody(source, header, headerBytes)
  } catch (error) {
    if (error instanceof EnvelopeError && error.code === 'Malformed') return undefined
    throw error
  }
}

export type VerifyOutput = VerifiedHeader & { readonly plaintextBytes: number }

/**
 * Everything that `decrypt` does, but for handing out the plaintext, whose memory is zeroed in the end.
 * Throws what `decrypt` throws.
 */
export const verify = async (
  source: MessageSource,
  options: DecryptOptions,
): Promise<VerifyOutput> =>
  await withSource(source, async (opened) => {
    let plaintextBytes = 0
    let verified: VerifiedHeader | undefined
    const reader = new MessageReader(
      options,
      (slab) => {
        plaintextBytes += slab.length
        reader.give(slab)
      },
      (header) => {
        verified = header
      },
      parallelOf(options.concurrency),
    )
    try {
      for (let at = 0; at < opened.bytes; at += slabBytes)
        await reader.push(await opened.read(at, Math.min(slabBytes, opened.bytes - at)))
      await reader.end()
    } finally {
      reader.zero()
    }
    if (verified === undefined) throw new TypeError('a whole message has a header')
    return { ...verified, plaintextBytes }
  })
