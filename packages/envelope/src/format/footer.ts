import { createSign, createVerify, type KeyObject } from 'node:crypto'
import { viewOf } from '../bytes.ts'
import { decryptionFailed } from '../errors.ts'
import type { Suite } from './suites.ts'

export type Signature = NonNullable<Suite['signature']>

/** Two integers of the curve's size in DER, at their longest; with the length before them. */
export const footerBytesMax = (signature: Signature): number =>
  signature.curve === 'P-256' ? 2 + 72 : 2 + 104

/** Signs header and body as they are written. */
export class FooterSigner {
  readonly #sign
  readonly signature: Signature
  readonly key: KeyObject

  constructor(signature: Signature, key: KeyObject) {
    this.#sign = createSign(signature.hash)
    this.signature = signature
    this.key = key
  }

  update(bytes: Uint8Array): void {
    this.#sign.update(bytes)
  }

  /** The footer: a length of two bytes and the signature in DER. */
  finish(_signature?: Uint8Array): Uint8Array {
    const signature = this.#sign.sign({ key: this.key, dsaEncoding: 'der' })
    const footer = new Uint8Array(2 + signature.length)
    viewOf(footer).setUint16(0, signature.length)
    footer.set(signature, 2)
    return footer
  }
}

/** Verifies header and body as they are read. */
export class FooterVerifier {
  readonly #verify
  readonly signature: Signature
  readonly key: KeyObject

  constructor(signature: Signature, key: KeyObject) {
    this.#verify = createVerify(signature.hash)
    this.signature = signature
    this.key = key
  }

  update(bytes: Uint8Array): void {
    this.#verify.update(bytes)
  }

  /** `signature` is the footer without its length. Throws `DecryptionFailed`. */
  finish(signature: Uint8Array): undefined {
    if (!this.#verify.verify({ key: this.key, dsaEncoding: 'der' }, signature))
      throw decryptionFailed()
  }
}
