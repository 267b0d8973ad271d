/** A part of the code whose tests are tested, and the tests that it is measured by. */
export type Part = {
  /** Patterns of Stryker, from the root of the repository; `!` leaves out. */
  readonly mutate: readonly string[]
  readonly tests: readonly string[]
}

const access = 'packages/kms/src/core/access'
const sigv4 = 'packages/kms/src/server/sigv4'
const tests = 'packages/kms/test'

const testsOfAccess: readonly string[] = [
  // Without what measures time, which the counting of what was reached makes longer.
  `${tests}/core/access/*/!(slow-patterns).test.ts`,
  `${tests}/core/access/{key-policy,agreement}.test.ts`,
]

/** What a wrong answer of would be a hole, and therefore has to be held by tests line for line. */
export const parts: Readonly<Record<string, Part>> = {
  language: {
    mutate: [
      `${access}/{conditions,language,matching,principals}/*.ts`,
      // Rows alone: a mutant of them is another table, not another behaviour.
      `!${access}/conditions/keys.ts`,
      `!${access}/language/faults.ts`,
    ],
    tests: testsOfAccess,
  },
  evaluator: { mutate: [`${access}/evaluate/*.ts`, `${access}/*.ts`], tests: testsOfAccess },
  grants: { mutate: [`${access}/grants/*.ts`], tests: testsOfAccess },
  sigv4: {
    mutate: [`${sigv4}/*.ts`, 'packages/kms/src/api/sigv4-canonical.ts'],
    tests: [
      // Without the suite of vectors, which lies beside the repository, and without what needs a
      // whole service.
      `${tests}/server/sigv4/!(suite.vectors|variants).test.ts`,
      `${tests}/api/sigv4-canonical.test.ts`,
    ],
  },
}
