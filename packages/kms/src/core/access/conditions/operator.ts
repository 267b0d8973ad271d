import type { ValueTest } from './value-test.ts'

/** What a condition operator means, apart from the qualifiers that every operator may have. */
export type Operator = {
  /** It asks that no value of the policy fits; without the key in the request it then holds. */
  readonly negated: boolean
  /**
   * The test for one value of a policy; `undefined` if a policy may not say this value. `variables`
   * tells whether the policy's version has them: operators of other types never do.
   */
  compile(value: string, variables: boolean): ValueTest | undefined
}

/** The operator that asks for the opposite of another one. */
export const negation = (operator: Operator): Operator => ({ ...operator, negated: true })
