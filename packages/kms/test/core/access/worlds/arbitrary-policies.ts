import fc from 'fast-check'
import type { RawPolicy, RawStatement } from '../naive/question.ts'
import { actionPatterns, principalTexts, provider, resourcePatterns } from './alphabets.ts'
import { condition, oneOrMore } from './arbitrary-conditions.ts'

const effect = fc.constantFrom('Allow', 'Allow', 'Allow', 'Deny')
const action = fc.oneof(
  { weight: 4, arbitrary: fc.record({ Action: oneOrMore(fc.constantFrom(...actionPatterns)) }) },
  { weight: 1, arbitrary: fc.record({ NotAction: oneOrMore(fc.constantFrom(...actionPatterns)) }) },
)
const resource = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ Resource: '*' }) },
  {
    weight: 2,
    arbitrary: fc.record({ Resource: oneOrMore(fc.constantFrom(...resourcePatterns)) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ NotResource: oneOrMore(fc.constantFrom(...resourcePatterns)) }),
  },
)
const nothing = fc.constant({})

const principalList = fc.oneof(
  { weight: 1, arbitrary: fc.constant('*' as const) },
  { weight: 1, arbitrary: fc.constant({ AWS: '*' }) },
  {
    weight: 6,
    arbitrary: fc.record({
      AWS: fc.array(fc.constantFrom(...principalTexts), { minLength: 1, maxLength: 5 }),
    }),
  },
)

/** A few conditions in most statements, none in many: otherwise nothing would ever apply. */
const rest = fc.record({
  Condition: fc.oneof(
    { weight: 2, arbitrary: fc.constant({}) },
    { weight: 3, arbitrary: condition },
  ),
})

const merged = (...parts: fc.Arbitrary<object>[]): fc.Arbitrary<RawStatement> =>
  fc.tuple(...parts).map((each) => Object.assign({}, ...each) as RawStatement)

const keyStatement = effect.chain((Effect) =>
  merged(
    fc.constant({ Effect }),
    Effect === 'Deny'
      ? fc.oneof(
          fc.record({ Principal: principalList }),
          fc.record({ NotPrincipal: principalList }),
        )
      : fc.record({ Principal: principalList }),
    fc.oneof({ weight: 12, arbitrary: action }, { weight: 1, arbitrary: nothing }),
    fc.oneof({ weight: 12, arbitrary: resource }, { weight: 1, arbitrary: nothing }),
    rest,
  ),
)
const identityStatement = merged(fc.record({ Effect: effect }), action, resource, rest)
const trustStatement = merged(
  fc.record({ Effect: effect }),
  fc.record({
    Principal: fc.oneof(
      fc.constant({ Federated: provider }),
      fc.record({
        AWS: fc.array(fc.constantFrom('*', ...principalTexts), { minLength: 1, maxLength: 3 }),
      }),
    ),
  }),
  fc.constantFrom(
    { Action: 'sts:AssumeRole' },
    { Action: ['sts:AssumeRoleWithWebIdentity', 'sts:assumerole'] },
    { NotAction: 'sts:TagSession' },
  ),
  rest,
)

const policyOf = (
  statement: fc.Arbitrary<RawStatement>,
  versions: readonly (string | undefined)[],
): fc.Arbitrary<RawPolicy> =>
  fc
    .tuple(fc.constantFrom(...versions), fc.array(statement, { minLength: 1, maxLength: 4 }))
    .map(([Version, Statement]) => (Version === undefined ? { Statement } : { Version, Statement }))

const both = ['2012-10-17', '2012-10-17', '2012-10-17', '2008-10-17', undefined]
export const keyPolicy = policyOf(keyStatement, both)
export const trustPolicy = policyOf(trustStatement, both)
export const identityPolicy = policyOf(identityStatement, ['2012-10-17'])
