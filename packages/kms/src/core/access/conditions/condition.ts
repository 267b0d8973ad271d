import { foldCase } from '../matching/fold-case.ts'
import type { ConditionEntry, Effect } from '../language/document.ts'
import type { Resolve } from '../matching/template.ts'
import { type OperatorUse, operators } from './operators.ts'
import { parseBool } from './other-operators.ts'
import { anyOf, type ValueTest } from './value-test.ts'

/** Where a condition finds the request. */
export type ConditionContext = {
  values(key: string): readonly string[]
  readonly resolve: Resolve
}

export type CompiledCondition = {
  /** The condition key, case folded. */
  readonly key: string
  readonly entry: ConditionEntry
  holds(context: ConditionContext): boolean
}

/**
 * Makes a condition ready. Where it cannot be told whether a value fits (a policy variable without
 * a value, a value of another type), and where a key that should have one value has several, the
 * effect decides: an Allow holds only if it holds for certain and for every value, a Deny as soon
 * as it holds for one.
 */
export const compileCondition = (
  entry: ConditionEntry,
  effect: Effect,
  variables: boolean,
): CompiledCondition => {
  const key = foldCase(entry.key)
  const holds =
    entry.operator.name === 'Null' ? presence(entry) : comparison(entry, effect, variables)
  return { key, entry, holds: (context) => holds(context.values(key), context.resolve) }
}

type Holds = (values: readonly string[], resolve: Resolve) => boolean

/** Null: `true` asks that the key has no value, `false` that it has one. */
const presence = (entry: ConditionEntry): Holds => {
  const wanted = entry.values.map((value) => parseBool(value) === false)
  return (values) => wanted.includes(values.length > 0)
}

const comparison = (entry: ConditionEntry, effect: Effect, variables: boolean): Holds => {
  const { name, qualifier, ifExists } = entry.operator as Exclude<OperatorUse, { name: 'Null' }>
  const { negated } = operators[name]
  const fits = valuesTest(entry, variables)
  const holdsFor = (value: string, resolve: Resolve): boolean => {
    const truth = fits(value, resolve)
    if (!negated) return truth === true
    return effect === 'Allow' ? truth === false : truth !== true
  }
  // IAM User Guide: without the key, ForAllValues holds and ForAnyValue does not; without either,
  // only what asks for a difference holds.
  const holdsWithout =
    ifExists || qualifier === 'ForAllValues' || (negated && qualifier === undefined)
  const every = qualifier === undefined ? effect === 'Allow' : qualifier === 'ForAllValues'
  return (values, resolve) => {
    if (values.length === 0) return holdsWithout
    if (values.length === 1) return holdsFor(values[0]!, resolve)
    return every
      ? values.every((value) => holdsFor(value, resolve))
      : values.some((value) => holdsFor(value, resolve))
  }
}

/** Whether a value of the request fits any value of the policy. */
const valuesTest = (entry: ConditionEntry, variables: boolean): ValueTest => {
  const operator = operators[entry.operator.name as keyof typeof operators]
  const isPlain = operator.compile === operators.StringEquals.compile
  if (isPlain && !(variables && entry.values.some((value) => value.includes('${')))) {
    const texts = new Set(entry.values)
    return (value) => texts.has(value)
  }
  return anyOf(
    entry.values.map((value) => {
      const test = operator.compile(value, variables)
      if (test === undefined) throw new TypeError('a condition that was not checked')
      return test
    }),
  )
}
