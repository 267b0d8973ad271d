import { KmsError } from '../../api/errors.ts'
import type { InputOf, OutputOf } from '../../api/operation.ts'
import { operations } from '../../api/operations.ts'
import type { ExplainAccess } from '../../api/keyhold/access.ts'
import type { Operation } from '../../api/operation.ts'
import { lookupIn } from '../../core/access/conditions/lookup.ts'
import { decide } from '../../core/access/evaluate/decide.ts'
import { explainDecision, traceStatements } from '../../core/access/evaluate/explain.ts'
import type { AccessRequest, Policies } from '../../core/access/evaluate/request.ts'
import { foldCase } from '../../core/access/matching/fold-case.ts'
import { principalOf } from '../../core/identity/access.ts'
import { parseKeyReference } from '../../core/keys/arn.ts'
import type { Key } from '../../core/keys/key.ts'
import type { Call } from '../call.ts'
import type { Question } from '../resolve.ts'
import { knownOf } from './decide.ts'
import { factsOf, type KeyFacts, type Subject } from './facts.ts'
import { callerNamed } from './principal-named.ts'

type Input = InputOf<typeof ExplainAccess>

/**
 * Decides what a principal would be told if it asked, and says why. Condition keys that the request
 * gives no value for, and that do not follow from principal, key and time, are absent. A session
 * counts without the policies that it may have been made with, which are in its token alone.
 */
export const explainAccess = async (
  input: Input,
  call: Call,
): Promise<OutputOf<typeof ExplainAccess>> => {
  const region = regionOf(input)
  const caller = await callerNamed(call, input.Principal, region)
  const place = { region, account: caller.account }
  const question: Question = { world: call, caller, place, origin: call.origin, onDecision: ignore }
  const subject = {
    action: input.Action,
    row: requireRow(input),
    input: {},
    context: input.EncryptionContext,
  }
  const key = await keyOf(input, call, region)
  const known = key && (await knownOf(question, subject, key, principalOf(caller)))
  const policies: Policies = known ?? {
    resource: 'none',
    ...(await call.policyBook.of(caller)),
  }
  const request = requestOf(question, subject, known, input.ConditionValues)
  const decision = decide(request, policies)
  return {
    Allowed: decision.allowed,
    Explanation: explainDecision(decision),
    Statements: traceStatements(request, policies).map(
      ({ policy, index, sid, effect, failed }) => ({
        Policy: policy.name === '' ? policy.kind : `${policy.kind} ${policy.name}`,
        Index: index,
        Sid: sid,
        Effect: effect,
        Applies: failed === undefined,
        Reason: failed,
      }),
    ),
  }
}

const ignore = (): void => undefined

/** An ARN names its Region. */
const regionOf = ({ KeyId, Region }: Input): string =>
  (KeyId?.startsWith('arn:') === true ? KeyId.split(':')[3] : Region) ?? 'us-east-1'

const keyOf = async ({ KeyId }: Input, call: Call, region: string): Promise<Key | undefined> => {
  if (KeyId === undefined) return undefined
  const place = { region, account: call.caller.account }
  return call.directory.requireKey(parseKeyReference(KeyId, place, true))
}

/** What an action may be asked for on: kinds of resources of the rows. */
const keys: ReadonlySet<string> = new Set(['key', 'ciphertext', 'alias'])
const noKey: ReadonlySet<string> = new Set(['account', 'newKey'])

/**
 * The operation that asks for the action. A misspelt action would be denied, and so would one be that
 * is asked for without the key that it is about: both would mislead.
 */
const requireRow = ({ Action: action, KeyId }: Input): Operation => {
  const rows: readonly Operation[] = Object.values(operations)
  const row = rows.find(({ authorize }) => authorize.some((each) => each.action === action))
  if (row === undefined) throw invalid(`No operation asks for the action ${action}.`)
  if (action === 'kms:RetireGrant')
    throw invalid('kms:RetireGrant is decided by each grant itself.')
  const isAbout = (kinds: ReadonlySet<string>): boolean =>
    rows.some(({ authorize }) =>
      authorize.some((each) => each.action === action && kinds.has(each.resource.of)),
    )
  if (KeyId === undefined && !isAbout(noKey))
    throw invalid(`The action ${action} is about a key, which KeyId has to name.`)
  if (KeyId !== undefined && !isAbout(keys))
    throw invalid(`The action ${action} is about no key that exists: leave out KeyId.`)
  return row
}

const invalid = (message: string): KmsError => new KmsError('ValidationException', message)

const requestOf = (
  question: Question,
  subject: Subject,
  found: KeyFacts | undefined,
  given: ReadonlyMap<string, string> | undefined,
): AccessRequest => {
  const { region, account } = question.place
  const owner = found?.key.record.account ?? account
  const values = new Map([...(given ?? [])].map(([name, value]) => [foldCase(name), [value]]))
  const facts = lookupIn({
    ...factsOf(question, subject, owner, found),
    // Where the principal would call from is not known.
    connection: (property) => (property === 'region' ? region : undefined),
  })
  return {
    principal: principalOf(question.caller),
    action: subject.action,
    resource: found?.key.arn ?? '*',
    owner,
    lookup: (name) => values.get(name) ?? facts(name),
    encryptionContext: subject.context,
    childGrant: { operations: [], constraints: {} },
  }
}
