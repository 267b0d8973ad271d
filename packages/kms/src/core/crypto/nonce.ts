import { hash } from 'node:crypto'
import type { Random } from '../ports.ts'

/** Length of a nonce N. */
export const nonceBytes = 16

/** Where `encryptBlob` takes its nonces from. */
export type Nonces = {
  /** Writes 16 bytes to `out`, which no other message under the same material may have had. */
  writeNext(out: Uint8Array, at: number, canon: Uint8Array, plaintext: Uint8Array): void
}

/** secret 32 ‖ random 16 ‖ u64 counter, and behind them context and plaintext. */
const randomAt = 32
const counterAt = 48
const messageAt = 56
/** Room for the largest message that a blob takes, with most contexts. */
const usualBytes = 8192

/**
 * Nonces that stay apart even where randomness repeats, as after a virtual machine was cloned or
 * resumed: randomness, a counter and the message itself go through a keyed hash. What repeats all of
 * them is the same message again, and then only that equality shows. One per process, not shared.
 */
export class NonceSource implements Nonces {
  readonly #random: Random
  /** Begins with the process secret, and is used again and again. */
  #input = Buffer.allocUnsafeSlow(messageAt + usualBytes)
  #counter = 0

  constructor(random: Random) {
    this.#random = random
    const secret = random.bytes(randomAt)
    this.#input.set(secret, 0)
    secret.fill(0)
  }

  writeNext(out: Uint8Array, at: number, canon: Uint8Array, plaintext: Uint8Array): void {
    const plaintextAt = messageAt + canon.length
    const end = plaintextAt + plaintext.length
    const input = this.#roomFor(end)
    const counter = this.#counter++
    input.set(this.#random.bytes(counterAt - randomAt), randomAt)
    input.writeUInt32BE(Math.floor(counter / 0x1_0000_0000), counterAt)
    input.writeUInt32BE(counter % 0x1_0000_0000, counterAt + 4)
    // The context ends by its own lengths, so that nothing of the plaintext can pass for it.
    input.set(canon, messageAt)
    input.set(plaintext, plaintextAt)
    const digest = hash('sha256', input.subarray(0, end), 'latin1')
    input.fill(0, plaintextAt, end)
    // Half of the digest: from the whole one, hashes of longer messages could be made.
    for (let each = 0; each < nonceBytes; each++) out[at + each] = digest.charCodeAt(each)
  }

  #roomFor(bytes: number): Buffer {
    if (bytes <= this.#input.length) return this.#input
    const larger = Buffer.allocUnsafeSlow(bytes)
    larger.set(this.#input.subarray(0, randomAt), 0)
    this.#input.fill(0)
    this.#input = larger
    return larger
  }
}
