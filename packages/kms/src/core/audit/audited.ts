import { onceFor } from '../../api/once-for.ts'
import type { Operation } from '../../api/operation.ts'
import type { Members, Shape } from '../../api/shapes.ts'
import { quoted, quotedSecond } from './json-text.ts'

declare const audited: unique symbol
/** JSON text that holds nothing but what a row allows to be recorded; made only in this file. */
export type AuditedJson = string & { readonly [audited]: true }

/**
 * The most that a record repeats of a request or an answer, in UTF-16 units. No request that
 * succeeds comes near: the longest is CreateKey with every text full of characters to escape.
 */
export const auditedUnitsMax = 262_144

/** What the record says of a call without a (decoded) request, and of a call that only reads. */
export const nothing = 'null' as AuditedJson

/**
 * The members of `input` that the row lists under `audit`, as CloudTrail's `requestParameters`.
 * Throws `TypeError` if the row lists bytes or a sensitive text, which no record may hold.
 */
export const auditedInput = (row: Operation, input: object): AuditedJson =>
  written(planOf(row).request, input)

/**
 * The members of `output` that the row lists under `auditOutput`, as CloudTrail's
 * `responseElements`: `null` where it lists none, as for every call that only reads.
 */
export const auditedOutput = (row: Operation, output: object | undefined): AuditedJson =>
  output === undefined ? nothing : written(planOf(row).response, output)

type Writer = (value: unknown) => string
type Field = {
  readonly name: string
  /** `"keyId":`, ready to be joined. */
  readonly label: string
  readonly write: Writer
  /** What CloudTrail shows where the caller left the member away. */
  readonly absent: string | undefined
}
type Plan = { readonly request: readonly Field[]; readonly response: readonly Field[] }

const planOf = onceFor((row: Operation): Plan => ({
  request: fieldsOf(row.input, row.audit, true),
  response: row.output === undefined ? [] : fieldsOf(row.output, row.auditOutput, false),
}))

const fieldsOf = (members: Members, names: readonly string[], isInput: boolean): readonly Field[] =>
  names.map((name) => {
    const member = members[name]
    if (member === undefined) throw new TypeError(`${name} is audited but not declared`)
    return {
      name,
      label: quoted(lowerCamel(name)) + ':',
      write: writerOf(member.shape, name),
      // The Developer Guide's entries of Encrypt, Decrypt and ReEncrypt always name the algorithm.
      absent:
        isInput && name.endsWith('EncryptionAlgorithm') ? quoted('SYMMETRIC_DEFAULT') : undefined,
    }
  })

/** CloudTrail's spelling: `KeyId` becomes `keyId`; `AWSAccountId` stays. */
const lowerCamel = (name: string): string =>
  /^[A-Z]{2}/.test(name) ? name : name.charAt(0).toLowerCase() + name.slice(1)

const written = (fields: readonly Field[], value: object): AuditedJson => {
  const json = writeFields(fields, value)
  if (json === '{}') return nothing
  return (json.length > auditedUnitsMax ? '{"omitted":true}' : json) as AuditedJson
}

const writeFields = (fields: readonly Field[], value: object): string => {
  let json = '{'
  for (const { name, label, write, absent } of fields) {
    const member: unknown = Reflect.get(value, name)
    const text = member === undefined || member === null ? absent : write(member)
    if (text !== undefined) json += (json.length > 1 ? ',' : '') + label + text
  }
  return json + '}'
}

const writerOf = (shape: Shape, name: string): Writer => {
  switch (shape.kind) {
    case 'text':
      if (shape.sensitive) throw new TypeError(`${name} is sensitive and may not be audited`)
      return writeText
    case 'enum':
      return writeText
    case 'integer':
      return (value) => (Number.isSafeInteger(value) ? String(value) : 'null')
    case 'flag':
      return (value) => (value === true ? 'true' : 'false')
    case 'time':
      return (value) => (typeof value === 'number' ? quotedSecond(value) : 'null')
    case 'map':
      return writeMap
    case 'list': {
      const write = writerOf(shape.member, name)
      return (value) => (Array.isArray(value) ? '[' + value.map(write).join(',') + ']' : 'null')
    }
    case 'structure': {
      const fields = fieldsOf(shape.members, recordable(shape.members), false)
      return (value) => (typeof value === 'object' && value ? writeFields(fields, value) : 'null')
    }
    case 'blob':
      throw new TypeError(`${name} holds bytes and may not be audited`)
  }
}

/** Of a structure, everything but its secrets: an access key is recorded, its secret is not. */
const recordable = (members: Members): string[] =>
  Object.keys(members).filter((name) => {
    const shape = members[name]?.shape
    return shape === undefined || !('sensitive' in shape && shape.sensitive)
  })

/** Anything that is not a string is not what was declared: its text could be anything. */
const writeText: Writer = (value) => (typeof value === 'string' ? quoted(value) : 'null')

/** Written pair by pair, never through an object: `__proto__` is a legal name in a context. */
const writeMap: Writer = (value) => {
  if (!(value instanceof Map)) return 'null'
  let json = '{'
  for (const [key, text] of value) {
    json += (json.length > 1 ? ',' : '') + writeText(key) + ':' + writeText(text)
  }
  return json + '}'
}
