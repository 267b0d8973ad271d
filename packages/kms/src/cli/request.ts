import type { Members, Shape } from '../api/shapes.ts'
import type { Json, JsonObject } from '../client/json.ts'
import type { Flag } from './flags.ts'
import { negated } from './flags.ts'
import type { BinaryFormat } from './globals.ts'
import type { Io } from './io.ts'
import { isParamMap, paramMap, type Param, type ParamMap } from './param.ts'
import { timeSeconds, validateParams } from './validate.ts'
import { decodeBlobs, parseFlagValue } from './values.ts'

/** What the flags say, by the members they stand for. Of `--x` and `--no-x` the last one counts. */
export const readFlags = async (
  flags: readonly Flag[],
  values: ReadonlyMap<string, readonly string[]>,
  io: Pick<Io, 'env' | 'cwd'>,
): Promise<Map<string, Param>> => {
  const params = new Map<string, Param>()
  for (const flag of flags) {
    if (flag.shape.kind === 'flag') {
      const last = [...values.keys()].findLast(
        (name) => name === flag.name || name === negated(flag),
      )
      if (last !== undefined) params.set(flag.member, last === flag.name)
      continue
    }
    const given = values.get(flag.name)
    if (given !== undefined) {
      params.set(flag.member, await parseFlagValue(flag.shape, given, flag.name, io))
    }
  }
  return params
}

/** The input of the call: blobs decoded, checked, and encoded for the wire. */
export const buildInput = (
  members: Members,
  params: ReadonlyMap<string, Param>,
  format: BinaryFormat,
): JsonObject => {
  const decoded = decodeBlobs({ kind: 'structure', members }, paramMap(params), format, 'input')
  const map: ParamMap = isParamMap(decoded) ? decoded : paramMap([])
  validateParams(members, map)
  return encodeMembers(members, map)
}

const encodeMembers = (members: Members, params: ParamMap): JsonObject => {
  const encoded: Record<string, Json> = {}
  for (const [name, member] of Object.entries(members)) {
    const value = params[name]
    if (value !== undefined) encoded[name] = encode(member.shape, value)
  }
  return encoded
}

const encode = (shape: Shape, value: Param): Json => {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (shape.kind === 'time') return timeSeconds(value) ?? null
  if (shape.kind === 'list' && Array.isArray(value)) {
    const parts = value as readonly Param[]
    return parts.map((part) => encode(shape.member, part))
  }
  if (shape.kind === 'structure' && isParamMap(value)) return encodeMembers(shape.members, value)
  return value as Json
}
