import { KmsError } from './errors.ts'
import type { BlobShape, EnumShape, IntegerShape, Shape, TextShape } from './shapes.ts'

/**
 * How a service words what is wrong: KMS and STS repeat the refused value and name each item of a
 * list; IAM does neither, and has sentences of its own for some patterns.
 */
export type Wording = 'kms' | 'iam'

/** AWS repeats the value that it refuses; ours is cut, so that no answer grows with its request. */
const quotedMax = 1024

const quoted = (value: string): string =>
  `Value '${value.length > quotedMax ? `${value.slice(0, quotedMax)}...` : value}'`

const patterns = new Map<string, RegExp>()
/** The model's patterns bind the whole value, as Java's `matches` does. */
const matches = (pattern: string, value: string): boolean => {
  let compiled = patterns.get(pattern)
  if (compiled === undefined) {
    compiled = new RegExp(`^(?:${pattern})$`, 'u')
    patterns.set(pattern, compiled)
  }
  return compiled.test(value)
}

const longer = (min: number): string => `have length greater than or equal to ${min}`
const shorter = (max: number): string => `have length less than or equal to ${max}`
const like = (pattern: string): string => `satisfy regular expression pattern: ${pattern}`

type Violation = { readonly path: string; readonly text: string }

/**
 * Collects what is wrong with a request in AWS's words: "2 validation errors detected: Value 'x' at
 * 'y' failed to satisfy constraint: Member must …; …". Texts are made of what is wrong alone.
 */
export class Violations {
  readonly #wording: Wording
  readonly #found: Violation[] = []
  #sentence: string | undefined

  constructor(wording: Wording = 'kms') {
    this.#wording = wording
  }

  /** Whether the items of a list are told of as one value: see `checkItems`. */
  joinsItems(member: Shape): member is TextShape {
    return this.#wording === 'iam' && member.kind === 'text'
  }

  missing(path: string): void {
    this.#add(this.#wording === 'iam' ? 'Value' : 'Value null', path, 'not be null')
  }

  checkText(shape: TextShape, value: string, path: string): void {
    const { pattern, patternText } = shape
    const told = shape.sensitive === true ? undefined : value
    this.#checkLength(value.length, shape, told, path)
    if (pattern === undefined || value === '' || matches(pattern, value)) return
    if (this.#wording === 'iam' && patternText !== undefined)
      this.#sentence ??= `The specified value for ${path} is invalid. ${patternText}`
    else this.#add(this.#show(told), path, like(pattern))
  }

  /** All constraints of the items are named if one item breaks one of them, as IAM does. */
  checkItems(shape: TextShape, items: readonly string[], path: string): void {
    const { min, max, pattern } = shape
    const isWrong = (item: string): boolean =>
      item.length < (min ?? 0) ||
      item.length > (max ?? Number.POSITIVE_INFINITY) ||
      (pattern !== undefined && !matches(pattern, item))
    if (!items.some(isWrong)) return
    const constraints: string[] = []
    if (max !== undefined) constraints.push(shorter(max))
    if (min !== undefined) constraints.push(longer(min))
    if (pattern !== undefined) constraints.push(like(pattern), 'not be null')
    const each = constraints.map((constraint) => `Member must ${constraint}`).join(', ')
    this.#add('Value', path, `satisfy constraint: [${each}]`)
  }

  checkEnum(shape: EnumShape, value: string, path: string): void {
    if (shape.values.includes(value) || value === shape.passes) return
    this.#add(this.#show(value), path, `satisfy enum value set: [${shape.values.join(', ')}]`)
  }

  checkBlob(shape: BlobShape, value: Uint8Array, path: string): void {
    this.#checkLength(value.length, shape, undefined, path)
  }

  checkInteger({ min, max }: IntegerShape, value: number, path: string): void {
    if (min !== undefined && value < min)
      this.#add(this.#show(String(value)), path, `have value greater than or equal to ${min}`)
    if (max !== undefined && value > max)
      this.#add(this.#show(String(value)), path, `have value less than or equal to ${max}`)
  }

  checkList(shape: Extract<Shape, { kind: 'list' }>, length: number, path: string): void {
    this.#checkLength(length, shape, undefined, path)
  }

  throwIfAny(): void {
    if (this.#found.length > 0) throw new KmsError('ValidationException', this.#counted())
    if (this.#sentence !== undefined) throw new KmsError('ValidationException', this.#sentence)
  }

  /** `told`: the value, where its text may be repeated. */
  #checkLength(
    length: number,
    { min, max }: { readonly min?: number; readonly max?: number },
    told: string | undefined,
    path: string,
  ): void {
    if (min !== undefined && length < min) this.#add(this.#show(told), path, longer(min))
    if (max !== undefined && length > max) this.#add(this.#show(told), path, shorter(max))
  }

  #show(told: string | undefined): string {
    return told === undefined || this.#wording === 'iam' ? 'Value' : quoted(told)
  }

  #add(value: string, path: string, constraint: string): void {
    const text = `${value} at '${path}' failed to satisfy constraint: Member must ${constraint}`
    this.#found.push({ path, text })
  }

  #counted(): string {
    const found = this.#found
    const noun = found.length === 1 ? 'error' : 'errors'
    if (this.#wording === 'iam')
      found.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
    const texts = found.map(({ text }) => text).join('; ')
    return `${found.length} validation ${noun} detected: ${texts}`
  }
}
