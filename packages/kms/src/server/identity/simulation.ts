import { setImmediate } from 'node:timers/promises'
import { KmsError } from '../../api/errors.ts'
import type { SimulatePrincipalPolicy } from '../../api/iam/simulation.ts'
import type { InputOf, OutputOf } from '../../api/operation.ts'
import { conditionKeyOf, suffixOf } from '../../core/access/conditions/keys.ts'
import { type Facts, lookupIn } from '../../core/access/conditions/lookup.ts'
import { type CompiledPolicy, compilePolicy } from '../../core/access/evaluate/compiled-policy.ts'
import { decide } from '../../core/access/evaluate/decide.ts'
import { traceStatements } from '../../core/access/evaluate/explain.ts'
import { parsePolicy } from '../../core/access/language/parse.ts'
import { foldCase } from '../../core/access/matching/fold-case.ts'
import type { Call } from '../call.ts'
import type { IamFamily } from './family.ts'
import { pageOfList } from './paging.ts'
import { type Simulated, simulatedBy, type SourcedDocument } from './simulated.ts'

type Input = InputOf<typeof SimulatePrincipalPolicy>
type Result = OutputOf<typeof SimulatePrincipalPolicy>['EvaluationResults'][number]
type Verdict = Pick<Result, 'EvalDecision' | 'MatchedStatements' | 'MissingContextValues'>

const decisionsMax = 2000
/** Characters of all policies together, once for each decision: policies may be made to take long. */
const charactersMax = 10_000_000

export const simulationHandlers: IamFamily<'SimulatePrincipalPolicy'> = {
  async SimulatePrincipalPolicy(input, call) {
    const { ActionNames: actions, ResourceArns: resources } = input
    const wrong = actions.find((action) => !/^[A-Za-z0-9-]+:[A-Za-z0-9]+$/.test(action))
    if (wrong !== undefined) throw invalid(`Invalid action name: ${wrong}`)
    if (actions.length * (resources?.length ?? 1) > decisionsMax)
      throw invalid(`No more than ${decisionsMax} decisions can be simulated at once.`)
    const simulation = await simulationOf(input, call)
    const characters = simulation.documents.reduce((sum, { document }) => sum + document.length, 0)
    if (actions.length * (resources?.length ?? 1) * characters > charactersMax)
      throw invalid('The policies are too long for so many decisions to be simulated at once.')
    const { items, end } = pageOfList(
      call,
      'SimulatePrincipalPolicy',
      input.PolicySourceArn,
      input,
      actions.map((action, at) => ({ action, id: String(at).padStart(4, '0') })),
      ({ id }) => id,
    )
    const results: Result[] = []
    for (const { action } of items) results.push(await resultOf(simulation, action, resources))
    return { EvaluationResults: results, ...end }
  },
}

type Simulation = {
  readonly simulated: Simulated
  readonly documents: readonly SourcedDocument[]
  /** One for each document; its name is the place of the document. */
  readonly policies: readonly CompiledPolicy[]
  /** Values of condition keys by their names, case folded. */
  readonly given: ReadonlyMap<string, readonly string[]>
  readonly nowMs: () => number
}

const simulationOf = async (input: Input, call: Call): Promise<Simulation> => {
  const simulated = await simulatedBy(call, input.PolicySourceArn)
  const added = (input.PolicyInputList ?? []).map((document, at): SourcedDocument => {
    requireReadable(document)
    return { id: `PolicyInputList.${at + 1}`, type: 'none', document }
  })
  const documents = [...simulated.documents, ...added]
  return {
    simulated,
    documents,
    policies: documents.map(({ document }, at) =>
      compilePolicy(parsePolicy('identity', document), { kind: 'identity', name: String(at) }),
    ),
    given: givenContext(input.ContextEntries ?? []),
    nowMs: () => call.clock.nowMs(),
  }
}

/** Others get a turn between one decision and the next. */
const resultOf = async (
  simulation: Simulation,
  action: string,
  resources: readonly string[] | undefined,
): Promise<Result> => {
  await setImmediate()
  if (resources === undefined || resources.length === 0)
    return { EvalActionName: action, EvalResourceName: '*', ...verdictOn(simulation, action, '*') }
  const verdicts: Verdict[] = []
  for (const resource of resources) {
    await setImmediate()
    verdicts.push(verdictOn(simulation, action, resource))
  }
  return {
    EvalActionName: action,
    ...(resources.length === 1 ? { EvalResourceName: resources[0] } : {}),
    ...strictest(verdicts),
    ResourceSpecificResults: verdicts.map(({ EvalDecision, ...rest }, at) => ({
      EvalResourceName: resources[at] ?? '',
      EvalResourceDecision: EvalDecision,
      ...rest,
    })),
  }
}

const verdictOn = (simulation: Simulation, action: string, resource: string): Verdict => {
  const { simulated, documents, policies: identity } = simulation
  const missing = new Set<string>()
  const lookup = lookupOf(simulation, action, missing)
  const { principal } = simulated
  const request = { principal, action, resource, owner: principal.account, lookup }
  const policies = { resource: 'none', identity } as const
  const decision = decide(request, policies)
  const denies = !decision.allowed && decision.reason.kind === 'explicitDeny'
  const counts = denies ? 'Deny' : 'Allow'
  const matched = traceStatements(request, policies)
    .filter(({ failed, effect }) => failed === undefined && effect === counts)
    .map(({ policy }) => documents[Number(policy.name)])
  return {
    EvalDecision: decision.allowed ? 'allowed' : denies ? 'explicitDeny' : 'implicitDeny',
    MatchedStatements: matched.map((source) => ({
      SourcePolicyId: source?.id,
      SourcePolicyType: source?.type,
    })),
    MissingContextValues: [...missing].sort(),
  }
}

const byStrictness = ['explicitDeny', 'implicitDeny', 'allowed'] as const

/** The verdict on several resources together: on all of them, as the strictest one says. */
const strictest = (verdicts: readonly Verdict[]): Verdict => {
  const decision =
    byStrictness.find((each) => verdicts.some(({ EvalDecision }) => EvalDecision === each)) ??
    'implicitDeny'
  const deciding = verdicts.filter(({ EvalDecision }) => EvalDecision === decision)
  const statements = deciding.flatMap(({ MatchedStatements }) => MatchedStatements)
  const missing = new Set(verdicts.flatMap(({ MissingContextValues }) => MissingContextValues))
  return {
    EvalDecision: decision,
    MatchedStatements: [
      ...new Map(statements.map((each) => [JSON.stringify(each), each])).values(),
    ],
    MissingContextValues: [...missing].sort(),
  }
}

/** Looks up what is given, then what follows from the principal and the clock; notes the rest. */
const lookupOf = (
  { given, simulated, nowMs }: Simulation,
  action: string,
  missing: Set<string>,
) => {
  const facts: Facts = {
    action,
    owner: simulated.principal.account,
    caller: simulated.caller,
    callerTags: () => simulated.tags,
    member: () => undefined,
    connection: () => undefined,
    nowMs,
  }
  const known = lookupIn(facts)
  return (key: string): readonly string[] | undefined => {
    const values = given.get(key) ?? known(key)
    if (values === undefined) missing.add(spelt(key))
    return values
  }
}

/** A condition key in AWS's spelling. */
const spelt = (key: string): string => {
  const row = conditionKeyOf(key)
  if (row === undefined) return key
  return row.isPrefix === true ? row.name + suffixOf(row, key) : row.name
}

const givenContext = (
  entries: NonNullable<Input['ContextEntries']>,
): ReadonlyMap<string, readonly string[]> => {
  const given = new Map<string, readonly string[]>()
  for (const { ContextKeyName: name, ContextKeyValues: values = [], ContextKeyType } of entries) {
    if (name === undefined) throw invalid('A context entry has to have a key name.')
    const key = foldCase(name)
    if (given.has(key)) throw invalid(`The context key ${name} is given twice.`)
    if (values.length > 1 && ContextKeyType?.endsWith('List') !== true)
      throw invalid(`The context key ${name} has several values, and is no list.`)
    given.set(key, values)
  }
  return given
}

const requireReadable = (document: string): void => {
  try {
    parsePolicy('identity', document)
  } catch (error) {
    throw error instanceof KmsError ? invalid(error.message) : error
  }
}

const invalid = (message: string): KmsError => new KmsError('InvalidInputException', message)
