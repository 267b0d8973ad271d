import { foldCase } from '../matching/fold-case.ts'
import type { CompiledCondition } from '../conditions/condition.ts'
import type { CompiledPolicy, Found } from './compiled-policy.ts'
import type { CompiledStatement } from './compiled-statement.ts'
import type { Decision, IdentityAllowance, Opening, Refusal } from './decision.ts'
import { Evaluation } from './evaluation.ts'
import type { AccessRequest, Policies } from './request.ts'
import { isExempt } from './search.ts'

/** Why one statement did or did not apply, for administrators. */
export type StatementTrace = {
  readonly policy: CompiledPolicy['source']
  /** Place in the document, from 0. */
  readonly index: number
  readonly sid: string | undefined
  readonly effect: 'Allow' | 'Deny'
  /** `undefined`: it applied. */
  readonly failed: string | undefined
}

/** One sentence that says what decided. For administrators: it names policies and statements. */
export const explainDecision = (decision: Decision): string =>
  decision.allowed
    ? `Allowed by ${allowanceText(decision.reason.opening, decision.reason.identity)}.`
    : `Denied: ${refusalText(decision.reason)}.`

/**
 * How every statement that is about the action fared. What a condition compared is told too, so
 * this must never reach a caller who could not read the policies and the request.
 */
export const traceStatements = (
  request: AccessRequest,
  policies: Policies,
): readonly StatementTrace[] => {
  const { resource, identity, session = [], boundary } = policies
  const evaluation = new Evaluation(request, boundary !== undefined)
  const all = [
    ...(typeof resource === 'string' ? [] : [resource]),
    ...identity,
    ...(boundary === undefined ? [] : [boundary]),
    ...session,
  ]
  return all.flatMap((policy) =>
    policy.statements
      .filter((each) => each.matchesAction(foldCase(request.action)))
      .map((each) => traceOf(policy, each, evaluation)),
  )
}

const traceOf = (
  { source }: CompiledPolicy,
  compiled: CompiledStatement,
  evaluation: Evaluation,
): StatementTrace => {
  const { index, sid, effect } = compiled.statement
  return { policy: source, index, sid, effect, failed: failureOf(compiled, evaluation) }
}

const failureOf = (compiled: CompiledStatement, evaluation: Evaluation): string | undefined => {
  if (!speaksOf(compiled, evaluation)) return 'it is not about this principal'
  if (!compiled.matchesResource(evaluation)) return 'it is not about this resource'
  const failed = compiled.conditions.find((condition) => !condition.holds(evaluation))
  return failed && conditionText(failed, evaluation)
}

const speaksOf = (compiled: CompiledStatement, evaluation: Evaluation): boolean => {
  const { principals, statement } = compiled
  if (principals === undefined) return true
  if (principals.negated) return !isExempt(compiled, evaluation)
  const { kind, names } = evaluation.principal
  if (principals.everyone) return kind !== 'WebIdentity' || statement.effect === 'Deny'
  return names.all.some((name) => principals.names.has(name))
}

const conditionText = ({ entry, key }: CompiledCondition, evaluation: Evaluation): string => {
  const actual = evaluation.values(key)
  const has = actual.length === 0 ? 'the request does not have it' : `it is ${list(actual)}`
  return `its condition ${entry.operatorText} ${entry.key} ${list(entry.values)} does not hold: ${has}`
}

const list = (values: readonly string[]): string =>
  values.length === 1 ? JSON.stringify(values[0]) : JSON.stringify(values)

const allowanceText = (
  opening: Opening | undefined,
  identity: IdentityAllowance | undefined,
): string => {
  if (opening === undefined) return identityText(identity)
  const text = openingText(opening)
  return identity === undefined ? text : `${text}, and by ${identityText(identity)}`
}

const openingText = (opening: Opening): string => {
  const text = openedBy(opening)
  return opening.tier === 'account' ? `${text}, which leaves it to the account` : text
}

const openedBy = (opening: Opening): string =>
  opening.kind === 'grant' ? `grant ${opening.grant.record.grantId}` : foundText(opening.found)

const identityText = (identity: IdentityAllowance | undefined): string =>
  identity === undefined || identity === 'root'
    ? 'being the root of the account'
    : foundText(identity)

const foundText = ({ policy, statement }: Found): string => {
  const { index, sid } = statement.statement
  const name = sid === undefined || sid === '' ? '' : ` (${sid})`
  return `statement ${index}${name} of ${sourceText(policy.source)}`
}

const sourceText = ({ kind, name }: CompiledPolicy['source']): string =>
  `${kindText[kind]}${name === '' ? '' : ` ${name}`}`

const kindText: Readonly<Record<CompiledPolicy['source']['kind'], string>> = {
  key: 'the key policy',
  trust: 'the trust policy',
  identity: 'the identity policy',
  session: 'the session policy',
  boundary: 'the permissions boundary',
}

const refusalText = (refusal: Refusal): string => {
  switch (refusal.kind) {
    case 'explicitDeny':
      return `${foundText(refusal.found)} denies it`
    case 'noResourceAllow':
      return (
        'the policy of the resource neither allows it to this principal nor leaves it to the ' +
        'account, and no grant permits it'
      )
    case 'noIdentityAllow':
      return refusal.opening === undefined
        ? 'no identity policy allows it'
        : `no identity policy allows it (${openedBy(refusal.opening)} would let one count)`
    case 'noBoundaryAllow':
      return 'the permissions boundary does not allow it'
    case 'noSessionAllow':
      return 'the policies of the session do not allow it'
    case 'notShared':
      return (
        'the resource belongs to another account, whose policy and grants do not let this ' +
        'principal or its account in'
      )
  }
}
