import { hkdfSync, timingSafeEqual } from 'node:crypto'
import { concat, copyOf, utf8 } from '../bytes.ts'
import type { Suite } from './suites.ts'

/** What a message is encrypted under. `zero` is to be called in every `finally`. */
export type DerivedKeys = {
  readonly encryption: Uint8Array
  /** What the header of a committing suite carries; absent for every other suite. */
  readonly commitment: Uint8Array | undefined
  zero(): void
}

const commitmentBytes = 32

/** Derives the keys of one message from its data key (RFC 5869); the data key stays the caller's. */
export const deriveKeys = (
  suite: Suite,
  dataKey: Uint8Array,
  messageId: Uint8Array,
): DerivedKeys => {
  const encryption = encryptionKey(suite, dataKey, messageId)
  const commitment = suite.commits
    ? expand(suite, dataKey, messageId, utf8('COMMITKEY'), commitmentBytes)
    : undefined
  return { encryption, commitment, zero: () => void encryption.fill(0) }
}

/** Compares in constant time; what differs in length differs. */
export const isSameCommitment = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && timingSafeEqual(a, b)

const encryptionKey = (suite: Suite, dataKey: Uint8Array, messageId: Uint8Array): Uint8Array => {
  if (suite.kdf === undefined) return copyOf(dataKey)
  const id = Uint8Array.of(suite.id >> 8, suite.id & 0xff)
  return suite.messageVersion === 1
    ? // No salt means a salt of zeros as long as the hash: RFC 5869 §2.2.
      expand(suite, dataKey, new Uint8Array(0), concat(id, messageId), suite.keyBytes)
    : expand(suite, dataKey, messageId, concat(id, utf8('DERIVEKEY')), suite.keyBytes)
}

const expand = (
  suite: Suite,
  dataKey: Uint8Array,
  salt: Uint8Array,
  info: Uint8Array,
  length: number,
): Uint8Array => new Uint8Array(hkdfSync(suite.kdf ?? 'sha512', dataKey, salt, info, length))
