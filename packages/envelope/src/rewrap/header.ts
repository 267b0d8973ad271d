import { concat } from '../bytes.ts'
import { deriveKeys } from '../format/derived-keys.ts'
import { FooterSigner } from '../format/footer.ts'
import { encodeHeader, ivBytes, type MessageHeader } from '../format/header.ts'
import type { ParsedHeader } from '../format/header-parser.ts'
import { sealHeader } from '../format/header-tag.ts'
import { isSame, randomOwn } from '../keyrings/bytes.ts'
import type { EncryptionMaterials } from '../materials/types.ts'
import { storedContext } from '../start.ts'

/** A new header for an old body. */
export type SealedHeader = {
  readonly header: MessageHeader
  readonly headerBytes: Uint8Array
  /** Present for suites that sign; has seen the header. */
  readonly signer: FooterSigner | undefined
}

/**
 * Seals a second header over the body of a version 1 message: with its id, so that the data key of
 * the materials derives the key that the body is encrypted under, and with an IV of its own.
 */
export const sealAgain = (
  { header: old, iv: oldIv }: ParsedHeader,
  materials: EncryptionMaterials,
): SealedHeader => {
  // Version 2 stores no IV: a second tag under the one that readers assume would give away the key
  // that authenticates the whole message.
  if (old.version !== 1) throw new TypeError('only version 1 has room for a second header')
  const { suite, dataKey, signingKey, encryptedDataKeys } = materials
  const header: MessageHeader = { ...old, context: storedContext(materials), encryptedDataKeys }
  const body = encodeHeader(header)
  const keys = deriveKeys(suite, dataKey, old.messageId)
  try {
    const iv = freshHeaderIv(oldIv)
    const headerBytes = concat(
      body,
      sealHeader(keys.encryption, body, header.context, materials, iv),
    )
    const signer = suite.signature && signingKey && new FooterSigner(suite.signature, signingKey)
    signer?.update(headerBytes)
    return { header, headerBytes, signer }
  } finally {
    keys.zero()
  }
}

/**
 * A random IV for a second header. Never one that begins with eight zero bytes: those are the IVs of
 * frames, and the one of every first header. Never the one that the header before had.
 */
export const freshHeaderIv = (
  old: Uint8Array,
  random: (length: number) => Uint8Array = randomOwn,
): Uint8Array => {
  for (;;) {
    const iv = random(ivBytes)
    const isOfFrames = iv.subarray(0, 8).every((byte) => byte === 0)
    if (!isOfFrames && !isSame(iv, old)) return iv
  }
}
