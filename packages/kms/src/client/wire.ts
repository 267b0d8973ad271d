import type {
  Members,
  Presence,
  Shape,
  StructureShape,
  ListShape,
  EnumShape,
} from '../api/shapes.ts'
import { isJsonObject, type Json, type JsonObject } from './json.ts'

/**
 * The values that AWS's SDK for JavaScript uses, which differ from the service's own in two
 * places: a map is a plain object and an instant is a Date.
 */
export type SdkValue<S> =
  S extends EnumShape<infer V>
    ? V[number]
    : S extends { kind: 'text' }
      ? string
      : S extends { kind: 'blob' }
        ? Uint8Array
        : S extends { kind: 'integer' }
          ? number
          : S extends { kind: 'time' }
            ? Date
            : S extends { kind: 'flag' }
              ? boolean
              : S extends { kind: 'map' }
                ? Readonly<Record<string, string>>
                : S extends ListShape<infer M>
                  ? readonly SdkValue<M>[]
                  : S extends StructureShape<infer M>
                    ? SdkMembers<M>
                    : never

type NamesOf<M extends Members, P extends Presence> = {
  [K in keyof M]: M[K]['presence'] extends P ? K : never
}[keyof M]

export type SdkMembers<M extends Members> = {
  readonly [K in NamesOf<M, 'required'>]: SdkValue<M[K]['shape']>
} & { readonly [K in NamesOf<M, 'optional' | 'unbuilt'>]?: SdkValue<M[K]['shape']> | undefined }

/** Encodes an SDK value for the wire. Members that the row does not know are a TypeError. */
export const encodeMembers = (members: Members, value: object): JsonObject => {
  const encoded: Record<string, Json> = {}
  for (const [name, part] of Object.entries(value) as [string, unknown][]) {
    if (part === undefined || part === null) continue
    const member = Object.hasOwn(members, name) ? members[name] : undefined
    if (member === undefined) throw new TypeError(`no such member: ${name}`)
    encoded[name] = encode(member.shape, part, name)
  }
  return encoded
}

/** Decodes an answer. What the row does not know is left out, as AWS's SDKs do. */
export const decodeMembers = (members: Members, json: JsonObject): Record<string, unknown> => {
  const decoded: Record<string, unknown> = {}
  for (const [name, member] of Object.entries(members)) {
    const part = json[name]
    if (part !== undefined && part !== null) decoded[name] = decode(member.shape, part)
  }
  return decoded
}

const encode = (shape: Shape, value: unknown, name: string): Json => {
  switch (shape.kind) {
    case 'blob':
      if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
      break
    case 'time':
      if (value instanceof Date) return value.getTime() / 1000
      break
    case 'list':
      if (Array.isArray(value)) return value.map((part) => encode(shape.member, part, name))
      break
    case 'map':
      if (isJsonObject(value)) return value
      break
    case 'structure':
      if (isJsonObject(value)) return encodeMembers(shape.members, value)
      break
    default:
      if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
        return value
      }
  }
  // The value itself is not repeated: it may be a plaintext.
  throw new TypeError(`${name} does not hold a ${shape.kind}`)
}

const decode = (shape: Shape, json: Json): unknown => {
  switch (shape.kind) {
    case 'blob':
      return typeof json === 'string' ? ownBytes(json) : json
    case 'time':
      return typeof json === 'number' ? new Date(json * 1000) : json
    case 'list':
      return Array.isArray(json) ? json.map((part: Json) => decode(shape.member, part)) : json
    case 'structure':
      return isJsonObject(json) ? decodeMembers(shape.members, json) : json
    default:
      return json
  }
}

/** Bytes of their own, not a window on Node's shared pool, so that a caller may erase them. */
const ownBytes = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'))
