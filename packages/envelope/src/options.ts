import type { ContextInput } from './context.ts'
import { EnvelopeError } from './errors.ts'
import type { Suite, SuiteName } from './format/suites.ts'
import type { ManagerOrKeyring } from './materials/default.ts'
import type { CommitmentPolicy } from './materials/types.ts'

/**
 * Plaintext bytes of a frame unless the caller says otherwise. Larger frames than the format's usual
 * 4,096 cost less for each byte, smaller ones make random access finer; every reader reads both.
 */
export const defaultFrameLength = 262_144
export const frameLengthMax = 0xffffffff
export const concurrencyMax = 64

type Limits = {
  /**
   * Threads that work on a long message, the main one included and all others shared by all messages;
   * 1 to 64. 1: everything happens on the main thread. Default: as many as there are cores; of two,
   * the second one works on frames up to 8 KiB only, since longer ones do not pay there. For suites
   * that sign, one thread hashes. Short messages stay on the main thread, and so do frames over a
   * mebibyte.
   */
  readonly concurrency?: number | undefined
  /** Default: `REQUIRE_ENCRYPT_REQUIRE_DECRYPT`. */
  readonly commitmentPolicy?: CommitmentPolicy | undefined
  /** Absent: no maximum but the format's 65,535. */
  readonly maxEncryptedDataKeys?: number | undefined
}

/** How messages are written, whatever is in them. */
export type WriteOptions = ManagerOrKeyring &
  Limits & {
    /** Absent: the manager chooses; the default one signs. */
    readonly suite?: SuiteName | Suite | undefined
    /** 1 to 4,294,967,295 bytes; `defaultFrameLength` when absent. */
    readonly frameLength?: number | undefined
  }

export type EncryptOptions = WriteOptions & {
  /** Authenticated, not encrypted, and stored in the message for everyone to read. */
  readonly context?: ContextInput | undefined
}

export type EncryptStreamOptions = EncryptOptions & {
  /** What the plaintext will not exceed; more of it fails. Lets a cache count the stream. */
  readonly plaintextBytesMax?: number | undefined
}

export type DecryptOptions = ManagerOrKeyring &
  Limits & {
    /** Pairs that the caller knows: has to hold those that the message leaves out. */
    readonly reproducedContext?: ContextInput | undefined
    /** `false` refuses signed messages, whose signature is only known at their end. */
    readonly allowSigned?: boolean | undefined
    /** The longest frame, or non-framed body, to accept: it is what has to be held in memory. */
    readonly maxFrameLength?: number | undefined
  }

/** An option that counts. Throws `InvalidInput` unless it is absent or a whole number in range. */
export const requireCount = (
  name: string,
  value: number | undefined,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): void => {
  if (value === undefined) return
  if (Number.isSafeInteger(value) && value >= least && value <= most) return
  throw new EnvelopeError('InvalidInput', `${name} has to be a whole number, ${least} to ${most}.`)
}

/** A switch. Throws `InvalidInput` for what is neither: what is meant to refuse must not let through. */
export const requireSwitch = (name: string, value: unknown): void => {
  if (value === undefined || typeof value === 'boolean') return
  throw new EnvelopeError('InvalidInput', `${name} has to be true or false.`)
}

export const requireBytes = (name: string, value: unknown): void => {
  if (value instanceof Uint8Array) return
  throw new EnvelopeError('InvalidInput', `${name} has to be a Uint8Array.`)
}
