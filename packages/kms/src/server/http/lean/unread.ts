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

/** The bytes of a connection that were read and are not understood yet. */
export class Unread {
  readonly #headerBytesMax: number
  #bytes: Buffer = empty
  #start = 0
  /** How many from there on were looked through for the end of a head. */
  #scanned = 0
  #isLent = false

  constructor(headerBytesMax: number) {
    this.#headerBytesMax = headerBytesMax
  }

  get isEmpty(): boolean {
    return this.#start === this.#bytes.length
  }

  /** Whoever lends the bytes calls `keep` before they change. */
  add(lent: Buffer): void {
    if (this.isEmpty) {
      this.#bytes = lent
      this.#start = 0
      this.#isLent = true
    } else this.#own(lent)
  }

  /** What is not understood by now gets memory of its own. */
  keep(): void {
    if (this.isEmpty) this.clear()
    else if (this.#isLent) this.#own(empty)
  }

  clear(): void {
    this.#bytes = empty
    this.#start = 0
    this.#scanned = 0
    this.#isLent = false
  }

  /** At most so many bytes, which count as understood, in memory of their own. */
  take(bytesMax: number): Buffer {
    const end = Math.min(this.#start + bytesMax, this.#bytes.length)
    const taken = Buffer.allocUnsafe(end - this.#start)
    this.#bytes.copy(taken, 0, this.#start, end)
    this.#start = end
    return taken
  }

  /** The next head, without the empty line that ends it; what could never be one is found out early. */
  nextHead(): Found {
    this.#skipEmptyLines()
    const start = this.#start
    const end = this.#bytes.indexOf(headEnd, start + Math.max(this.#scanned - 3, 0))
    if (end - start > this.#headerBytesMax) return tooLarge
    if (end === -1) return this.#whyNone()
    const text = this.#bytes.toString('latin1', start, end)
    this.#start = end + headEnd.length
    this.#scanned = 0
    return { kind: 'head', text }
  }

  /** RFC 9112 §2.2: some clients send one after a body. */
  #skipEmptyLines(): void {
    let at = this.#start
    while (this.#bytes[at] === carriageReturn && this.#bytes[at + 1] === lineFeed) at += 2
    if (at === this.#start) return
    this.#start = at
    this.#scanned = 0
  }

  /** Looks at each byte once, however slowly they come. */
  #whyNone(): Found {
    const start = this.#start
    const length = this.#bytes.length - start
    if (length > this.#headerBytesMax) return tooLarge
    const first = this.#bytes[start] ?? carriageReturn
    const isLetter = first >= 0x41 && first <= 0x5a
    if (first !== carriageReturn && !isLetter) return hopeless
    // Of what was looked at before, only a CR may still turn out to be a bare one.
    const scanned = start + this.#scanned
    const isAfterReturn = this.#scanned > 0 && this.#bytes[scanned - 1] === carriageReturn
    const news = this.#bytes.toString('latin1', scanned - (isAfterReturn ? 1 : 0))
    const lineEnd = this.#scanned === 0 ? news.indexOf('\r\n') : -1
    this.#scanned = length
    if (hasBareLineEnd(news)) return hopeless
    return lineEnd > 0 && !isRequestLine(news.slice(0, lineEnd)) ? hopeless : more
  }

  #own(news: Buffer): void {
    const length = this.#bytes.length - this.#start
    // Not out of Node's pool, of which one byte that a slow client has sent would hold 64 KiB.
    const bytes = Buffer.allocUnsafeSlow(length + news.length)
    this.#bytes.copy(bytes, 0, this.#start)
    news.copy(bytes, length)
    this.#bytes = bytes
    this.#start = 0
    this.#isLent = false
  }
}
