import * as fc from 'fast-check'
import type { Members, Shape } from '../../src/api/shapes.ts'
import { fitting, violationsOf, wrongTypesOf } from './samples.ts'

/** Values for members that mean something beyond their shape, by the names of the members. */
export type Known = Readonly<Record<string, fc.Arbitrary<unknown>>>

/**
 * Inputs made from the members of a row: most of them complete, most values mostly what the shape
 * wants, sometimes what the member means, now and then what it refuses. Nothing that is not built.
 */
export const inputsOf = (members: Members, known: Known): fc.Arbitrary<Record<string, unknown>> => {
  const built = Object.entries(members).filter(([, { presence }]) => presence !== 'unbuilt')
  const required = built.filter(([, { presence }]) => presence === 'required').map(([name]) => name)
  const model = Object.fromEntries(
    built.map(([name, { shape }]) => [name, valueOf(name, shape, known)]),
  )
  return fc.oneof(
    { weight: 9, arbitrary: fc.record(model, { requiredKeys: required }) },
    { weight: 1, arbitrary: fc.record(model, { requiredKeys: [] }) },
  )
}

const valueOf = (name: string, shape: Shape, known: Known): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 8, arbitrary: known[name] ?? within(shape, known) },
    { weight: 3, arbitrary: within(shape, known) },
    { weight: 1, arbitrary: outside(shape) },
  )

const within = (shape: Shape, known: Known): fc.Arbitrary<unknown> => {
  switch (shape.kind) {
    case 'text':
      return fc.constant(fitting(shape))
    case 'enum':
      return fc.constantFrom(...shape.values)
    case 'blob':
      return fc
        .uint8Array({ minLength: shape.min ?? 0, maxLength: Math.min(shape.max ?? 64, 64) })
        .map((bytes) => Buffer.from(bytes).toString('base64'))
    case 'integer':
      return fc.integer({ min: shape.min ?? 0, max: shape.max ?? 2 ** 31 })
    case 'flag':
      return fc.boolean()
    case 'time':
      return fc.nat()
    case 'map':
      return fc.dictionary(fc.string({ maxLength: 5 }), fc.string({ unit: 'binary', maxLength: 5 }))
    case 'list':
      return fc.array(within(shape.member, known), { maxLength: 3 })
    case 'structure':
      return inputsOf(shape.members, known)
  }
}

const outside = (shape: Shape): fc.Arbitrary<unknown> =>
  fc.constantFrom(null, ...wrongTypesOf(shape), ...violationsOf(shape).map(([value]) => value))
