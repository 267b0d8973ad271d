import type { Shape } from '../api/shapes.ts'
import type { BinaryFormat } from './globals.ts'
import { CliError, exitCode, failure, parameterError, type Io } from './io.ts'
import { isParamMap, paramMap, type Param } from './param.ts'
import { loadValue } from './paramfile.ts'
import { parseShorthand, ShorthandError } from './shorthand.ts'

/**
 * What the values of a flag stand for: files are read, JSON and shorthand are parsed. Blobs are
 * still as they were given, unless they came from `fileb://` and are bytes.
 */
export const parseFlagValue = async (
  shape: Shape,
  given: readonly string[],
  flag: string,
  io: Pick<Io, 'env' | 'cwd'>,
): Promise<Param> => {
  if (shape.kind !== 'list') {
    const value = await loadValue(given[0] ?? '', flag, io)
    return parseOne(shape, value, flag)
  }
  const only = given.length === 1 ? await loadValue(given[0] ?? '', flag, io) : undefined
  const parts = only === undefined ? given : [asText(only)]
  const first = parts[0] ?? ''
  if (/^\s*\[/.test(first)) return parseJson(first, flag)
  return parts.map((part) => parseOne(shape.member, part, flag))
}

const asText = (value: string | Uint8Array): string =>
  typeof value === 'string' ? value : new TextDecoder().decode(value)

const parseOne = (shape: Shape, value: string | Uint8Array, flag: string): Param => {
  switch (shape.kind) {
    case 'blob':
      return value
    case 'integer':
      return parseInteger(asText(value))
    case 'flag':
      return asText(value).toLowerCase() !== 'false'
    case 'map':
    case 'structure':
    case 'list': {
      const text = asText(value)
      if (/^\s*[[{]/.test(text)) return parseJson(text, flag)
      try {
        return coerce(shape, parseShorthand(text))
      } catch (error) {
        if (error instanceof ShorthandError) throw parameterError(flag, error.message)
        throw error
      }
    }
    default:
      return asText(value)
  }
}

const parseInteger = (text: string): number => {
  const digits = text.trim().replace(/(?<=\d)_(?=\d)/g, '')
  if (/^[+-]?\d+$/.test(digits)) return Number(digits)
  throw failure(`invalid literal for int() with base 10: '${text}'`)
}

const parseJson = (text: string, flag: string): Param => {
  try {
    return fromJson(JSON.parse(text))
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw parameterError(flag, `Invalid JSON: ${why}\nJSON received: ${text}`)
  }
}

/** JSON, or YAML that was parsed, as a parameter: its maps lose their prototypes. */
export const fromJson = (json: unknown): Param => {
  if (json instanceof Uint8Array) return json
  if (Array.isArray(json)) return json.map((part) => fromJson(part))
  if (typeof json === 'object' && json !== null) {
    return paramMap(Object.entries(json).map(([name, part]) => [name, fromJson(part)] as const))
  }
  return json as string | number | boolean | null
}

/** Gives the texts of shorthand the types that the shapes ask for; what does not fit stays. */
const coerce = (shape: Shape, value: Param): Param => {
  if (shape.kind === 'structure' && isParamMap(value)) {
    return paramMap(
      Object.entries(value).map(([name, part]) => {
        const member = Object.hasOwn(shape.members, name) ? shape.members[name] : undefined
        return [name, member === undefined ? part : coerce(member.shape, part)] as const
      }),
    )
  }
  if (shape.kind === 'list') {
    const parts = Array.isArray(value) ? (value as readonly Param[]) : [value]
    return parts.map((part) => coerce(shape.member, part))
  }
  if (typeof value !== 'string') return value
  if (shape.kind === 'integer') return parseInteger(value)
  if (shape.kind === 'flag' && /^(true|false)$/i.test(value)) return value.toLowerCase() === 'true'
  return value
}

/**
 * Turns every blob that was given as text into its bytes, by the format that the user chose; bytes
 * stay bytes. A text that is not base64 is an error which does not repeat it.
 */
export const decodeBlobs = (
  shape: Shape,
  value: Param,
  format: BinaryFormat,
  name: string,
): Param => {
  if (shape.kind === 'blob' && typeof value === 'string') {
    if (format === 'base64') return decodeBase64(value, name)
    return new TextEncoder().encode(value)
  }
  if (shape.kind === 'list' && Array.isArray(value)) {
    const parts = value as readonly Param[]
    return parts.map((part) => decodeBlobs(shape.member, part, format, name))
  }
  if (shape.kind === 'structure' && isParamMap(value)) {
    const pairs = Object.entries(value).map(([key, part]) => {
      const member = Object.hasOwn(shape.members, key) ? shape.members[key] : undefined
      return [key, member ? decodeBlobs(member.shape, part, format, key) : part] as const
    })
    return paramMap(pairs)
  }
  return value
}

// Stricter than AWS's command line, which skips what is not base64, so that a plaintext given
// without an encoding becomes other data without a word.
const decodeBase64 = (text: string, name: string): Uint8Array => {
  const compact = text.replace(/\s+/g, '')
  if (compact.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(compact)) {
    return Buffer.from(compact, 'base64')
  }
  throw new CliError(
    exitCode.failure,
    `Invalid base64: the value of ${name}. Bytes that are not encoded are given by ` +
      'fileb://, or with --cli-binary-format raw-in-base64-out.',
  )
}
