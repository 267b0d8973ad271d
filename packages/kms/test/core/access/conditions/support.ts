import assert from 'node:assert/strict'
import { compileCondition } from '../../../../src/core/access/conditions/condition.ts'
import { parseOperator } from '../../../../src/core/access/conditions/operators.ts'
import type { Effect } from '../../../../src/core/access/language/document.ts'

export type Values = Readonly<Record<string, string | readonly string[]>>

export type ConditionCase = {
  readonly operator: string
  readonly wanted: string | readonly string[]
  /** The values of the key that the condition is on. */
  readonly actual: string | readonly string[]
  readonly effect?: Effect
  /** Values of other keys, case folded, for variables. */
  readonly others?: Values
  readonly variables?: boolean
}

const key = 'test:key'

const listOf = (values: string | readonly string[]): readonly string[] => [values].flat()

/** Whether a condition `{ operator: { key: wanted } }` holds for a request that has `actual`. */
export const holds = (asked: ConditionCase): boolean => {
  const { operator: operatorText, wanted, actual, effect = 'Allow', others = {} } = asked
  const operator = parseOperator(operatorText)
  if (operator === undefined) throw new Error(`there is no operator ${operatorText}`)
  const entry = { operator, operatorText, key: 'Test:Key', values: listOf(wanted) }
  const condition = compileCondition(entry, effect, asked.variables ?? true)
  const values = (name: string): readonly string[] =>
    name === key ? listOf(actual) : listOf(others[name] ?? [])
  return condition.holds({
    values,
    resolve: (name) => (values(name).length === 1 ? values(name)[0] : undefined),
  })
}

/** Whether a policy may say this value under the operator. */
export const isPossible = (operatorText: string, value: string, variables = true): boolean => {
  try {
    holds({ operator: operatorText, wanted: value, actual: 'x', variables })
    return true
  } catch (error) {
    if (error instanceof TypeError && error.message === 'a condition that was not checked')
      return false
    throw error
  }
}

export type Row = readonly [wanted: string, actual: string, fits: boolean]

/** Whether a value fits, for an operator and for its negation. */
export const checkRows = (
  operator: string,
  negated: string | undefined,
  rows: readonly Row[],
): void => {
  for (const [wanted, actual, fits] of rows) {
    const text = `${operator} ${wanted} ${actual}`
    assert.equal(holds({ operator, wanted, actual }), fits, text)
    if (negated === undefined) continue
    for (const effect of ['Allow', 'Deny'] as const)
      assert.equal(holds({ operator: negated, wanted, actual, effect }), !fits, `not ${text}`)
  }
}
