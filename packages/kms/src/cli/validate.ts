import type { Members, Shape } from '../api/shapes.ts'
import { CliError, exitCode } from './io.ts'
import { isParamMap, showParam, typeName, type Param, type ParamMap } from './param.ts'

/**
 * Checks what AWS's command line checks before it calls: required members, unknown members, types
 * and lower bounds, told all at once and in its words. The rest is the service's to say.
 */
export const validateParams = (members: Members, params: ParamMap): void => {
  const found: string[] = []
  checkMembers(members, params, '', found)
  if (found.length > 0) {
    throw new CliError(exitCode.usage, `Parameter validation failed:\n${found.join('\n')}`)
  }
}

const checkMembers = (members: Members, params: ParamMap, path: string, found: string[]): void => {
  const names = Object.keys(members)
  const where = path === '' ? 'input' : path
  for (const name of names) {
    if (members[name]?.presence === 'required' && !(name in params)) {
      found.push(`Missing required parameter in ${where}: "${name}"`)
    }
  }
  for (const name of Object.keys(params)) {
    if (Object.hasOwn(members, name)) continue
    found.push(`Unknown parameter in ${where}: "${name}", must be one of: ${names.join(', ')}`)
  }
  for (const [name, value] of Object.entries(params)) {
    const member = Object.hasOwn(members, name) ? members[name] : undefined
    if (member !== undefined)
      check(member.shape, value, path === '' ? name : `${path}.${name}`, found)
  }
}

const check = (shape: Shape, value: Param, path: string, found: string[]): void => {
  const wrongType = (types: string): void => {
    const shown = 'sensitive' in shape ? '[secret]' : showParam(value)
    found.push(
      `Invalid type for parameter ${path}, value: ${shown}, ` +
        `type: ${typeName(value)}, valid types: ${types}`,
    )
  }
  switch (shape.kind) {
    case 'text':
    case 'enum':
      if (typeof value !== 'string') wrongType("<class 'str'>")
      else checkLength(shape.kind === 'text' ? shape.min : undefined, value.length, path, found)
      break
    case 'integer':
      if (typeof value !== 'number' || !Number.isInteger(value)) wrongType("<class 'int'>")
      else if (shape.min !== undefined && value < shape.min) {
        found.push(
          `Invalid value for parameter ${path}, value: ${value}, valid min value: ${shape.min}`,
        )
      }
      break
    case 'flag':
      if (typeof value !== 'boolean') wrongType("<class 'bool'>")
      break
    case 'blob':
      if (!(value instanceof Uint8Array)) {
        wrongType("<class 'bytes'>, <class 'bytearray'>, file-like object")
      }
      break
    case 'time':
      if (timeSeconds(value) === undefined) {
        wrongType("<class 'datetime.datetime'>, timestamp-string")
      }
      break
    case 'map':
      if (!isParamMap(value)) wrongType("<class 'dict'>")
      else {
        for (const [name, part] of Object.entries(value)) {
          check({ kind: 'text' }, part, `${path}.${name}`, found)
        }
      }
      break
    case 'list':
      if (!Array.isArray(value)) wrongType("<class 'list'>, <class 'tuple'>")
      else {
        const parts = value as readonly Param[]
        checkLength(shape.min, parts.length, path, found)
        parts.forEach((part, i) => {
          check(shape.member, part, `${path}[${i}]`, found)
        })
      }
      break
    case 'structure':
      if (!isParamMap(value)) wrongType("<class 'dict'>")
      else checkMembers(shape.members, value, path, found)
      break
  }
}

const checkLength = (
  min: number | undefined,
  length: number,
  path: string,
  found: string[],
): void => {
  if (min !== undefined && length < min) {
    found.push(`Invalid length for parameter ${path}, value: ${length}, valid min length: ${min}`)
  }
}

/** Seconds since the epoch of a number or of an ISO 8601 text; `undefined`: it is neither. */
export const timeSeconds = (value: Param): number | undefined => {
  if (typeof value === 'number') return value
  if (typeof value !== 'string') return undefined
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value)
  // A text without an offset means UTC, as in AWS's tools.
  const text = value.replace(/^(\d{4}-\d\d-\d\d)[ t]/, '$1T')
  const zoned = /(Z|[+-]\d\d:?\d\d)$/i.test(text) || !text.includes('T') ? text : `${text}Z`
  const ms = Date.parse(zoned)
  return Number.isNaN(ms) ? undefined : ms / 1000
}
