import { requirePolicy } from '../materials/commitment.ts'
import { managerOf } from '../materials/default.ts'
import type { EncryptionContext, MaterialsManager } from '../materials/types.ts'
import type { MessageHeader } from '../format/header.ts'
import { requireSuite } from '../format/suites.ts'
import type { Chunks } from '../into.ts'
import {
  concurrencyMax,
  type DecryptOptions,
  frameLengthMax,
  requireCount,
  requireSwitch,
  type WriteOptions,
} from '../options.ts'
import type { MessageReader, VerifiedHeader } from '../reader.ts'
import type { MessageSource } from '../source.ts'
import { requireReadable } from '../start.ts'

/** A message: what `MessageSource` is, or its bytes as they come, a stream for one. */
export type RewrapSource = MessageSource | Chunks

/** How the new message is written. What is absent stays as it is in the old one. */
export type RewrapTarget = WriteOptions & {
  /**
   * What the plaintext will not exceed; more of it fails. Lets a cache count a message that is
   * encrypted anew. Absent: the length of the source, where it has one.
   */
  readonly plaintextBytesMax?: number | undefined
}

export type RewrapOptions = {
  /** How the old message is read: its keys, and what `decrypt` may be told. */
  readonly from: DecryptOptions
  /** The new keys. A commitment policy that is absent is that of `from`. */
  readonly to: RewrapTarget
  /**
   * `true` encrypts messages of version 1 anew as well. That is what helps when a data key itself
   * has become known: new wrappings of it keep nobody out who has it. Default: `false`.
   */
  readonly reencrypt?: boolean | undefined
  /**
   * Called when the old header is verified, before a key service is asked for anything new and before
   * anything is written. What it throws ends the rewrapping.
   */
  readonly accept?: ((old: VerifiedHeader) => void | Promise<void>) | undefined
}

export type RewrapOutput = {
  /**
   * `rewrapped`: new data keys stand before the old body, which is untouched. `reencrypted`: the
   * plaintext was encrypted anew, under another data key.
   */
  readonly way: 'rewrapped' | 'reencrypted'
  /** The header of the new message. */
  readonly header: MessageHeader
  /** All its authenticated pairs, those that the message leaves out included. */
  readonly context: EncryptionContext
  readonly old: VerifiedHeader
}

/** What of a verified message goes into its new form. */
export type Carried = {
  readonly reader: MessageReader
  /** The pairs to authenticate, without names that the format keeps for itself. */
  readonly context: EncryptionContext
  /** That of the new keys. Leaves out of the message what the old one leaves out. */
  readonly manager: MaterialsManager
}

/** A message on its way: gets the old one from behind its header on. */
export type Rewriting = {
  update(chunk: Uint8Array): Promise<void>
  /** To be called at the end of the bytes; writes the end of the new message. */
  finish(): Promise<Pick<RewrapOutput, 'way' | 'header' | 'context'>>
  /** Forgets keys and plaintext. To be called whatever happens; more than once does no harm. */
  zero(): void
}

/** Refuses options that could not be meant, before anything is read. */
export const requireRewrappable = ({ from, to, reencrypt }: RewrapOptions): void => {
  requireReadable(from)
  managerOf(to)
  requireCount('frameLength', to.frameLength, 1, frameLengthMax)
  requireCount('concurrency', to.concurrency, 1, concurrencyMax)
  requirePolicy(to.commitmentPolicy)
  requireSwitch('reencrypt', reencrypt)
  requireCount('maxEncryptedDataKeys', to.maxEncryptedDataKeys, 1)
  requireCount('plaintextBytesMax', to.plaintextBytesMax, 0)
  if (to.suite !== undefined) requireSuite(to.suite)
}
