import { type JsonObject, type JsonValue, parseJson } from '../../../api/json.ts'
import type { PolicyDocument, PolicyKind, PolicyVersion } from './document.ts'
import { policyFault } from './faults.ts'
import { hasOnly, listOf, objectOf } from './json-element.ts'
import { parseStatement } from './statement.ts'

const members = new Set(['Version', 'Id', 'Statement'])

/**
 * Reads a policy and checks it in full, so that what is stored can be decided by: members that stand
 * twice or are unknown are refused, as is every value that could never match. Throws
 * MalformedPolicyDocumentException in AWS's words where these are known. Whether the principals
 * exist, and how long the text is, is checked apart (`bindPrincipals`, `limits.ts`).
 */
export const parsePolicy = (kind: PolicyKind, text: string): PolicyDocument => {
  const document = objectOf(parseText(kind, text))
  if (document === undefined || !hasOnly(document, members)) throw policyFault(kind, 'syntax')
  const version = parseVersion(kind, document)
  const statements = parseStatements(kind, document).map((statement, index) =>
    parseStatement({ kind, variables: version === '2012-10-17' }, statement, index),
  )
  if (kind !== 'key') requireDistinctSids(kind, statements)
  return { kind, version, id: parseId(kind, document), statements }
}

/** The strict reader: a member that stands twice has another meaning to every other one. */
const parseText = (kind: PolicyKind, text: string): JsonValue => {
  try {
    return parseJson(Buffer.from(text))
  } catch (error) {
    throw policyFault(kind, 'json', error)
  }
}

/** Policies of identities have to have the newer version; others, without one, have the older. */
const parseVersion = (kind: PolicyKind, document: JsonObject): PolicyVersion => {
  const version = document.get('Version')
  if (version === '2012-10-17') return version
  const isOlder = version === undefined || version === '2008-10-17'
  if (kind === 'identity' || kind === 'session')
    throw policyFault(kind, isOlder ? 'version' : 'syntax')
  if (!isOlder) throw policyFault(kind, 'version')
  return '2008-10-17'
}

/** "The id_block is allowed in resource-based policies, but not in identity-based policies." */
const parseId = (kind: PolicyKind, document: JsonObject): string | undefined => {
  const id = document.get('Id')
  if (id === undefined) return undefined
  if (typeof id !== 'string' || kind === 'identity' || kind === 'session')
    throw policyFault(kind, 'syntax')
  return id
}

const parseStatements = (kind: PolicyKind, document: JsonObject): readonly JsonValue[] => {
  const value = document.get('Statement')
  if (value === undefined) throw policyFault(kind, 'noStatement')
  const statements = listOf(value)
  if (statements.length === 0) throw policyFault(kind, 'noStatement')
  return statements
}

const requireDistinctSids = (kind: PolicyKind, statements: PolicyDocument['statements']): void => {
  const sids = statements.flatMap(({ sid }) => (sid === undefined || sid === '' ? [] : [sid]))
  if (new Set(sids).size < sids.length) throw policyFault(kind, 'sidTwice')
}
