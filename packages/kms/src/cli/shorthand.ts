import { paramMap, type Param, type ParamMap } from './param.ts'

/** A text that is not in the shorthand syntax. The message shows where, as AWS's does. */
export class ShorthandError extends Error {}

/**
 * Parses the shorthand of AWS's command line: `a=b,c=d`, lists as `a=1,2` or `a=[1,2]`, structures
 * as `a={b=c}`. Values may stand in single or double quotes, within which a backslash escapes the
 * quote and itself; outside of them it escapes a comma. Every value is text; what the shapes make
 * of it comes later. Throws ShorthandError.
 */
export const parseShorthand = (input: string): ParamMap => new Parser(input).parse()

const singleQuoted = /'(?:\\\\|\\'|[^'])*'/y
const doubleQuoted = /"(?:\\\\|\\"|[^"])*"/y
// A word does not begin with a bracket or a brace; after a comma, an equals sign ends it, for it
// was the next key.
const word = /(?:\\,|[!#-&(-+\--<>-Z\\-z|-\uffff])(?:\\,|[\s!#-&(-+\--\\^-|~-\uffff])*/y
const laterWord = /(?:\\,|[!#-&(-+\--<>-Z\\-z|-\uffff])(?:\\,|[\s!#-&(-+\--<>-\uffff])*/y
const keyCharacters = /[\w\-.#/:]*/y
const blanks = /\s*/y

class Parser {
  readonly #input: string
  #at = 0
  constructor(input: string) {
    this.#input = input
  }

  parse(): ParamMap {
    const pairs = new Map<string, Param>()
    let before = 0
    do {
      if (pairs.size > 0) this.#expectSpaced(',')
      const key = this.#key()
      if (pairs.has(key)) throw this.#duplicate(key, before + 1)
      pairs.set(key, this.#values())
      before = this.#at
    } while (!this.#ended())
    return paramMap(pairs)
  }

  #key(): string {
    const key = this.#match(keyCharacters) ?? ''
    this.#expectSpaced('=')
    return key
  }

  #values(): Param {
    if (this.#ended()) return ''
    const next = this.#input[this.#at]
    if (next === '[') return this.#list()
    if (next === '{') return this.#structure()
    return this.#commaList()
  }

  /** `b` of `a=b`, and the list of `a=b,c`; the comma before the next key is left in place. */
  #commaList(): Param {
    const values = [this.#firstValue()]
    this.#match(blanks)
    while (this.#input[this.#at] === ',') {
      const comma = this.#at
      this.#expectSpaced(',')
      const value = this.#laterValue()
      this.#match(blanks)
      const follows = this.#input[this.#at]
      if (value === undefined || (follows !== undefined && follows !== ',')) {
        if (this.#ended()) throw this.#unexpected('<second>', '<none>')
        this.#at = comma
        break
      }
      values.push(value)
    }
    return values.length === 1 ? (values[0] ?? '') : values
  }

  #list(): Param {
    const values: Param[] = []
    this.#expectSpaced('[')
    while (this.#input[this.#at] !== ']') {
      values.push(this.#nested())
      this.#comma(']')
    }
    this.#expect(']')
    return values
  }

  #structure(): Param {
    const pairs = new Map<string, Param>()
    this.#expectSpaced('{')
    while (this.#input[this.#at] !== '}') {
      const key = this.#key()
      pairs.set(key, this.#nested())
      this.#comma('}')
    }
    this.#expect('}')
    return paramMap(pairs)
  }

  #comma(end: string): void {
    this.#match(blanks)
    if (this.#input[this.#at] === end) return
    this.#expect(',')
    this.#match(blanks)
  }

  #nested(): Param {
    const next = this.#input[this.#at]
    if (next === '[') return this.#list()
    if (next === '{') return this.#structure()
    return this.#firstValue()
  }

  #firstValue(): string {
    return this.#quoted() ?? unescaped(this.#match(word) ?? '')
  }

  #laterValue(): string | undefined {
    const quoted = this.#quoted()
    if (quoted !== undefined) return quoted
    const plain = this.#match(laterWord)
    return plain === undefined ? undefined : unescaped(plain)
  }

  #quoted(): string | undefined {
    const quote = this.#input[this.#at]
    if (quote !== "'" && quote !== '"') return undefined
    const text = this.#match(quote === "'" ? singleQuoted : doubleQuoted)
    if (text === undefined) {
      throw this.#unexpected(quote === "'" ? '<singled quoted>' : '<double quoted>', '<none>')
    }
    return text.slice(1, -1).replaceAll(`\\${quote}`, quote).replaceAll('\\\\', '\\')
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#input)?.[0]
    if (found !== undefined) this.#at += found.length
    return found
  }

  #expectSpaced(character: string): void {
    this.#match(blanks)
    this.#expect(character)
    this.#match(blanks)
  }

  #expect(character: string): void {
    const actual = this.#input[this.#at]
    if (actual !== character) throw this.#unexpected(character, actual ?? 'EOF')
    this.#at++
  }

  #ended(): boolean {
    return this.#at >= this.#input.length
  }

  #unexpected(expected: string, actual: string): ShorthandError {
    return new ShorthandError(
      `Expected: '${expected}', received: '${actual}' for input:\n${this.#pointer(this.#at)}`,
    )
  }

  #duplicate(key: string, at: number): ShorthandError {
    return new ShorthandError(
      `Second instance of key "${key}" encountered for input:\n${this.#pointer(at)}\n` +
        'This is often because there is a preceding "," instead of a space.',
    )
  }

  /** The line of the input that holds the place, with a caret under it. */
  #pointer(at: number): string {
    const lineStart = this.#input.lastIndexOf('\n', at - 1) + 1
    const nextLine = this.#input.indexOf('\n', at)
    const lineEnd = nextLine < 0 ? this.#input.length : nextLine
    const caret = `\n${' '.repeat(at - lineStart)}^`
    return this.#input.slice(0, lineEnd) + caret + this.#input.slice(lineEnd)
  }
}

const unescaped = (text: string): string => text.replaceAll('\\,', ',').trimEnd()
