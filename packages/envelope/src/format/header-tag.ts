import { createCipheriv, createDecipheriv } from 'node:crypto'
import { decryptionFailed } from '../errors.ts'
import type { EncryptionContext } from '../materials/types.ts'
import { encodeContext } from './context.ts'
import { ivBytes, tagBytes } from './header.ts'
import type { ParsedHeader } from './header-parser.ts'
import type { Suite } from './suites.ts'

const authTagLength = { authTagLength: tagBytes }

/** What is authenticated with the header though the header does not hold it. */
const unstored = (
  context: EncryptionContext,
  requiredKeys: readonly string[],
  stored: EncryptionContext,
): Uint8Array =>
  encodeContext(
    new Map([...context].filter(([key]) => requiredKeys.includes(key) && !stored.has(key))),
  )

type Authenticated = {
  readonly suite: Suite
  readonly context: EncryptionContext
  readonly requiredContextKeys: readonly string[]
}

/**
 * The header's tail: its IV, which only version 1 stores, and its tag. Writers leave the IV zero;
 * another one is for a second header of a version 1 message under the same key.
 */
export const sealHeader = (
  key: Uint8Array,
  body: Uint8Array,
  stored: EncryptionContext,
  { suite, context, requiredContextKeys }: Authenticated,
  iv: Uint8Array = new Uint8Array(ivBytes),
): Uint8Array => {
  const cipher = createCipheriv(suite.cipher, key, iv, authTagLength)
  cipher.setAAD(body).setAAD(unstored(context, requiredContextKeys, stored))
  cipher.final()
  const storedIvBytes = suite.messageVersion === 1 ? ivBytes : 0
  const tail = new Uint8Array(storedIvBytes + tagBytes)
  tail.set(iv.subarray(0, storedIvBytes))
  tail.set(cipher.getAuthTag(), storedIvBytes)
  return tail
}

/** Throws `DecryptionFailed` unless the header, and what it leaves out, is what the writer sealed. */
export const verifyHeader = (
  key: Uint8Array,
  { header, body, iv, tag }: ParsedHeader,
  { suite, context, requiredContextKeys }: Authenticated,
): void => {
  const decipher = createDecipheriv(suite.cipher, key, iv, authTagLength)
  decipher.setAAD(body).setAAD(unstored(context, requiredContextKeys, header.context))
  decipher.setAuthTag(tag)
  try {
    decipher.final()
  } catch {
    throw decryptionFailed()
  }
}
