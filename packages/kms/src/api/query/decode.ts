import { KmsError } from '../errors.ts'
import type { JsonObject, JsonValue } from '../json.ts'
import type { Members, Shape } from '../shapes.ts'

/** Items of a list at most; the longest list of the API has 100. */
const itemsMax = 1000

/** The parameters of a request as a tree: `Tags.member.1.Key` is four steps down. */
type Branch = Map<string, Branch | string>

/**
 * The parameters of a query request as the JSON that says the same, which is validated from there on
 * as any other request: lists are `Name.member.N`, an empty one is `Name=`, numbers and booleans are
 * text. What no member is named by stays in it, and is refused as an unknown member. Throws
 * SerializationException.
 */
export const queryToJson = (
  members: Members,
  parameters: ReadonlyMap<string, string>,
): JsonObject => {
  const tree: Branch = new Map()
  for (const [name, value] of parameters) plant(tree, name, value)
  return toObject(members, tree)
}

const plant = (tree: Branch, name: string, value: string): void => {
  const steps = name.split('.')
  const last = steps.pop() ?? ''
  let branch = tree
  for (const step of steps) {
    let next = branch.get(step)
    if (next === undefined) branch.set(step, (next = new Map()))
    if (typeof next === 'string') throw twoMeanings(name)
    branch = next
  }
  if (branch.has(last)) throw twoMeanings(name)
  branch.set(last, value)
}

const toObject = (members: Members, branch: Branch): JsonObject => {
  const object = new Map<string, JsonValue>()
  for (const [name, value] of branch) {
    const member = Object.hasOwn(members, name) ? members[name] : undefined
    object.set(name, member === undefined ? '' : toJson(member.shape, value, name))
  }
  return object
}

const toJson = (shape: Shape, value: Branch | string, path: string): JsonValue => {
  if (shape.kind === 'list') return toList(shape.member, value, path)
  if (shape.kind === 'structure') {
    if (typeof value === 'string') throw wrongForm(path)
    return toObject(shape.members, value)
  }
  if (typeof value !== 'string') throw wrongForm(path)
  switch (shape.kind) {
    case 'integer':
      if (!/^-?[0-9]{1,15}$/.test(value)) throw wrongForm(path)
      return Number(value)
    case 'flag':
      if (value !== 'true' && value !== 'false') throw wrongForm(path)
      return value === 'true'
    case 'text':
    case 'enum':
      return value
    default:
      throw new TypeError(`no query operation takes a ${shape.kind}`)
  }
}

const toList = (member: Shape, value: Branch | string, path: string): readonly JsonValue[] => {
  if (value === '') return []
  const items = typeof value === 'string' ? undefined : value.get('member')
  if (typeof value === 'string' || value.size !== 1 || !(items instanceof Map)) {
    throw wrongForm(path)
  }
  if (items.size > itemsMax) throw wrongForm(path)
  // Counted from 1 without a gap: a gap would be filled by some readers and closed by others.
  return Array.from({ length: items.size }, (_none, at) => {
    const item = items.get(String(at + 1))
    if (item === undefined) throw wrongForm(path)
    return toJson(member, item, path)
  })
}

const twoMeanings = (name: string): KmsError =>
  new KmsError(
    'SerializationException',
    `The parameter ${JSON.stringify(name.slice(0, 64))} stands for a value and for a structure.`,
  )

const wrongForm = (path: string): KmsError =>
  new KmsError(
    'SerializationException',
    `The parameter ${JSON.stringify(path.slice(0, 64))} does not have the form of its type.`,
  )
