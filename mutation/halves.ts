/** A part of the code whose tests are tested, and the tests that it is measured by. */
export type Half = {
  /** Patterns of Stryker, from the root of the repository; `!` leaves out. */
  readonly mutate: readonly string[]
  readonly tests: readonly string[]
}

const sources = 'packages/kms/src'
const tests = 'packages/kms/test'

/** What a wrong answer of would be a hole, and therefore has to be held by tests line for line. */
export const halves: Readonly<Record<string, Half>> = {
  access: {
    mutate: [
      `${sources}/core/access/**/*.ts`,
      // Rows alone: a mutant of them is another table, not another behaviour.
      `!${sources}/core/access/conditions/keys.ts`,
      `!${sources}/core/access/language/faults.ts`,
    ],
    tests: [
      // Without what measures time, which the counting of what was reached makes longer.
      `${tests}/core/access/*/!(slow-patterns).test.ts`,
      `${tests}/core/access/{key-policy,agreement}.test.ts`,
    ],
  },
  sigv4: {
    mutate: [`${sources}/server/sigv4/*.ts`, `${sources}/api/sigv4-canonical.ts`],
    tests: [
      // Without the suite of vectors, which lies beside the repository, and without what needs a
      // whole service.
      `${tests}/server/sigv4/!(suite.vectors|variants).test.ts`,
      `${tests}/api/sigv4-canonical.test.ts`,
    ],
  },
}
