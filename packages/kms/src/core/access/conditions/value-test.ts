import type { Resolve } from '../matching/template.ts'

/**
 * Whether a value of the request fits what a policy says; `undefined` if that cannot be told, for
 * the value is not of the operator's type or a policy variable has no value.
 */
export type Truth = boolean | undefined

export type ValueTest = (value: string, resolve: Resolve) => Truth

/** True if any of the tests is; otherwise unclear if any is. */
export const anyOf = (tests: readonly ValueTest[]): ValueTest => {
  const [only] = tests
  if (tests.length === 1 && only !== undefined) return only
  return (value, resolve) => {
    let truth: Truth = false
    for (const test of tests) {
      const each = test(value, resolve)
      if (each === true) return true
      if (each === undefined) truth = undefined
    }
    return truth
  }
}
