import { compileCondition, type CompiledCondition } from '../conditions/condition.ts'
import type { PatternElement, PrincipalElement, Statement } from '../language/document.ts'
import { type PatternTest, resourcePattern } from '../matching/arn-pattern.ts'
import { foldCase } from '../matching/fold-case.ts'
import { globTest, type TextTest } from '../matching/glob.ts'
import { type Glob, parseTemplate } from '../matching/template.ts'
import { boundName } from '../principals/principal.ts'
import { parsePrincipal, providerName } from '../principals/reference.ts'
import type { Evaluation } from './evaluation.ts'

export type CompileOptions = {
  readonly variables: boolean
  /** A trust policy is about its role, and has no Resource element. */
  readonly ownResource: boolean
  /** Unique ids of users and roles when the policy was stored, by their names. */
  readonly principalIds: ReadonlyMap<string, string>
}

/** A statement made ready. An element that the document leaves out matches nothing, or everything. */
export type CompiledStatement = {
  readonly statement: Statement
  readonly principals: CompiledPrincipals | undefined
  /** `action` is case folded. */
  matchesAction(action: string): boolean
  matchesResource(evaluation: Evaluation): boolean
  readonly conditions: readonly CompiledCondition[]
}

export type CompiledPrincipals = {
  readonly negated: boolean
  readonly everyone: boolean
  readonly names: ReadonlySet<string>
}

export const compileStatement = (
  statement: Statement,
  options: CompileOptions,
): CompiledStatement => ({
  statement,
  principals: statement.principals && compilePrincipals(statement.principals, options.principalIds),
  matchesAction: compileActions(statement.actions),
  matchesResource: options.ownResource ? always : compileResources(statement, options.variables),
  conditions: statement.conditions.map((entry) =>
    compileCondition(entry, statement.effect, options.variables),
  ),
})

/** Whether every condition holds. */
export const conditionsHold = (compiled: CompiledStatement, evaluation: Evaluation): boolean => {
  for (const condition of compiled.conditions) if (!condition.holds(evaluation)) return false
  return true
}

const always = (): boolean => true
const never = (): boolean => false

const compilePrincipals = (
  { negated, entries }: PrincipalElement,
  ids: ReadonlyMap<string, string>,
): CompiledPrincipals => {
  const names = new Set<string>()
  for (const { type, text } of entries) {
    if (type === 'Federated') names.add(providerName(text))
    if (type !== 'AWS' || text === '*') continue
    const reference = parsePrincipal(text)
    if (reference === undefined) throw new TypeError('a principal that was not checked')
    const id = ids.get(reference.name)
    names.add(id === undefined ? reference.name : boundName(reference, id))
  }
  const everyone = entries.some(({ type, text }) => type === 'AWS' && text === '*')
  return { negated, everyone, names }
}

/** Names of actions are compared without regard to case. */
const compileActions = (element: PatternElement | undefined): ((action: string) => boolean) => {
  if (element === undefined) return never
  const tests: readonly TextTest[] = element.patterns.map((pattern) =>
    globTest(parseTemplate(foldCase(pattern), { variables: false, wildcards: true }) as Glob),
  )
  return (action) => tests.some((matches) => matches(action)) !== element.negated
}

type ResourceTest = (evaluation: Evaluation) => boolean | undefined

const compileResources = (
  { resources, effect }: Statement,
  variables: boolean,
): ((evaluation: Evaluation) => boolean) => {
  if (resources === undefined) return never
  const tests = resources.patterns.map((pattern) => compileResource(pattern, variables))
  if (!resources.negated)
    return (evaluation) => tests.some((matches) => matches(evaluation) === true)
  // What cannot be told, for a variable has no value, exempts nothing from a Deny, and lets nothing
  // into an Allow.
  return effect === 'Deny'
    ? (evaluation) => !tests.some((matches) => matches(evaluation) === true)
    : (evaluation) => tests.every((matches) => matches(evaluation) === false)
}

const compileResource = (pattern: string, variables: boolean): ResourceTest => {
  if (pattern === '*') return always
  const template = parseTemplate(pattern, { variables, wildcards: true })
  if (template === undefined) throw new TypeError('a resource that was not checked')
  const [only] = template
  // Not the pattern itself, which may write a wildcard as a character: `${*}`.
  if (template.length === 1 && typeof only === 'string')
    return (evaluation) => evaluation.request.resource === only
  const matches: PatternTest = resourcePattern(template)
  return (evaluation) => matches(evaluation.resourceParts, evaluation.resolve)
}
