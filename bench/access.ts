/** How long does it take to decide whether a request is allowed? */
import {
  compilePolicy,
  type CompiledPolicy,
} from '../packages/kms/src/core/access/evaluate/compiled-policy.ts'
import { decide } from '../packages/kms/src/core/access/evaluate/decide.ts'
import type { AccessRequest, Policies } from '../packages/kms/src/core/access/evaluate/request.ts'
import { grantOf } from '../packages/kms/src/core/access/grants/grant.ts'
import { GrantIndex } from '../packages/kms/src/core/access/grants/grant-index.ts'
import { parsePolicy } from '../packages/kms/src/core/access/language/parse.ts'
import {
  account,
  fullKeyPolicy,
  keyArn,
  requestOf,
  sessionOf,
  tenantsOf,
  typicalIdentityPolicy,
  typicalKeyPolicy,
} from './access-policies.ts'
import type { Question } from './question.ts'
import { type Spread, spreadOf, spreadText, tableText } from './statistics.ts'

/** A kind of decision. `ask(n)` makes the nth request: no two in a row are the same. */
type Case = {
  readonly name: string
  readonly policyText: string
  readonly policies: Policies
  readonly ask: (number: number) => AccessRequest
  readonly allowed: boolean
  /** What the issue of this part asks for. */
  readonly targetMicros: number
}

type Result = {
  readonly name: string
  readonly policyBytes: number
  readonly targetMicros: number
  readonly decisionMicros: Spread
  /** The time that V8 takes to parse the key policy, in times of a decision. */
  readonly parsesPerDecision: Spread
}

const grantCount = 50_000

export const question: Question = {
  title: 'access: one decision, beside JSON.parse of the key policy that it is made by',
  pinning: 'one process, not pinned',
  answer({ quick, rounds = quick ? 5 : 20 }) {
    const roundMs = quick ? 20 : 200
    const results = cases().map((each): Result => {
      const decisions: number[] = []
      const ratios: number[] = []
      for (let round = -1; round < rounds; round += 1) {
        const micros = microsEach(decisionOf(each), roundMs)
        const parseMicros = microsEach(() => JSON.parse(each.policyText) as unknown, roundMs)
        // The first round is for the compiler of the engine.
        if (round < 0) continue
        decisions.push(micros)
        ratios.push(micros / parseMicros)
      }
      return {
        name: each.name,
        policyBytes: Buffer.byteLength(each.policyText),
        targetMicros: each.targetMicros,
        decisionMicros: spreadOf(decisions),
        parsesPerDecision: spreadOf(ratios),
      }
    })
    return Promise.resolve({ text: textOf(results), figures: results })
  },
}

/** Decides the next request at each call, and makes sure that it is decided as it should be. */
const decisionOf = ({ name, policies, ask, allowed }: Case): (() => void) => {
  let number = 0
  return () => {
    number += 1
    if (decide(ask(number), policies).allowed !== allowed)
      throw new Error(`${name}: decided wrongly`)
  }
}

/** CPU time of this process for each turn: it counts the same when the machine is busy elsewhere. */
const microsEach = (work: () => unknown, forMs: number): number => {
  const start = process.cpuUsage()
  let count = 0
  for (;;) {
    for (let turn = 0; turn < 100; turn += 1) work()
    count += 100
    const { user, system } = process.cpuUsage(start)
    if (user + system >= forMs * 1000) return (user + system) / count
  }
}

const compiled = (kind: 'key' | 'identity', text: string): CompiledPolicy =>
  compilePolicy(parsePolicy(kind, text), { kind, name: kind })

const cases = (): readonly Case[] => {
  const typical = JSON.stringify(typicalKeyPolicy)
  const identity = [compiled('identity', JSON.stringify(typicalIdentityPolicy))]
  const byTypical = { policyText: typical, targetMicros: 5 }
  const resource = compiled('key', typical)
  const contexts = Array.from(
    { length: 64 },
    (_, number) =>
      new Map([
        ['app', 'billing'],
        ['invoice', `${number}`],
      ]),
  )
  const contextOf = (number: number): Map<string, string> => contexts[number % contexts.length]!
  const as = (role: string, action: string): Case['ask'] => {
    const principal = sessionOf(role)
    return (number) => requestOf(principal, action, contextOf(number))
  }
  return [
    {
      ...byTypical,
      name: 'typical, the role is named',
      policies: { resource, identity },
      ask: as('app', 'kms:Decrypt'),
      allowed: true,
    },
    {
      ...byTypical,
      name: 'typical, left to an identity policy',
      policies: { resource, identity },
      ask: as('other', 'kms:Decrypt'),
      allowed: true,
    },
    {
      ...byTypical,
      name: 'typical, refused',
      policies: { resource, identity },
      ask: as('other', 'kms:PutKeyPolicy'),
      allowed: false,
    },
    ...fullCases(),
    {
      ...byTypical,
      name: `typical, by one of ${grantCount.toLocaleString('en-US')} grants`,
      policies: { resource, identity: [], grants: grants() },
      ask: byGrant(),
      allowed: true,
    },
  ]
}

/** Key policies of the greatest length, whose last statement is the one that allows it. */
const fullCases = (): readonly Case[] =>
  (['many roles', 'one role'] as const).map((principals) => {
    const policy = fullKeyPolicy(principals)
    const policyText = JSON.stringify(policy)
    const tenants = tenantsOf(policy)
    const last = tenants - 1
    const principal = sessionOf(principals === 'one role' ? 'app' : `app${last}`)
    const contexts = [
      new Map([['tenant', `tenant-${last}`]]),
      new Map([['Tenant', `tenant-${last}`]]),
    ]
    return {
      name: `32 KB, ${tenants} statements about ${principals}`,
      policyText,
      policies: { resource: compiled('key', policyText), identity: [] },
      ask: (number) => requestOf(principal, 'kms:Decrypt', contexts[number % 2]!),
      allowed: true,
      targetMicros: 20,
    }
  })

/** Every grant is to the same role, under an encryption context of its own. */
const grants = (): GrantIndex => {
  const index = new GrantIndex()
  for (let number = 0; number < grantCount; number += 1)
    index.add(
      grantOf({
        grantId: `${number}`.padStart(64, '0'),
        keyArn,
        granteePrincipal: `arn:aws:iam::${account}:role/grantee`,
        issuingAccount: account,
        operations: ['Decrypt', 'GenerateDataKey'],
        constraints: { encryptionContextEquals: [['volume', `vol-${number}`]] },
        createdAtMs: 0,
      }),
    )
  return index
}

const byGrant = (): Case['ask'] => {
  const principal = sessionOf('grantee')
  return (number) =>
    requestOf(
      principal,
      'kms:Decrypt',
      new Map([['volume', `vol-${(number * 7919) % grantCount}`]]),
    )
}

const textOf = (results: readonly Result[]): string => {
  const head = ['decision', 'policy bytes', 'CPU us each', 'target', '/ JSON.parse']
  const rows = results.map(
    ({ name, policyBytes, targetMicros, decisionMicros, parsesPerDecision }) => [
      name,
      policyBytes.toLocaleString('en-US'),
      spreadText(decisionMicros, 2),
      `<= ${targetMicros}`,
      spreadText(parsesPerDecision, 3),
    ],
  )
  return (
    tableText([head, ...rows]) +
    '  policies are parsed and compiled once; a decision makes its request and looks up what it needs\n'
  )
}
