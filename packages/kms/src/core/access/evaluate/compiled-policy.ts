import type { Effect, PolicyDocument } from '../language/document.ts'
import { foldCase } from '../matching/fold-case.ts'
import { type CompiledStatement, compileStatement } from './compiled-statement.ts'

/** Which policy it is, for explanations: `name` is an ARN, or the name of an inline policy. */
export type PolicySource = {
  readonly kind: 'key' | 'trust' | 'identity' | 'session' | 'boundary'
  readonly name: string
}

/** A statement, and the policy that it stands in. */
export type Found = { readonly policy: CompiledPolicy; readonly statement: CompiledStatement }

/** Statements of one effect that are about an action, by whom they may speak of. */
export type StatementsByPrincipal = {
  /** Those that name principals, under each of the names. */
  readonly named: ReadonlyMap<string, readonly Found[]>
  /** Those that are for everyone, or have no Principal element because it goes without saying. */
  readonly everyone: readonly Found[]
  /** Those with NotPrincipal. */
  readonly excepting: readonly Found[]
}

export type StatementsOfAction = Readonly<Record<Effect, StatementsByPrincipal>>

/** Actions come from the operations' rows, so there are never more; a bound all the same. */
const actionsMax = 1000

/**
 * A policy made ready, once for each time that it is stored or loaded. A decision looks at those of
 * its statements alone that are about the action and may be about the principal.
 */
export class CompiledPolicy {
  readonly source: PolicySource
  readonly statements: readonly CompiledStatement[]
  readonly #byAction = new Map<string, StatementsOfAction>()
  readonly #mentioned = new Map<string, boolean>()

  constructor(source: PolicySource, statements: readonly CompiledStatement[]) {
    this.source = source
    this.statements = statements
  }

  statementsOf(action: string): StatementsOfAction {
    const known = this.#byAction.get(action)
    if (known !== undefined) return known
    const folded = foldCase(action)
    const relevant = this.statements.filter((each) => each.matchesAction(folded))
    const of = (effect: Effect): StatementsByPrincipal =>
      byPrincipal(
        relevant
          .filter((each) => each.statement.effect === effect)
          .map((statement) => ({ policy: this, statement })),
      )
    const found = { Allow: of('Allow'), Deny: of('Deny') }
    if (this.#byAction.size >= actionsMax) this.#byAction.clear()
    this.#byAction.set(action, found)
    return found
  }

  /**
   * Whether any statement asks for a condition key (case folded), as a condition or a variable. What
   * takes effort to find out, such as the aliases of a key, need not be found out otherwise. Only for
   * keys that the service names: each is remembered.
   */
  mentions(key: string): boolean {
    const known = this.#mentioned.get(key)
    if (known !== undefined) return known
    const found = this.#findMention(key)
    this.#mentioned.set(key, found)
    return found
  }

  #findMention(key: string): boolean {
    return this.statements.some(
      ({ conditions, statement }) =>
        conditions.some((condition) => condition.key === key) ||
        textsWithVariables(statement).some((text) => foldCase(text).includes(key)),
    )
  }
}

export type PolicyOptions = {
  /** Ids of users and roles when the policy was stored, by name: see `bindPrincipals`. */
  readonly principalIds?: ReadonlyMap<string, string>
}

/** Makes a checked document ready. */
export const compilePolicy = (
  document: PolicyDocument,
  source: PolicySource,
  options: PolicyOptions = {},
): CompiledPolicy => {
  const compileOptions = {
    variables: document.version === '2012-10-17',
    ownResource: document.kind === 'trust',
    principalIds: options.principalIds ?? new Map<string, string>(),
  }
  return new CompiledPolicy(
    source,
    document.statements.map((statement) => compileStatement(statement, compileOptions)),
  )
}

const byPrincipal = (statements: readonly Found[]): StatementsByPrincipal => {
  const named = new Map<string, Found[]>()
  const everyone: Found[] = []
  const excepting: Found[] = []
  for (const each of statements) {
    const { principals } = each.statement
    if (principals === undefined || (principals.everyone && !principals.negated))
      everyone.push(each)
    else if (principals.negated) excepting.push(each)
    else
      for (const name of principals.names) {
        const list = named.get(name)
        if (list === undefined) named.set(name, [each])
        else list.push(each)
      }
  }
  return { named, everyone, excepting }
}

const textsWithVariables = ({
  resources,
  conditions,
}: CompiledStatement['statement']): readonly string[] => [
  ...(resources?.patterns ?? []),
  ...conditions.flatMap(({ values }) => values),
]
