import { uncleared } from './bytes.ts'
import { footerBytesMax } from './format/footer.ts'
import { finalOverhead, frameOverhead } from './format/frame.ts'
import type { MessageHeader } from './format/header.ts'
import { type EncryptOptions, requireBytes } from './options.ts'
import { startWriting, type WriteStart } from './start.ts'
import { frameCount } from './writer.ts'

export type EncryptOutput = {
  readonly message: Uint8Array
  readonly header: MessageHeader
}

/**
 * Encrypts `data` into one message under a fresh or cached data key. `data` must not change until
 * the promise settles. Throws `InvalidInput`, `PolicyViolation`, `KeyringFailed`, `ContextMismatch`.
 */
export const encrypt = async (
  data: Uint8Array,
  options: EncryptOptions,
): Promise<EncryptOutput> => {
  requireBytes('data', data)
  const start = await startWriting(options, data.length)
  try {
    return { message: wholeMessage(start, data), header: start.header }
  } finally {
    start.end(data.length)
  }
}

const wholeMessage = (start: WriteStart, data: Uint8Array): Uint8Array => {
  const { header, headerBytes, frames, signer } = start
  const { frameLength, suite } = header
  const count = frameCount(data.length, frameLength)
  const bodyBytes = data.length + (count - 1) * frameOverhead + finalOverhead
  const footerMax = suite.signature ? footerBytesMax(suite.signature) : 0
  const out = uncleared(headerBytes.length + bodyBytes + footerMax)
  out.set(headerBytes)
  let at = headerBytes.length
  for (let sequence = 1; sequence <= count; sequence++) {
    const from = (sequence - 1) * frameLength
    const kind = sequence === count ? 'final' : 'regular'
    at = frames.encrypt(kind, sequence, data.subarray(from, from + frameLength), out, at)
  }
  if (signer === undefined) return out
  signer.update(out.subarray(headerBytes.length, at))
  const footer = signer.finish()
  out.set(footer, at)
  // A signature is mostly a few bytes shorter than it could be; what is left was never written.
  out.fill(0, at + footer.length)
  return out.subarray(0, at + footer.length)
}
