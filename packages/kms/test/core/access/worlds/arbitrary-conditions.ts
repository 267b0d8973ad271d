import fc from 'fast-check'
import type { RawStatement } from '../naive/question.ts'
import { keyNames, kinds } from './alphabets.ts'

export const oneOrMore = <T>(item: fc.Arbitrary<T>): fc.Arbitrary<T | T[]> =>
  fc.oneof(item, fc.array(item, { minLength: 1, maxLength: 3 }))

export const anyCase = (text: string): fc.Arbitrary<string> =>
  fc.constantFrom(text, text.toLowerCase(), text.toUpperCase())

const conditionBlock = fc
  .constantFrom(...kinds)
  .chain(({ operators, wanted, keys: own }) =>
    fc.tuple(
      fc.constantFrom('', '', 'ForAllValues:', 'ForAnyValue:'),
      fc.constantFrom(...operators),
      fc.constantFrom('', '', 'IfExists'),
      // Now and then a key of another type.
      fc
        .oneof(
          { weight: 6, arbitrary: fc.constantFrom(...own) },
          { weight: 1, arbitrary: fc.constantFrom(...keyNames) },
        )
        .chain(anyCase),
      oneOrMore(fc.constantFrom(...wanted)),
    ),
  )
  .map(([qualifier, operator, suffix, key, values]) => ({
    // KMS refuses this one combination.
    [qualifier === 'ForAllValues:' && /context:/i.test(key)
      ? operator
      : `${qualifier}${operator}${suffix}`]: { [key]: values },
  }))

const nullBlock = fc
  .tuple(
    fc.constantFrom(...keyNames).chain(anyCase),
    oneOrMore(fc.constantFrom(true, false, 'true', 'false')),
  )
  .map(([key, values]) => ({ Null: { [key]: values } }))

/** The Condition element of a statement. */
export const condition = fc
  .array(fc.oneof({ weight: 5, arbitrary: conditionBlock }, { weight: 1, arbitrary: nullBlock }), {
    maxLength: 2,
  })
  .map((blocks) => Object.assign({}, ...blocks) as NonNullable<RawStatement['Condition']>)
