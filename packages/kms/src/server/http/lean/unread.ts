import { hasBareLineEnd, isRequestLine } from './head.ts'

const empty = Buffer.alloc(0)
const headEnd = Buffer.from('\r\n\r\n')
const carriageReturn = 0x0d
const lineFeed = 0x0a

/** What a look for a head came to: its text, or why there is none (yet). */
export type Found =
  | { readonly kind: 'head'; readonly text: string }
  | { readonly kind: 'more' | 'too-large' | 'hopeless' }

const more: Found = { kind: 'more' }
const tooLarge: Found = { kind: 'too-large' }
const hopeless: Found = { kind: 'hopeless' }

/** The bytes of a connection that were read and are not understood yet; views where that will do. */
export class Unread {
  readonly #headerBytesMax: number
  #bytes: Buffer = empty
  /** How many of them were looked through for the end of a head. */
  #scanned = 0

  constructor(headerBytesMax: number) {
    this.#headerBytesMax = headerBytesMax
  }

  get isEmpty(): boolean {
    return this.#bytes.length === 0
  }

  /** Takes ownership of `chunk`. */
  add(chunk: Buffer): void {
    this.#bytes = this.isEmpty ? chunk : Buffer.concat([this.#bytes, chunk])
  }

  clear(): void {
    this.#bytes = empty
    this.#scanned = 0
  }

  /** At most so many bytes, which count as understood. */
  take(bytesMax: number): Buffer {
    const taken = this.#bytes.subarray(0, bytesMax)
    this.#bytes = this.#bytes.subarray(taken.length)
    return taken
  }

  /** The next head, without the empty line that ends it; what could never be one is found out early. */
  nextHead(): Found {
    this.#skipEmptyLines()
    const end = this.#bytes.indexOf(headEnd, Math.max(this.#scanned - 3, 0))
    if (end > this.#headerBytesMax) return tooLarge
    if (end === -1) return this.#whyNone()
    const text = this.#bytes.toString('latin1', 0, end)
    this.#bytes = this.#bytes.subarray(end + headEnd.length)
    this.#scanned = 0
    return { kind: 'head', text }
  }

  /** RFC 9112 §2.2: some clients send one after a body. */
  #skipEmptyLines(): void {
    let at = 0
    while (this.#bytes[at] === carriageReturn && this.#bytes[at + 1] === lineFeed) at += 2
    if (at === 0) return
    this.#bytes = this.#bytes.subarray(at)
    this.#scanned = 0
  }

  /** Looks at each byte once, however slowly they come. */
  #whyNone(): Found {
    if (this.#bytes.length > this.#headerBytesMax) return tooLarge
    const [first = carriageReturn] = this.#bytes
    const isLetter = first >= 0x41 && first <= 0x5a
    if (first !== carriageReturn && !isLetter) return hopeless
    // Of what was looked at before, only a CR may still turn out to be a bare one.
    const isAfterReturn = this.#bytes[this.#scanned - 1] === carriageReturn
    const news = this.#bytes.toString('latin1', this.#scanned - (isAfterReturn ? 1 : 0))
    const lineEnd = this.#scanned === 0 ? news.indexOf('\r\n') : -1
    this.#scanned = this.#bytes.length
    if (hasBareLineEnd(news)) return hopeless
    return lineEnd > 0 && !isRequestLine(news.slice(0, lineEnd)) ? hopeless : more
  }
}
