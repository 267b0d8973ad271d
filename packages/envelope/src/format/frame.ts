import {
  type Cipheriv,
  createCipheriv,
  createDecipheriv,
  type Decipheriv,
  type DecipherGCM,
  type KeyObject,
} from 'node:crypto'
import { release, utf8, viewOf } from '../bytes.ts'
import { decryptionFailed } from '../errors.ts'
import { ivBytes, tagBytes } from './header.ts'
import type { Suite } from './suites.ts'

/** What a regular frame takes beside its ciphertext: sequence number, IV, tag. */
export const frameOverhead = 4 + ivBytes + tagBytes
/** What stands before a regular frame's ciphertext. */
export const frameHeadBytes = 4 + ivBytes
/** What stands before the final frame's ciphertext: marker, sequence number, IV, length. */
export const finalHeadBytes = 4 + 4 + ivBytes + 4
export const finalOverhead = finalHeadBytes + tagBytes
/** What stands before the ciphertext of a non-framed body: IV, length. */
export const blockHeadBytes = ivBytes + 8
/** Stands where a regular frame has its sequence number, so that no frame can have this number. */
export const finalMarker = 0xffffffff
export const framesMax = 0xffffffff

export type FrameKind = 'regular' | 'final' | 'block'

const kinds = {
  regular: utf8('AWSKMSEncryptionClient Frame'),
  final: utf8('AWSKMSEncryptionClient Final Frame'),
  block: utf8('AWSKMSEncryptionClient Single Block'),
} as const

const authTagLength = { authTagLength: tagBytes }

/** Pieces of this size stay in the processor's caches between the cipher and the copy. */
const pieceBytes = 64 * 1024

/** Additional data of one kind of frame, all of it constant but the last twelve bytes. */
type Scratch = { readonly aad: Uint8Array; readonly view: DataView }

/**
 * Encrypts and decrypts the frames of one message under its derived key. IV and additional data are
 * built in place, in scratch memory that lives as long as the message. The key stays the caller's.
 */
export class FrameCipher {
  readonly #suite: Suite
  readonly #key: Uint8Array | KeyObject
  readonly #iv = new Uint8Array(ivBytes)
  readonly #ivView = viewOf(this.#iv)
  readonly #scratch: Readonly<Record<FrameKind, Scratch>>

  constructor(suite: Suite, key: Uint8Array | KeyObject, messageId: Uint8Array) {
    this.#suite = suite
    this.#key = key
    const scratch = (kind: FrameKind): Scratch => {
      const aad = new Uint8Array(messageId.length + kinds[kind].length + 12)
      aad.set(messageId)
      aad.set(kinds[kind], messageId.length)
      return { aad, view: new DataView(aad.buffer, aad.length - 12) }
    }
    this.#scratch = {
      regular: scratch('regular'),
      final: scratch('final'),
      block: scratch('block'),
    }
  }

  /** Writes a whole frame of `plaintext` into `out` at `at`; returns the place behind it. */
  encrypt(
    kind: 'regular' | 'final',
    sequence: number,
    plaintext: Uint8Array,
    out: Uint8Array,
    at: number,
  ): number {
    const aad = this.#prepare(kind, sequence, plaintext.length)
    let end = kind === 'final' ? writeUint32(finalMarker, out, at) : at
    end = writeUint32(sequence, out, end)
    out.set(this.#iv, end)
    end += ivBytes
    if (kind === 'final') end = writeUint32(plaintext.length, out, end)
    const cipher = createCipheriv(this.#suite.cipher, this.#key, this.#iv, authTagLength)
    cipher.setAAD(aad)
    end = transform(cipher, plaintext, out, end)
    cipher.final()
    out.set(cipher.getAuthTag(), end)
    return end + tagBytes
  }

  /**
   * Decrypts into `out` at `at`. Throws `DecryptionFailed`, having zeroed what it wrote, if the frame
   * is not authentic at this place.
   */
  decrypt(
    kind: FrameKind,
    sequence: number,
    { iv, ciphertext, tag }: SealedFrame,
    out: Uint8Array,
    at: number,
  ): void {
    const decipher = this.open(kind, sequence, iv, ciphertext.length)
    const end = transform(decipher, ciphertext, out, at)
    try {
      decipher.setAuthTag(tag)
      decipher.final()
    } catch {
      out.fill(0, at, end)
      throw decryptionFailed()
    }
  }

  /**
   * A decipher for a frame or body of `bytes`. What it gives is not verified until its `final` has
   * returned. The IV is the stored one: today's writers store the sequence number, but those of the
   * format's first years stored random ones. The additional data is what binds the place.
   */
  open(kind: FrameKind, sequence: number, iv: Uint8Array, bytes: number): DecipherGCM {
    const aad = this.#prepare(kind, sequence, bytes)
    const decipher = createDecipheriv(this.#suite.cipher, this.#key, iv, authTagLength)
    return decipher.setAAD(aad)
  }

  #prepare(kind: FrameKind, sequence: number, bytes: number): Uint8Array {
    const { aad, view } = this.#scratch[kind]
    view.setUint32(0, sequence)
    view.setUint32(4, Math.floor(bytes / 2 ** 32))
    view.setUint32(8, bytes % 2 ** 32)
    this.#ivView.setUint32(ivBytes - 4, sequence)
    return aad
  }
}

/** A frame as it stands in a message: views into it, not copies. */
export type SealedFrame = {
  readonly iv: Uint8Array
  readonly ciphertext: Uint8Array
  readonly tag: Uint8Array
}

/** The parts of a regular frame that stands whole in `bytes` at `at`. */
export const sealedFrameAt = (bytes: Uint8Array, at: number, length: number): SealedFrame => ({
  iv: bytes.subarray(at + 4, at + frameHeadBytes),
  ciphertext: bytes.subarray(at + frameHeadBytes, at + frameHeadBytes + length),
  tag: bytes.subarray(at + frameHeadBytes + length, at + length + frameOverhead),
})

/** Without a `DataView`: making one for every frame would cost more than the four bytes. */
const writeUint32 = (value: number, out: Uint8Array, at: number): number => {
  out[at] = value >>> 24
  out[at + 1] = value >>> 16
  out[at + 2] = value >>> 8
  out[at + 3] = value
  return at + 4
}

const transform = (
  cipher: Cipheriv | Decipheriv,
  input: Uint8Array,
  out: Uint8Array,
  at: number,
): number => {
  for (let from = 0; from < input.length; from += pieceBytes) {
    const piece = cipher.update(input.subarray(from, from + pieceBytes))
    out.set(piece, at + from)
    release(piece)
  }
  return at + input.length
}
