import { after, describe, it } from 'node:test'
import type { Operation } from '../../src/api/operation.ts'
import { type OperationName, operations } from '../../src/api/operations.ts'
import type { Members, Shape } from '../../src/api/shapes.ts'
import { invalid, refused } from './expect.ts'
import { startTestService } from './harness.ts'
import { fittingInput, violationsOf, wantedOf, wrongTypesOf } from './samples.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const { call } = service

const small = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1)

/** Every place of an input that holds a value, with a way to put another one there. */
type Place = {
  readonly path: string
  readonly shape: Shape
  readonly put: (value: unknown) => Record<string, unknown>
}

const placesOf = (members: Members, base: () => Record<string, unknown>, path = ''): Place[] =>
  Object.entries(members).flatMap(([name, { shape, presence }]) => {
    if (presence === 'unbuilt') return []
    const put = (value: unknown) => ({ ...base(), [name]: value })
    return placesIn(shape, path + small(name), put)
  })

const placesIn = (shape: Shape, path: string, put: Place['put']): Place[] => {
  const here: Place = { path, shape, put }
  if (shape.kind === 'list')
    return [here, ...placesIn(shape.member, `${path}.1.member`, (value) => put([value]))]
  if (shape.kind !== 'structure') return [here]
  const fit = () => fittingInput(shape.members)
  const inner = placesOf(shape.members, fit, `${path}.`)
  return [here, ...inner.map((place) => ({ ...place, put: (v: unknown) => put(place.put(v)) }))]
}

const missing = (path: string): string =>
  `Value null at '${path}' failed to satisfy constraint: Member must not be null`

for (const name of Object.keys(operations) as OperationName[]) {
  const row: Operation = operations[name]
  const base = () => fittingInput(row.input)
  const places = placesOf(row.input, base)

  describe(`the input of ${name}`, () => {
    it('must have every required member: one, and all at once', async () => {
      const required = Object.keys(base())
      for (const member of required)
        for (const absent of [null, undefined])
          invalid(
            await call(name, { ...base(), [member]: absent }),
            ' null',
            small(member),
            'not be null',
          )
      if (required.length < 2) return
      const all = required.map((member) => missing(small(member))).join('; ')
      const text = `${required.length} validation errors detected: ${all}`
      refused(await call(name, {}), 'ValidationException', text)
    })

    it('must keep every bound, which is checked before anything is looked up', async () => {
      for (const { path, shape, put } of places)
        for (const [value, shown, constraint] of violationsOf(shape))
          invalid(await call(name, put(value)), shown, path, constraint)
    })

    it('is told all of its faults in one text', async () => {
      const bad = Object.entries(row.input).flatMap(([member, { shape, presence }]) => {
        const [first] = presence === 'unbuilt' ? [] : violationsOf(shape)
        return first === undefined ? [] : [{ member, first }]
      })
      if (bad.length < 2) return
      const input = Object.fromEntries(bad.map(({ member, first }) => [member, first[0]]))
      const faults: [member: string, text: string][] = bad.map(({ member, first }) => [
        member,
        `Value${first[1]} at '${small(member)}' failed to satisfy constraint: Member must ${first[2]}`,
      ])
      for (const member of Object.keys(base()))
        if (!(member in input)) faults.push([member, missing(small(member))])
      const order = Object.keys(row.input)
      const texts = faults
        .sort(([a], [b]) => order.indexOf(a) - order.indexOf(b))
        .map(([, text]) => text)
      refused(
        await call(name, input),
        'ValidationException',
        `${texts.length} validation errors detected: ${texts.join('; ')}`,
      )
    })

    it('must be of the right JSON types', async () => {
      for (const { path, shape, put } of places)
        for (const value of wrongTypesOf(shape))
          refused(
            await call(name, put(value)),
            'SerializationException',
            `The value at '${path}' has to be ${wantedOf[shape.kind]}.`,
          )
      for (const body of [null, [], 'text', 1, true])
        refused(
          await call(name, JSON.stringify(body)),
          'SerializationException',
          "The value at 'the request body' has to be an object.",
        )
    })

    it('must not name members that are unknown or not built; null is no naming', async () => {
      const unbuilt = Object.entries(row.input).filter(([, { presence }]) => presence === 'unbuilt')
      const named = unbuilt.map(([member]) => [member, 'x'] as const)
      for (const [member, value] of [
        ...named,
        ['Unknown', 1],
        ['constructor', {}],
        ['keyId', 'x'],
      ] as const)
        refused(
          await call(name, { ...base(), [member]: value }),
          'UnsupportedOperationException',
          `The parameter "${member}" of ${name} is not supported by this service.`,
        )
      const nulls = Object.fromEntries([
        ...named.map(([member]) => [member, null]),
        ['Unknown', null],
      ])
      const [plain, withNulls] = [
        await call(name, base()),
        await call(name, { ...base(), ...nulls }),
      ]
      if (plain.type === undefined) return
      refused(withNulls, plain.type as 'NotFoundException', plain.message)
    })
  })
}
