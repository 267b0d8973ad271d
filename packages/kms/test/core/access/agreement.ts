import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  type CompiledPolicy,
  compilePolicy,
} from '../../../src/core/access/evaluate/compiled-policy.ts'
import { decide } from '../../../src/core/access/evaluate/decide.ts'
import type { Decision } from '../../../src/core/access/evaluate/decision.ts'
import type { Policies } from '../../../src/core/access/evaluate/request.ts'
import { grantOf, type GrantLimits } from '../../../src/core/access/grants/grant.ts'
import { GrantIndex } from '../../../src/core/access/grants/grant-index.ts'
import type { GrantOperation } from '../../../src/core/access/grants/operations.ts'
import type { PolicyKind } from '../../../src/core/access/language/document.ts'
import { parsePolicy } from '../../../src/core/access/language/parse.ts'
import { foldCase } from '../../../src/core/access/matching/fold-case.ts'
import {
  type Principal,
  rootPrincipal,
  sessionPrincipal,
  userPrincipal,
  webIdentityPrincipal,
} from '../../../src/core/access/principals/principal.ts'
import { parsePrincipal } from '../../../src/core/access/principals/reference.ts'
import { type NaiveAnswer, naiveDecision } from './naive/decision.ts'
import type { RawCaller, RawGrant, RawQuestion } from './naive/question.ts'
import { worlds } from './worlds/worlds.ts'

const requestsEach = 20

/** How often each answer came up, so that a test can see that the worlds are no monotony. */
export type Tally = Map<NaiveAnswer, number>

/**
 * Compares the two evaluators over arbitrary worlds until there were so many comparisons. They have
 * to agree not only whether a request is allowed, but also on what AWS would name as the reason.
 */
export const requireAgreement = (comparisons: number): Tally => {
  const tally: Tally = new Map()
  fc.assert(
    fc.property(worlds(requestsEach), ({ questions }) => {
      const policies = policiesOf(questions[0]!)
      for (const question of questions) {
        const expected = naiveDecision(question)
        tally.set(expected, (tally.get(expected) ?? 0) + 1)
        assert.equal(
          answerOf(decideRaw(question, policies)),
          expected,
          JSON.stringify(question, undefined, 1),
        )
      }
    }),
    { numRuns: Math.ceil(comparisons / requestsEach) },
  )
  return tally
}

const compiled = (
  kind: PolicyKind,
  json: unknown,
  ids: ReadonlyMap<string, string>,
): CompiledPolicy =>
  compilePolicy(
    parsePolicy(kind, JSON.stringify(json)),
    { kind: kind === 'key' ? 'key' : 'identity', name: '' },
    { principalIds: ids },
  )

const noIds = new Map<string, string>()

const policiesOf = (question: RawQuestion): Policies => {
  const { resourcePolicy, identity, session, boundary, grants, boundIds, isTrust } = question
  const ids = new Map(
    Object.entries(boundIds).map(([arn, id]) => [parsePrincipal(arn)!.name, id] as const),
  )
  return {
    resource:
      typeof resourcePolicy === 'string'
        ? resourcePolicy
        : compiled(isTrust ? 'trust' : 'key', resourcePolicy, ids),
    identity: identity.map((json) => compiled('identity', json, noIds)),
    session: session?.map((json) => compiled('session', json, noIds)),
    boundary: boundary && compiled('identity', boundary, noIds),
    grants: new GrantIndex(grants.map(loadGrant)),
  }
}

const limitsOf = (grant: RawGrant): GrantLimits => ({
  operations: grant.operations as GrantOperation[],
  constraints: {
    encryptionContextEquals: grant.equals && Object.entries(grant.equals),
    encryptionContextSubset: grant.subset && Object.entries(grant.subset),
  },
})

const loadGrant = (grant: RawGrant) =>
  grantOf({
    ...limitsOf(grant),
    grantId: grant.id,
    keyArn: grant.key,
    granteePrincipal: grant.grantee,
    issuingAccount: grant.issuer,
    createdAtMs: 0,
  })

const principalOf = (caller: RawCaller): Principal => {
  switch (caller.type) {
    case 'root':
      return rootPrincipal(`arn:aws:iam::${caller.account}:root`)
    case 'user':
      return userPrincipal(caller.arn, caller.id)
    case 'session':
      return sessionPrincipal(caller.arn, caller.role, caller.id)
    case 'web':
      return webIdentityPrincipal(caller.provider)
  }
}

const decideRaw = (question: RawQuestion, policies: Policies): Decision => {
  const values = new Map(
    Object.entries(question.keys).map(([name, each]) => [foldCase(name), each] as const),
  )
  return decide(
    {
      principal: principalOf(question.caller),
      action: question.action,
      resource: question.resource,
      owner: question.owner,
      lookup: (key) => values.get(key),
      encryptionContext: new Map(Object.entries(question.context)),
      childGrant: question.child && limitsOf(question.child),
    },
    policies,
  )
}

const answerOf = (decision: Decision): NaiveAnswer => {
  if (decision.allowed) return 'allowed'
  const { reason } = decision
  switch (reason.kind) {
    case 'explicitDeny':
      return reason.crossAccount ? 'not shared' : 'explicit deny'
    case 'noResourceAllow':
      return 'no resource-based policy'
    case 'noIdentityAllow':
      return 'no identity-based policy'
    case 'noBoundaryAllow':
      return 'no permissions boundary'
    case 'noSessionAllow':
      return 'no session policy'
    case 'notShared':
      return 'not shared'
  }
}
