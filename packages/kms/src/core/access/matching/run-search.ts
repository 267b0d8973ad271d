/** What stands between two `*`: literal pieces, and `undefined` for each `?`. */
export type Run = readonly (string | undefined)[]

/**
 * Where a run that has a `?` in it first ends, beginning at `from` or later; `undefined` if it stands
 * nowhere. Takes time for the text, once for each 32 characters of the run, whatever the two look
 * like: a policy may be 32 KB long and what it is compared with 8 KB, and both may be written to take
 * long (Baeza-Yates and Gonnet, "A New Approach to Text Searching", 1992: shift-and).
 */
export const searchRun = (run: Run, text: string, from: number): number | undefined => {
  // Each piece stands for one character at least.
  if (run.length > text.length - from) return undefined
  const { masks, anything, length } = masksOf(run)
  const words = anything.length
  const lastBit = 1 << ((length - 1) % 32)
  // Bit n: the characters read last are the first n + 1 of the run.
  const state = new Uint32Array(words)
  for (let at = from; at < text.length;) {
    const character = text.codePointAt(at)!
    const mask = masks.get(character) ?? anything
    let carried = 1
    for (let word = 0; word < words; word += 1) {
      const before = state[word]!
      state[word] = ((before << 1) | carried) & mask[word]!
      carried = before >>> 31
    }
    at += character > 0xffff ? 2 : 1
    if ((state[words - 1]! & lastBit) !== 0) return at
  }
  return undefined
}

/** For each character, at which places of the run it may stand; for all others, where there is a `?`. */
const masksOf = (run: Run) => {
  const characters = run.flatMap((piece) =>
    piece === undefined ? [undefined] : Array.from(piece, (each) => each.codePointAt(0)!),
  )
  const words = Math.ceil(characters.length / 32)
  const anything = new Uint32Array(words)
  const masks = new Map<number, Uint32Array>()
  for (const [place, character] of characters.entries()) {
    const mask =
      character === undefined ? anything : (masks.get(character) ?? new Uint32Array(words))
    if (character !== undefined) masks.set(character, mask)
    mask[place >>> 5]! |= 1 << (place % 32)
  }
  for (const mask of masks.values())
    for (let word = 0; word < words; word += 1) mask[word]! |= anything[word]!
  return { masks, anything, length: characters.length }
}
