/** Words of a slot: the two of the hash, and the two of the seq, low and high. */
const slotWords = 4
const leastSlots = 4

/**
 * Seqs by 64-bit hashes: open addressing with linear probing in one array of 32-bit words, 20 to 30
 * bytes an entry. A slot whose seq is 0 is free. Nothing is ever taken out.
 */
export class SeqTable {
  #words: Uint32Array
  #count: number

  /** Absent: empty. Otherwise what `words` and `count` of another one gave out. */
  constructor(words: Uint32Array = new Uint32Array(leastSlots * slotWords), count = 0) {
    this.#words = words
    this.#count = count
  }

  get count(): number {
    return this.#count
  }

  /** What it holds, in the order of the machine's bytes; to be copied before anything is added. */
  get words(): Uint32Array {
    return this.#words
  }

  /** 0 for a hash that it does not hold. */
  of(low: number, high: number): number {
    return seqAt(this.#words, slotOf(this.#words, low, high))
  }

  /** Keeps the greater one, if it holds a seq of that hash already. */
  add(low: number, high: number, seq: number): void {
    let slot = slotOf(this.#words, low, high)
    const known = seqAt(this.#words, slot)
    if (known >= seq) return
    if (known === 0) {
      // Above four fifths the searches become long.
      if ((this.#count + 1) * 5 > (this.#words.length / slotWords) * 4) {
        this.#grow()
        slot = slotOf(this.#words, low, high)
      }
      this.#count += 1
    }
    put(this.#words, slot, low, high, seq)
  }

  #grow(): void {
    const old = this.#words
    // By half, not twice: it is what lies free after it that counts.
    const slots = Math.ceil((old.length / slotWords) * 1.5)
    const words = new Uint32Array(slots * slotWords)
    for (let slot = 0; slot < old.length; slot += slotWords) {
      const seq = seqAt(old, slot)
      if (seq === 0) continue
      const [low, high] = [old[slot]!, old[slot + 1]!]
      put(words, slotOf(words, low, high), low, high, seq)
    }
    this.#words = words
  }
}

/** Where the hash is, or would come to be. There always is a free slot, where the search ends. */
const slotOf = (words: Uint32Array, low: number, high: number): number => {
  const { length } = words
  let slot = (high % (length / slotWords)) * slotWords
  for (;;) {
    const isFree = (words[slot + 2]! | words[slot + 3]!) === 0
    if (isFree || (words[slot] === low && words[slot + 1] === high)) return slot
    slot += slotWords
    if (slot === length) slot = 0
  }
}

const seqAt = (words: Uint32Array, slot: number): number =>
  words[slot + 2]! + words[slot + 3]! * 2 ** 32

const put = (words: Uint32Array, slot: number, low: number, high: number, seq: number): void => {
  words[slot] = low
  words[slot + 1] = high
  words[slot + 2] = seq >>> 0
  words[slot + 3] = Math.floor(seq / 2 ** 32)
}
