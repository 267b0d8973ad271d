/** Places in the change log up to `lastSeq`, a bit for each; those beyond are not kept. */
export class Places {
  readonly #bits: Uint8Array

  constructor(lastSeq: number) {
    this.#bits = new Uint8Array(Math.floor(lastSeq / 8) + 1)
  }

  add(seq: number): void {
    const at = Math.floor(seq / 8)
    // A typed array takes no notice of what is written behind its end.
    this.#bits[at] = this.#of(at) | (1 << (seq % 8))
  }

  has(seq: number): boolean {
    return (this.#of(Math.floor(seq / 8)) & (1 << (seq % 8))) !== 0
  }

  #of(at: number): number {
    return this.#bits[at] ?? 0
  }
}
