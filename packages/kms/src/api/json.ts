import { KmsError } from './errors.ts'

/** JSON as a request may hold it. Objects are maps, for `__proto__` is a legal member name. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject
export type JsonObject = ReadonlyMap<string, JsonValue>

/** Far above what any operation needs, far below what could hurt. */
const depthMax = 32
const valuesMax = 20_000

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
/** Everything up to the next quote, escape or control character. */
const plainRun = /[^"\\\u0000-\u001f]*/y
const numberForm = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
const escapes: { readonly [letter: string]: string } = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}

const malformed = (why: string): KmsError => new KmsError('SerializationException', why)

/**
 * Parses a request body: exactly RFC 8259, and stricter, for a signature covers bytes and a policy
 * decides on members, so both must mean the same to every reader. UTF-8 must be well-formed, a
 * member may stand once, depth and count are bounded. Throws SerializationException.
 */
export const parseJson = (bytes: Uint8Array): JsonValue => {
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    throw malformed('The request body is not valid UTF-8.')
  }
  const reader = new Reader(text)
  const value = reader.value(0)
  reader.end()
  return value
}

class Reader {
  readonly #text: string
  #at = 0
  #values = 0

  constructor(text: string) {
    this.#text = text
  }

  value(depth: number): JsonValue {
    if (depth > depthMax) throw malformed(`The request body is nested deeper than ${depthMax}.`)
    this.#values += 1
    if (this.#values > valuesMax) throw malformed('The request body has too many values.')
    this.#skipSpace()
    switch (this.#text.charCodeAt(this.#at)) {
      case 0x7b:
        return this.#object(depth)
      case 0x5b:
        return this.#array(depth)
      case 0x22:
        return this.#string()
      case 0x74:
        return this.#word('true', true)
      case 0x66:
        return this.#word('false', false)
      case 0x6e:
        return this.#word('null', null)
      default:
        return this.#number()
    }
  }

  end(): void {
    this.#skipSpace()
    if (this.#at !== this.#text.length) throw this.#unexpected()
  }

  #object(depth: number): JsonObject {
    const members = new Map<string, JsonValue>()
    this.#at += 1
    if (this.#take(0x7d)) return members
    for (;;) {
      this.#skipSpace()
      if (this.#text.charCodeAt(this.#at) !== 0x22) throw this.#unexpected()
      const name = this.#string()
      if (members.has(name)) throw malformed('The request body names a member twice.')
      if (!this.#take(0x3a)) throw this.#unexpected()
      members.set(name, this.value(depth + 1))
      if (this.#take(0x7d)) return members
      if (!this.#take(0x2c)) throw this.#unexpected()
    }
  }

  #array(depth: number): readonly JsonValue[] {
    const items: JsonValue[] = []
    this.#at += 1
    if (this.#take(0x5d)) return items
    for (;;) {
      items.push(this.value(depth + 1))
      if (this.#take(0x5d)) return items
      if (!this.#take(0x2c)) throw this.#unexpected()
    }
  }

  #string(): string {
    const start = this.#at + 1
    plainRun.lastIndex = start
    plainRun.test(this.#text)
    let end = plainRun.lastIndex
    if (this.#text.charCodeAt(end) === 0x22) {
      this.#at = end + 1
      return this.#text.slice(start, end)
    }
    let value = this.#text.slice(start, end)
    while (this.#text.charCodeAt(end) === 0x5c) {
      this.#at = end + 1
      value += this.#escape()
      plainRun.lastIndex = this.#at
      plainRun.test(this.#text)
      end = plainRun.lastIndex
      value += this.#text.slice(this.#at, end)
    }
    this.#at = end
    if (this.#text.charCodeAt(end) !== 0x22) throw this.#unexpected()
    this.#at = end + 1
    return value
  }

  #escape(): string {
    const letter = this.#text[this.#at]
    this.#at += 1
    if (letter === 'u') {
      const hex = this.#text.slice(this.#at, this.#at + 4)
      if (!/^[0-9a-fA-F]{4}$/.test(hex)) throw this.#unexpected()
      this.#at += 4
      return String.fromCharCode(Number.parseInt(hex, 16))
    }
    const plain = letter === undefined ? undefined : escapes[letter]
    if (plain === undefined) throw this.#unexpected()
    return plain
  }

  #number(): number {
    numberForm.lastIndex = this.#at
    const match = numberForm.exec(this.#text)
    if (match === null) throw this.#unexpected()
    this.#at = numberForm.lastIndex
    return Number(match[0])
  }

  #word<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) throw this.#unexpected()
    this.#at += word.length
    return value
  }

  #take(code: number): boolean {
    this.#skipSpace()
    if (this.#text.charCodeAt(this.#at) !== code) return false
    this.#at += 1
    return true
  }

  #skipSpace(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at)
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return
      this.#at += 1
    }
  }

  /** Names the place and never the text, which may be a secret. */
  #unexpected(): KmsError {
    return malformed(`The request body is not valid JSON at character ${this.#at + 1}.`)
  }
}
