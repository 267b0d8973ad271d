import { isPrintable, type ScalarStyle } from './yaml-scalar.ts'

// Where libyaml begins to look for a space to break a line at.
const width = 80

/**
 * Writes the tokens of a YAML document as libyaml does: where it breaks a line depends on the column
 * that it has reached, and whether a token begins a line on what was written before.
 */
export class YamlWriter {
  #text = ''
  #column = 0
  #afterSpace = true
  /** Whether the line holds nothing but indentation and the marks of blocks. */
  #inIndentation = true

  get text(): string {
    return this.#text
  }

  get inIndentation(): boolean {
    return this.#inIndentation
  }

  /** `-`, `?`, `:` and the like. `block`: what follows may begin a block on the same line. */
  mark(mark: string, how: { readonly block?: boolean; readonly tight?: boolean } = {}): void {
    if (!this.#afterSpace && how.tight !== true) this.#put(' ')
    this.#put(mark)
    this.#afterSpace = false
    this.#inIndentation = this.#inIndentation && how.block === true
  }

  /** Begins a line at `indent`, unless this line has just begun there. */
  startLine(indent: number): void {
    const begun =
      this.#inIndentation &&
      (this.#column < indent || (this.#column === indent && this.#afterSpace))
    if (!begun) this.#breakLine()
    this.#put(' '.repeat(indent - this.#column))
    this.#afterSpace = true
    this.#inIndentation = true
  }

  /** Ends the last line. */
  end(): void {
    if (this.#column > 0) this.#breakLine()
  }

  /** Writes a scalar; its further lines begin at `indent`. `undefined`: it has to stay on one. */
  scalar(text: string, style: ScalarStyle, indent: number | undefined): void {
    if (style === 'double') this.#double(Array.from(text), indent)
    else this.#literal(Array.from(text), style, indent)
    this.#afterSpace = false
    this.#inIndentation = false
  }

  #literal(characters: readonly string[], style: ScalarStyle, indent: number | undefined): void {
    const quote = style === 'single' ? "'" : ''
    if (!this.#afterSpace) this.#put(' ')
    this.#put(quote)
    for (const [i, character] of characters.entries()) {
      const before = characters[i - 1]
      if (this.#isBreakable(characters, i, indent) && characters[i + 1] !== ' ') {
        this.#wrap(indent)
      } else if (character === '\n') {
        // A single line break would be read as a space.
        if (before !== '\n') this.#breakLine()
        this.#breakLine()
      } else {
        if (before === '\n') this.startLine(indent ?? 0)
        this.#put(character === quote ? "''" : character)
        this.#inIndentation = false
      }
    }
    if (characters.at(-1) === '\n') this.startLine(indent ?? 0)
    this.#put(quote)
  }

  #double(characters: readonly string[], indent: number | undefined): void {
    this.mark('"')
    for (const [i, character] of characters.entries()) {
      if (this.#isBreakable(characters, i, indent)) {
        this.#wrap(indent)
        if (characters[i + 1] === ' ') this.#put('\\')
      } else this.#put(needsEscape(character) ? escape(character) : character)
    }
    this.#put('"')
  }

  #isBreakable(characters: readonly string[], i: number, indent: number | undefined): boolean {
    const inside = i > 0 && i < characters.length - 1
    const single = characters[i] === ' ' && characters[i - 1] !== ' '
    return indent !== undefined && inside && single && this.#column > width
  }

  #wrap(indent: number | undefined): void {
    this.startLine(indent ?? 0)
  }

  #put(text: string): void {
    this.#text += text
    this.#column += Array.from(text).length
  }

  #breakLine(): void {
    this.#text += '\n'
    this.#column = 0
    this.#afterSpace = true
    this.#inIndentation = true
  }
}

const needsEscape = (character: string): boolean =>
  character === '"' || character === '\\' || character === '\n' || !isPrintable(character)

// YAML 1.2 §5.7.
const escapes = new Map([
  ['\0', '0'],
  ['\u0007', 'a'],
  ['\b', 'b'],
  ['\t', 't'],
  ['\n', 'n'],
  ['\v', 'v'],
  ['\f', 'f'],
  ['\r', 'r'],
  ['\u001b', 'e'],
  ['"', '"'],
  ['\\', '\\'],
  ['\u0085', 'N'],
  ['\u2028', 'L'],
  ['\u2029', 'P'],
])

const escape = (character: string): string => {
  const letter = escapes.get(character)
  if (letter !== undefined) return `\\${letter}`
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase()
  if (code.length <= 2) return `\\x${code.padStart(2, '0')}`
  return code.length <= 4 ? `\\u${code.padStart(4, '0')}` : `\\U${code.padStart(8, '0')}`
}
