import type { Members, Shape } from '../../src/api/shapes.ts'
import { unknownKeyId } from './expect.ts'

/**
 * Texts that a pattern of the model lets through, at this length and with the last character
 * repeated, and texts that it refuses.
 */
const patternSamples: Readonly<Record<string, readonly [fits: string, not: string]>> = {
  '^[a-zA-Z0-9:/_-]+$': ['a', '!'],
  '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+': ['p', '\u0100'],
  '[\\u0020-\\u00FF]*': ['m', '\u0100'],
  '[\\w]+': ['w', '-'],
  '[\\w]*': ['w', '-'],
  '[\\w+=,.@-]+': ['n', '!'],
  '[\\w+=,.@-]*': ['n', '!'],
  '[\\w+=,.@:\\/-]*': ['e', '!'],
  '[\\u0020-\\u00FF]+': ['m', '\u0100'],
  '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+': ['k', '!'],
  '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*': ['v', '!'],
  '(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)': ['/', '!'],
  '\\u002F[\\u0021-\\u007F]*': ['/', '!'],
  '((/[A-Za-z0-9\\.,\\+@=_-]+)*)/': ['/', '!'],
  '[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*': ['d', '\u0100'],
  'v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?': ['v1', '1'],
  '[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u0085\\u00A0-\\uD7FF\\uE000-\\uFFFD\\u10000-\\u10FFFF]+':
    ['a', '\u0001'],
  '^[\\w+=,.@:/-]+$': ['w', '!'],
  '^[a-f0-9]+$': ['a', '!'],
  '^[a-zA-Z0-9:/_\\s.-]+$': ['d', '!'],
  'cluster-[2-7a-zA-Z]{11,16}': ['cluster-abcdefghij2', '!'],
  '^https://[a-zA-Z0-9.-]+$': ['https://127.0.0.1', '!'],
  '^(/[a-zA-Z0-9\\/_-]+/kms/xks/v\\d{1,2})$|^(/kms/xks/v\\d{1,2})$': ['/kms/xks/v1', '!'],
  '^(com|eu)\\.amazonaws\\.vpce\\.([a-z]+-){2,3}\\d+\\.vpce-svc-[0-9a-z]+$': [
    'com.amazonaws.vpce.eu-central-1.vpce-svc-1',
    '!',
  ],
  '[0-9]{12}': ['111122223333', '!'],
  '^([a-z]+-){2,3}\\d+$': ['eu-west-1', '!'],
  '^[A-Z2-7]+$': ['A', '!'],
  '^[a-zA-Z0-9-_.]+$': ['x', '!'],
  '^[a-zA-Z0-9\\/+=]+$': ['s', '!'],
  '^arn:aws[a-z0-9-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]{12}:.+$': ['arn:aws:s3::111122223333:b', '!'],
}

const letters = (pattern: string | undefined): readonly [string, string] => {
  const found = pattern === undefined ? ['t', 't'] : patternSamples[pattern]
  if (found === undefined) throw new Error(`no samples for the pattern ${pattern}`)
  return found as [string, string]
}

const lengthened = (text: string, length: number): string => text.padEnd(length, text.at(-1))

/** A value on the wire that its shape lets through, within all bounds. */
export const fitting = (shape: Shape): unknown => {
  switch (shape.kind) {
    case 'text':
      // A well-formed key id fits most texts, and names no key where a key is wanted.
      return shape.pattern === undefined && (shape.max ?? 36) >= 36
        ? unknownKeyId
        : lengthened(letters(shape.pattern)[0], shape.min ?? 1)
    case 'enum':
      return shape.values[0]
    case 'blob':
      return Buffer.alloc(shape.min ?? 0).toString('base64')
    case 'integer':
      return shape.min ?? 1
    case 'flag':
      return false
    case 'time':
      return 1
    case 'map':
      return {}
    case 'list':
      return Array.from({ length: shape.min ?? 0 }, () => fitting(shape.member))
    case 'structure':
      return fittingInput(shape.members)
  }
}

/** An input with all required members and no other. */
export const fittingInput = (members: Members): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(members)
      .filter(([, { presence }]) => presence === 'required')
      .map(([name, { shape }]) => [name, fitting(shape)]),
  )

/** A value outside of one bound, and what AWS says of it: `[value, shown, constraint]`. */
export type Violation = readonly [value: unknown, shown: string, constraint: string]

const shown = (value: string): string =>
  ` '${value.length > 1024 ? `${value.slice(0, 1024)}...` : value}'`
const longer = (max: number): string => `have length less than or equal to ${max}`
const shorter = (min: number): string => `have length greater than or equal to ${min}`

/** A value for each bound of the shape, which breaks that one and no other. */
export const violationsOf = (shape: Shape): readonly Violation[] => {
  switch (shape.kind) {
    case 'text':
      return textViolations(shape)
    case 'enum':
      return [['NONE', shown('NONE'), `satisfy enum value set: [${shape.values.join(', ')}]`]]
    case 'blob': {
      const base64 = (bytes: number) => Buffer.alloc(bytes).toString('base64')
      const { min = 0, max } = shape
      const short: Violation[] = min > 0 ? [[base64(min - 1), '', shorter(min)]] : []
      return max === undefined ? short : [...short, [base64(max + 1), '', longer(max)]]
    }
    case 'integer': {
      const { min, max } = shape
      const found: Violation[] = []
      const add = (value: number, bound: string): number =>
        found.push([value, shown(String(value)), `have value ${bound}`])
      if (min !== undefined) add(min - 1, `greater than or equal to ${min}`)
      if (max !== undefined) add(max + 1, `less than or equal to ${max}`)
      return found
    }
    case 'list': {
      if (shape.max === undefined) return []
      const items = Array.from({ length: shape.max + 1 }, () => fitting(shape.member))
      return [[items, '', longer(shape.max)]]
    }
    default:
      return []
  }
}

const textViolations = ({ min = 0, max, pattern, sensitive }: Extract<Shape, { kind: 'text' }>) => {
  const found: Violation[] = []
  const [fits, not] = letters(pattern)
  const add = (value: string, constraint: string): number =>
    found.push([value, sensitive === true ? '' : shown(value), constraint])
  // A pattern may ask for more than the bound does: then that bound cannot be broken alone.
  const isFit = (value: string) => new RegExp(`^(?:${pattern ?? '.*'})$`, 'su').test(value)
  const short = fits.repeat(Math.max(min - 1, 0))
  const long = lengthened(fits, (max ?? 0) + 1)
  if (min > 0 && fits.length <= min && (min === 1 || isFit(short))) add(short, shorter(min))
  if (max !== undefined && isFit(long)) add(long, longer(max))
  if (pattern !== undefined)
    add(not.repeat(Math.max(min, 1)), `satisfy regular expression pattern: ${pattern}`)
  return found
}

/** Values of JSON types that the shape does not have. */
export const wrongTypesOf = ({ kind }: Shape): readonly unknown[] => {
  const all = { string: 'x!', number: 1, fraction: 1.5, flag: true, list: [], object: {} }
  const { string, number, fraction, flag, list, object } = all
  switch (kind) {
    case 'text':
    case 'enum':
      return [number, flag, list, object]
    case 'blob':
      return [string, 'AAA', 'AA=A', '_-__', 'AAAA\n', number, flag, list, object]
    case 'integer':
      return [string, '1', fraction, 2 ** 53, flag, list, object]
    case 'flag':
      return [string, 'true', number, list, object]
    case 'time':
      return [string, flag, list, object]
    case 'list':
      return [string, number, flag, object]
    case 'map':
    case 'structure':
      return [string, number, flag, list]
  }
}

/** What the service says it wants in place of a value of the wrong JSON type. */
export const wantedOf: Readonly<Record<Shape['kind'], string>> = {
  text: 'a string',
  enum: 'a string',
  blob: 'a base64 string',
  integer: 'an integer',
  flag: 'a boolean',
  time: 'a number of seconds',
  map: 'an object',
  list: 'a list',
  structure: 'an object',
}
