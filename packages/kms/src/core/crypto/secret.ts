import { inspect } from 'node:util'

/**
 * Key material that prints, serializes and inspects as `[secret]`; reading it takes a call that can
 * be searched for. Zeroing is best effort: the runtime may have made copies.
 */
export class Secret implements Disposable {
  readonly #bytes: Uint8Array
  /** Takes ownership: the caller must not keep or reuse `bytes`. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }
  /** The live bytes, not a copy. Pass them straight to a cipher; never store the result. */
  expose(): Uint8Array {
    return this.#bytes
  }
  get length(): number {
    return this.#bytes.length
  }
  [Symbol.dispose](): void {
    this.#bytes.fill(0)
  }
  toJSON(): string {
    return '[secret]'
  }
  toString(): string {
    return '[secret]'
  }
  [inspect.custom](): string {
    return '[secret]'
  }
}
