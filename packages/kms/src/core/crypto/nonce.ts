import { createHash, createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import type { Random } from '../ports.ts'

/** Length of a nonce N. */
const nonceBytes = 16

/** Where `encryptBlob` takes its nonces from. */
export type Nonces = {
  /** 16 bytes, which no other message under the same material may have had. */
  next(canon: Uint8Array, plaintext: Uint8Array): Uint8Array
}

/**
 * Nonces that stay apart even where randomness repeats, as after a virtual machine was cloned or
 * resumed: randomness, a counter and the message itself go through a keyed hash. What repeats all of
 * them is the same message again, and then only that equality shows. One per process, not shared.
 */
export class NonceSource implements Nonces {
  readonly #random: Random
  readonly #processSecret: KeyObject
  #counter = 0

  constructor(random: Random) {
    this.#random = random
    const secret = random.bytes(32)
    this.#processSecret = createSecretKey(secret)
    secret.fill(0)
  }

  next(canon: Uint8Array, plaintext: Uint8Array): Uint8Array {
    // 16 random bytes ‖ u64 counter ‖ SHA-256(canon ‖ plaintext); canon ends by its own lengths.
    const input = Buffer.allocUnsafeSlow(56)
    const digest = createHash('sha256').update(canon).update(plaintext).digest()
    const counter = this.#counter++
    input.set(this.#random.bytes(16), 0)
    input.writeUInt32BE(Math.floor(counter / 0x1_0000_0000), 16)
    input.writeUInt32BE(counter % 0x1_0000_0000, 20)
    input.set(digest, 24)
    const nonce = createHmac('sha256', this.#processSecret).update(input).digest()
    // The digest of a short plaintext is as good as the plaintext to whoever can guess.
    digest.fill(0)
    input.fill(0)
    return nonce.subarray(0, nonceBytes)
  }
}
