import { KmsError } from './errors.ts'
import type { BlobShape, EnumShape, IntegerShape, Shape, TextShape } from './shapes.ts'

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

/**
 * Collects what is wrong with a request in AWS's words: "2 validation errors detected: Value 'x' at
 * 'y' failed to satisfy constraint: Member must …; …".
 */
export const violations = () => {
  const found: string[] = []
  const add = (value: string, path: string, constraint: string): void => {
    found.push(`${value} at '${path}' failed to satisfy constraint: Member must ${constraint}`)
  }
  const checkLength = (
    length: number,
    bounds: { min?: number; max?: number },
    value: string,
    path: string,
  ): void => {
    if (bounds.min !== undefined && length < bounds.min)
      add(value, path, `have length greater than or equal to ${bounds.min}`)
    if (bounds.max !== undefined && length > bounds.max)
      add(value, path, `have length less than or equal to ${bounds.max}`)
  }
  return {
    missing(path: string): void {
      add('Value null', path, 'not be null')
    },
    checkText(shape: TextShape, value: string, path: string): void {
      const shown = shape.sensitive === true ? 'Value' : quoted(value)
      checkLength(value.length, shape, shown, path)
      if (shape.pattern !== undefined && value !== '' && !matches(shape.pattern, value))
        add(shown, path, `satisfy regular expression pattern: ${shape.pattern}`)
    },
    checkEnum(shape: EnumShape, value: string, path: string): void {
      if (shape.values.includes(value)) return
      add(quoted(value), path, `satisfy enum value set: [${shape.values.join(', ')}]`)
    },
    checkBlob(shape: BlobShape, value: Uint8Array, path: string): void {
      checkLength(value.length, shape, 'Value', path)
    },
    checkInteger(shape: IntegerShape, value: number, path: string): void {
      if (value < shape.min)
        add(quoted(String(value)), path, `have value greater than or equal to ${shape.min}`)
      if (value > shape.max)
        add(quoted(String(value)), path, `have value less than or equal to ${shape.max}`)
    },
    checkList(shape: Extract<Shape, { kind: 'list' }>, length: number, path: string): void {
      checkLength(length, shape, 'Value', path)
    },
    throwIfAny(): void {
      if (found.length === 0) return
      const noun = found.length === 1 ? 'error' : 'errors'
      throw new KmsError(
        'ValidationException',
        `${found.length} validation ${noun} detected: ${found.join('; ')}`,
      )
    },
  }
}
