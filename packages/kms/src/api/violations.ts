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

/**
 * Collects what is wrong with a request in AWS's words: "2 validation errors detected: Value 'x' at
 * 'y' failed to satisfy constraint: Member must …; …".
 */
export const violations = (wording: Wording = 'kms') => {
  const found: { readonly path: string; readonly text: string }[] = []
  const sentences: string[] = []
  const show = (value: string): string => (wording === 'iam' ? 'Value' : quoted(value))
  const add = (value: string, path: string, constraint: string): void => {
    const text = `${value} at '${path}' failed to satisfy constraint: Member must ${constraint}`
    found.push({ path, text })
  }
  const checkLength = (
    length: number,
    bounds: { min?: number; max?: number },
    value: string,
    path: string,
  ): void => {
    if (bounds.min !== undefined && length < bounds.min) add(value, path, longer(bounds.min))
    if (bounds.max !== undefined && length > bounds.max) add(value, path, shorter(bounds.max))
  }
  return {
    /** Whether the items of a list are told of as one value: see `checkItems`. */
    joinsItems(member: Shape): member is TextShape {
      return wording === 'iam' && member.kind === 'text'
    },
    missing(path: string): void {
      add(wording === 'iam' ? 'Value' : 'Value null', path, 'not be null')
    },
    checkText(shape: TextShape, value: string, path: string): void {
      const shown = shape.sensitive === true ? 'Value' : show(value)
      checkLength(value.length, shape, shown, path)
      if (shape.pattern === undefined || value === '' || matches(shape.pattern, value)) return
      if (wording === 'iam' && shape.patternText !== undefined)
        sentences.push(`The specified value for ${path} is invalid. ${shape.patternText}`)
      else add(shown, path, like(shape.pattern))
    },
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
      add('Value', path, `satisfy constraint: [${each}]`)
    },
    checkEnum(shape: EnumShape, value: string, path: string): void {
      if (shape.values.includes(value) || value === shape.passes) return
      add(show(value), path, `satisfy enum value set: [${shape.values.join(', ')}]`)
    },
    checkBlob(shape: BlobShape, value: Uint8Array, path: string): void {
      checkLength(value.length, shape, 'Value', path)
    },
    checkInteger(shape: IntegerShape, value: number, path: string): void {
      const shown = show(String(value))
      if (shape.min !== undefined && value < shape.min)
        add(shown, path, `have value greater than or equal to ${shape.min}`)
      if (shape.max !== undefined && value > shape.max)
        add(shown, path, `have value less than or equal to ${shape.max}`)
    },
    checkList(shape: Extract<Shape, { kind: 'list' }>, length: number, path: string): void {
      checkLength(length, shape, 'Value', path)
    },
    throwIfAny(): void {
      if (found.length === 0 && sentences.length === 0) return
      throw new KmsError('ValidationException', found.length > 0 ? counted() : sentences[0])
    },
  }

  function counted(): string {
    const noun = found.length === 1 ? 'error' : 'errors'
    if (wording === 'iam') found.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
    const texts = found.map(({ text }) => text).join('; ')
    return `${found.length} validation ${noun} detected: ${texts}`
  }
}
