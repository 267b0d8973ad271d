import type { JsonObject, JsonValue } from '../../../api/json.ts'
import { parseActions } from './actions.ts'
import { parseConditions } from './conditions.ts'
import type { Effect, PolicyKind, Statement } from './document.ts'
import { malformed, policyFault } from './faults.ts'
import { hasOnly, objectOf } from './json-element.ts'
import { parsePrincipals } from './principals.ts'
import { parseResources } from './resources.ts'

/** What the elements of a statement are read by. */
export type StatementSyntax = { readonly kind: PolicyKind; readonly variables: boolean }

const members = new Set([
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
])
const exclusive = ['Principal', 'Action', 'Resource'] as const

export const parseStatement = (
  syntax: StatementSyntax,
  value: JsonValue,
  index: number,
): Statement => {
  const { kind } = syntax
  const statement = objectOf(value)
  if (statement === undefined || !hasOnly(statement, members)) throw policyFault(kind, 'syntax')
  if (exclusive.some((name) => statement.has(name) && statement.has(`Not${name}`)))
    throw policyFault(kind, 'syntax')
  const effect = parseEffect(kind, statement)
  return {
    index,
    sid: parseSid(kind, statement),
    effect,
    principals: parsePrincipals(kind, statement, effect),
    actions: parseActions(kind, statement),
    resources: parseResources(syntax, statement),
    conditions: parseConditions(syntax, statement.get('Condition')),
  }
}

const parseEffect = (kind: PolicyKind, statement: JsonObject): Effect => {
  const effect = statement.get('Effect')
  // The value is case-sensitive.
  if (effect === 'Allow' || effect === 'Deny') return effect
  if (kind === 'trust' && typeof effect === 'string') throw malformed(`Invalid effect: ${effect}`)
  throw policyFault(kind, 'noEffect')
}

/** "The Sid element in a key policy statement can include spaces"; IAM's is letters and digits. */
const parseSid = (kind: PolicyKind, statement: JsonObject): string | undefined => {
  const sid = statement.get('Sid')
  if (sid === undefined) return undefined
  if (typeof sid !== 'string') throw policyFault(kind, 'syntax')
  // Explanations repeat it, which may be read on a terminal: nothing in it may move a cursor.
  const isPlain = kind === 'key' ? !/\p{Cc}/u.test(sid) : /^[0-9A-Za-z]*$/.test(sid)
  if (!isPlain) throw policyFault(kind, 'sidForm')
  return sid
}
