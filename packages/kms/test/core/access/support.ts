import {
  type CompiledPolicy,
  compilePolicy,
  type PolicyOptions,
} from '../../../src/core/access/evaluate/compiled-policy.ts'
import { decide } from '../../../src/core/access/evaluate/decide.ts'
import type { Decision } from '../../../src/core/access/evaluate/decision.ts'
import type { AccessRequest, Policies } from '../../../src/core/access/evaluate/request.ts'
import { type Grant, grantOf, type GrantRecord } from '../../../src/core/access/grants/grant.ts'
import { GrantIndex } from '../../../src/core/access/grants/grant-index.ts'
import type { PolicyKind } from '../../../src/core/access/language/document.ts'
import { parsePolicy } from '../../../src/core/access/language/parse.ts'
import { foldCase } from '../../../src/core/access/matching/fold-case.ts'
import {
  rootPrincipal,
  sessionPrincipal,
  userPrincipal,
  webIdentityPrincipal,
} from '../../../src/core/access/principals/principal.ts'

export const home = '111122223333'
export const abroad = '444455556666'
export const keyArn = `arn:aws:kms:eu-central-1:${home}:key/1`
export const otherKeyArn = `arn:aws:kms:eu-central-1:${home}:key/2`
export const keyOfAbroad = `arn:aws:kms:eu-central-1:${abroad}:key/1`
export const provider = `arn:aws:iam::${home}:oidc-provider/id.example.org`

export const arns = {
  root: `arn:aws:iam::${home}:root`,
  alice: `arn:aws:iam::${home}:user/alice`,
  bob: `arn:aws:iam::${home}:user/bob`,
  role: `arn:aws:iam::${home}:role/team/app`,
  session: `arn:aws:sts::${home}:assumed-role/app/s1`,
  carol: `arn:aws:iam::${abroad}:user/carol`,
  rootAbroad: `arn:aws:iam::${abroad}:root`,
}

export const root = rootPrincipal(arns.root)
export const alice = userPrincipal(arns.alice, 'AIDAALICE')
export const bob = userPrincipal(arns.bob, 'AIDABOB')
export const session = sessionPrincipal(arns.session, arns.role, 'AROAAPP')
export const carol = userPrincipal(arns.carol, 'AIDACAROL')
export const webIdentity = webIdentityPrincipal(provider)

type Source = CompiledPolicy['source']['kind']

const languageOf = (source: Source): PolicyKind => (source === 'boundary' ? 'identity' : source)

/** A policy of these statements; each is an Allow of everything but for what it says itself. */
export const policy = (
  source: Source,
  statements: readonly object[],
  options: PolicyOptions & { readonly version?: string } = {},
): CompiledPolicy => {
  const kind = languageOf(source)
  const defaults = {
    Effect: 'Allow',
    ...(kind === 'trust' ? { Action: 'sts:AssumeRole' } : { Action: 'kms:*', Resource: '*' }),
  }
  const document = {
    Version: options.version ?? '2012-10-17',
    Statement: statements.map((each) => ({ ...defaults, ...each })),
  }
  return compilePolicy(
    parsePolicy(kind, JSON.stringify(document)),
    { kind: source, name: `the-${source}` },
    options,
  )
}

export const keyPolicy = (...statements: readonly object[]): CompiledPolicy =>
  policy('key', statements)
export const identityPolicy = (...statements: readonly object[]): CompiledPolicy =>
  policy('identity', statements)
export const sessionPolicy = (...statements: readonly object[]): CompiledPolicy =>
  policy('session', statements)
export const boundary = (...statements: readonly object[]): CompiledPolicy =>
  policy('boundary', statements)

/** The key policy that leaves everything to the account. */
export const delegating = keyPolicy({ Principal: { AWS: home } })

type Question = Partial<Omit<AccessRequest, 'lookup'>> & {
  readonly values?: Readonly<Record<string, string | readonly string[]>>
}

/** A request of Alice to decrypt with the key, but for what is said otherwise. */
export const requestOf = ({ values = {}, ...request }: Question = {}): AccessRequest => {
  const known = new Map(
    Object.entries(values).map(([name, each]) => [foldCase(name), [each].flat()] as const),
  )
  return {
    principal: alice,
    action: 'kms:Decrypt',
    resource: keyArn,
    owner: home,
    lookup: (key) => known.get(key),
    ...request,
  }
}

export type Setting = Question &
  Partial<Omit<Policies, 'resource'>> & { readonly key?: Policies['resource'] }

const noPolicies: Policies = { resource: 'unknown', identity: [] }

/** Decides; what is not said of the policies is not there, and there is a key without a policy. */
export const decided = (setting: Setting): Decision => {
  const { key, identity, session: ofSession, boundary: limit, grants, ...question } = setting
  return decide(requestOf(question), {
    ...noPolicies,
    ...(key === undefined ? {} : { resource: key }),
    ...(identity === undefined ? {} : { identity }),
    session: ofSession,
    boundary: limit,
    grants,
  })
}

/** `allowed`, or the kind of the reason why not. */
export const outcome = (setting: Setting): string => {
  const decision = decided(setting)
  return decision.allowed ? 'allowed' : decision.reason.kind
}

/** A grant to Alice to decrypt with the key, but for what is said otherwise. */
export const grant = (changes: Partial<GrantRecord> = {}): Grant =>
  grantOf({
    grantId: 'a1'.repeat(32),
    keyArn,
    granteePrincipal: arns.alice,
    issuingAccount: home,
    operations: ['Decrypt'],
    constraints: {},
    createdAtMs: 0,
    ...changes,
  })

export const grantsOf = (...records: readonly Partial<GrantRecord>[]): GrantIndex =>
  new GrantIndex(
    records.map((each, index) => grant({ grantId: `${index}`.padStart(64, '0'), ...each })),
  )
