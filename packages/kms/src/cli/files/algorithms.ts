import { type Suite, suites } from '@keyhold/envelope'

/** A suite's name in AWS's command line: without `ALG_`, and without the `_NO_KDF` of the old ones. */
export const algorithmName = ({ name }: Pick<Suite, 'name'>): string =>
  name.replace(/^ALG_/, '').replace(/_NO_KDF$/, '')

/** The names that --algorithm takes. */
export const algorithmNames: readonly string[] = Object.values(suites).map(algorithmName)
