import { KmsError } from './errors.ts'
import type { JsonObject, JsonValue } from './json.ts'
import type { Operation } from './operation.ts'
import { onceFor } from './once-for.ts'
import type { OperationName, Input } from './operations.ts'
import { operations } from './operations.ts'
import type { Member, Members, Shape, TextShape } from './shapes.ts'
import { Violations, type Wording } from './violations.ts'

/**
 * Decodes and validates the input of an operation; the one place that knows how AWS words what is
 * wrong with a request. A value of the wrong JSON type is a SerializationException, a value out of
 * its bounds a ValidationException that names all of them at once, and a member that AWS or nobody
 * knows but that is not built is an UnsupportedOperationException: ignoring it would answer
 * something else than what was asked.
 */
export const decodeInput = <N extends OperationName>(name: N, body: JsonValue): Input<N> =>
  decodeRow(name, operations[name], body) as Input<N>

/** The same of any row. `wording` is how the service words its constraints; absent: as KMS. */
export const decodeRow = (
  name: string,
  row: Operation,
  body: JsonValue,
  wording?: Wording,
): object => {
  if (!(body instanceof Map)) throw wrongType('the request body', 'an object')
  const faults = new Violations(wording)
  const input = decodeMembers(row.input, body, '', faults, name)
  faults.throwIfAny()
  return input
}

const decodeMembers = (
  members: Members,
  body: JsonObject,
  path: string,
  faults: Violations,
  operation: string,
): object => {
  const value: Record<string, unknown> = {}
  for (const name of body.keys()) {
    const member = Object.hasOwn(members, name) ? members[name] : undefined
    // `null` is how some clients say nothing at all.
    if (body.get(name) === null) continue
    if (member === undefined || member.presence === 'unbuilt') throw notBuilt(name, operation)
  }
  for (const { name, smallName, member } of namedMembersOf(members)) {
    const given = body.get(name)
    const place = path === '' ? smallName : `${path}.${smallName}`
    if (given !== undefined && given !== null)
      value[name] = decodeValue(member.shape, given, place, faults, operation)
    else if (member.presence === 'required') faults.missing(place)
  }
  return value
}

/** AWS spells member names in its texts with a small first letter. */
type NamedMember = { readonly name: string; readonly smallName: string; readonly member: Member }

/** Members in their order, with their names. */
const namedMembersOf = onceFor((members: Members): readonly NamedMember[] =>
  Object.entries(members).map(([name, member]) => ({
    name,
    smallName: name.charAt(0).toLowerCase() + name.slice(1),
    member,
  })),
)

/** The furthest instant that there is a date for, before and after the epoch (ECMA-262 §21.4.1.1). */
const timeMsMax = 8.64e15

const decodeValue = (
  shape: Shape,
  given: JsonValue,
  path: string,
  faults: Violations,
  operation: string,
): unknown => {
  switch (shape.kind) {
    case 'text':
      if (typeof given !== 'string') throw wrongType(path, 'a string')
      faults.checkText(shape, given, path)
      return given
    case 'enum':
      if (typeof given !== 'string') throw wrongType(path, 'a string')
      faults.checkEnum(shape, given, path)
      return given
    case 'blob': {
      if (typeof given !== 'string') throw wrongType(path, 'a base64 string')
      const bytes = decodeBase64(given)
      if (bytes === undefined) throw wrongType(path, 'a base64 string')
      faults.checkBlob(shape, bytes, path)
      return bytes
    }
    case 'integer':
      if (typeof given !== 'number' || !Number.isSafeInteger(given))
        throw wrongType(path, 'an integer')
      faults.checkInteger(shape, given, path)
      return given
    case 'flag':
      if (typeof given !== 'boolean') throw wrongType(path, 'a boolean')
      return given
    case 'time': {
      // SDKs send what they have: Python's has microseconds, and a sum of floats has more.
      const ms = typeof given === 'number' ? Math.round(given * 1000) : NaN
      if (!(Math.abs(ms) <= timeMsMax)) throw wrongType(path, 'a number of seconds')
      return ms
    }
    case 'map':
      return decodeTextMap(given, path)
    case 'list':
      if (!Array.isArray(given)) throw wrongType(path, 'a list')
      faults.checkList(shape, given.length, path)
      if (faults.joinsItems(shape.member)) return decodeTexts(shape.member, given, path, faults)
      return given.map((item: JsonValue, index) => {
        const place = `${path}.${index + 1}.member`
        if (item === null) throw wrongType(place, 'a value')
        return decodeValue(shape.member, item, place, faults, operation)
      })
    case 'structure':
      if (!(given instanceof Map)) throw wrongType(path, 'an object')
      return decodeMembers(shape.members, given, path, faults, operation)
  }
}

const decodeTexts = (
  shape: TextShape,
  given: readonly JsonValue[],
  path: string,
  faults: Violations,
): readonly string[] => {
  const texts = given.map((item) => {
    if (typeof item !== 'string') throw wrongType(path, 'a list of strings')
    return item
  })
  faults.checkItems(shape, texts, path)
  return texts
}

const decodeTextMap = (given: JsonValue, path: string): ReadonlyMap<string, string> => {
  if (!(given instanceof Map)) throw wrongType(path, 'an object')
  for (const value of given.values())
    if (typeof value !== 'string') throw wrongType(path, 'an object of strings')
  return given as ReadonlyMap<string, string>
}

/** Standard base64 with its padding; anything else, a stray character say, is `undefined`. */
export const decodeBase64 = (text: string): Uint8Array | undefined => {
  if (text.length % 4 !== 0) return undefined
  const bytes = Buffer.from(text, 'base64')
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  // Buffer skips what it does not know, so a wrong character shows as missing bytes.
  if (bytes.length !== (text.length / 4) * 3 - padding) return undefined
  return text.includes('-') || text.includes('_') ? undefined : bytes
}

const wrongType = (path: string, wanted: string): KmsError =>
  new KmsError('SerializationException', `The value at '${path}' has to be ${wanted}.`)

const notBuilt = (member: string, operation: string): KmsError =>
  new KmsError(
    'UnsupportedOperationException',
    `The parameter ${JSON.stringify(member.slice(0, 64))} of ${operation} is not supported by this service.`,
  )
