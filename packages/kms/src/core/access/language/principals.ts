import type { JsonObject, JsonValue } from '../../../api/json.ts'
import { isProvider, isService, parsePrincipal } from '../principals/reference.ts'
import type {
  Effect,
  PolicyDocument,
  PolicyKind,
  PrincipalElement,
  PrincipalEntry,
  PrincipalType,
} from './document.ts'
import { invalidPrincipal, policyFault } from './faults.ts'
import { elementOf, objectOf, textsOf } from './json-element.ts'

const types: readonly PrincipalType[] = ['AWS', 'Federated', 'Service']

/** Reads Principal or NotPrincipal, which key and trust policies need and the others may not have. */
export const parsePrincipals = (
  kind: PolicyKind,
  statement: JsonObject,
  effect: Effect,
): PrincipalElement | undefined => {
  const element = elementOf(statement, 'Principal')
  if (kind === 'identity' || kind === 'session') {
    if (element !== undefined) throw policyFault(kind, 'noPrincipal')
    return undefined
  }
  if (element === undefined) throw policyFault(kind, 'noPrincipal')
  const { value, negated } = element
  // IAM User Guide: NotPrincipal is for Deny only, and not for trust policies.
  if (negated && (effect === 'Allow' || kind === 'trust')) throw policyFault(kind, 'notPrincipal')
  return { negated, entries: parseEntries(kind, value) }
}

const parseEntries = (kind: PolicyKind, value: JsonValue): readonly PrincipalEntry[] => {
  if (value === '*' && kind === 'key') return [{ type: 'AWS', text: '*' }]
  const object = objectOf(value)
  if (object === undefined) throw policyFault(kind, 'principalForm')
  const entries: PrincipalEntry[] = []
  for (const [name, listed] of object) {
    const type = types.find((each) => each === name)
    const texts = type && textsOf(listed)
    if (type === undefined || texts === undefined) throw policyFault(kind, 'principalForm')
    for (const text of texts) {
      if (!isPossible(type, text)) throw invalidPrincipal(kind, type, text)
      entries.push({ type, text })
    }
  }
  if (entries.length === 0) throw policyFault(kind, 'emptyPrincipal')
  return entries
}

const isPossible = (type: PrincipalType, text: string): boolean => {
  switch (type) {
    case 'AWS':
      return text === '*' || parsePrincipal(text) !== undefined
    case 'Federated':
      return isProvider(text)
    case 'Service':
      return isService(text)
  }
}

/**
 * Finds a principal that a policy names. Resolves to its unique id; to an empty text for what has
 * none (an account, a provider, a service, a user or role of an account that is not here); and to
 * `undefined` if there is no such principal. A session counts by its role.
 */
export type FindPrincipal = (
  entry: PrincipalEntry,
) => string | undefined | Promise<string | undefined>

/**
 * Checks that the principals of a key or trust policy exist, before it is stored. Resolves to their
 * unique ids by name, to be stored with the policy and given to `compilePolicy`: so a user who is
 * deleted leaves no rights to a later one of the same name. Rejects with
 * MalformedPolicyDocumentException.
 */
export const bindPrincipals = async (
  document: PolicyDocument,
  find: FindPrincipal,
): Promise<ReadonlyMap<string, string>> => {
  const ids = new Map<string, string>()
  for (const { principals } of document.statements)
    for (const entry of principals?.entries ?? []) {
      if (entry.text === '*') continue
      const id = await find(entry)
      if (id === undefined) throw invalidPrincipal(document.kind, entry.type, entry.text)
      const name = entry.type === 'AWS' ? parsePrincipal(entry.text)?.name : undefined
      if (id !== '' && name !== undefined) ids.set(name, id)
    }
  return ids
}
