import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type ContextPairs, foldContext } from '../../../../src/core/access/grants/constraints.ts'
import type { GrantRecord } from '../../../../src/core/access/grants/grant.ts'
import { GrantIndex } from '../../../../src/core/access/grants/grant-index.ts'
import type { GrantOperation } from '../../../../src/core/access/grants/operations.ts'
import { type GrantUse, permits } from '../../../../src/core/access/grants/permits.ts'
import { arns, grant, grantsOf, home, keyArn } from '../support.ts'

const idOf = (number: number): string => `${number}`.padStart(64, '0')
const nameOfAlice = `${home}:user/alice`

const useOf = (operation: GrantOperation, context: ContextPairs = []): GrantUse => ({
  operation,
  keyArn,
  context: foldContext(context),
  sourceArn: undefined,
  child: undefined,
})

test('a grant is found by its id until it is deleted', () => {
  const index = grantsOf({}, { granteePrincipal: arns.bob })
  assert.equal(index.size, 2)
  assert.equal(index.byId(idOf(1))?.record.granteePrincipal, arns.bob)
  index.delete(idOf(1))
  assert.equal(index.byId(idOf(1)), undefined)
  assert.equal(index.size, 1)
  index.delete(idOf(1))
  assert.equal(index.size, 1)
})

test('a grant of the same id takes the place of the other', () => {
  const index = grantsOf({})
  index.add(grant({ grantId: idOf(0), granteePrincipal: arns.bob }))
  assert.equal(index.size, 1)
  assert.deepEqual([...index.candidates([nameOfAlice], useOf('Decrypt'))], [])
})

test('a deleted grant is no candidate, whatever its constraints', () => {
  for (const constraints of [
    {},
    { encryptionContextEquals: [['a', '1']] },
    { encryptionContextSubset: [['a', '1']] },
    { encryptionContextSubset: [] },
  ] as const) {
    const index = grantsOf({ constraints }, { constraints })
    const found = (): number =>
      [...index.candidates([nameOfAlice], useOf('Decrypt', [['A', '1']]))].length
    assert.equal(found(), 2)
    index.delete(idOf(0))
    assert.equal(found(), 1)
    index.delete(idOf(1))
    assert.equal(found(), 0)
  }
})

test('the index finds exactly the grants that a search through all of them finds', () => {
  const operations: readonly GrantOperation[] = ['Decrypt', 'Encrypt', 'DescribeKey']
  const context = fc
    .dictionary(fc.constantFrom('a', 'A', 'b'), fc.constantFrom('1', '2'), { maxKeys: 3 })
    .map((pairs) => Object.entries(pairs))
  const maybe = fc.option(context, { nil: undefined })
  const record: fc.Arbitrary<Partial<GrantRecord>> = fc.record({
    granteePrincipal: fc.constantFrom(arns.alice, arns.bob, arns.role),
    operations: fc.uniqueArray(fc.constantFrom(...operations), { minLength: 1 }),
    constraints: fc.record({ encryptionContextEquals: maybe, encryptionContextSubset: maybe }),
  })
  fc.assert(
    fc.property(
      fc.array(record, { maxLength: 12 }),
      fc.array(fc.nat(11), { maxLength: 4 }),
      fc.constantFrom(...operations),
      context,
      (records, deleted, operation, pairs) => {
        const grants = records.map((each, index) => grant({ grantId: idOf(index), ...each }))
        const index = new GrantIndex(grants)
        for (const number of deleted) index.delete(idOf(number))
        const use = useOf(operation, pairs)
        const found = [...index.candidates([nameOfAlice, `${home}:role/team/app`], use)]
          .filter((each) => permits(each, use))
          .map((each) => each.record.grantId)
        const expected = grants
          .filter((each, number) => !deleted.includes(number) && permits(each, use))
          .filter((each) => each.record.granteePrincipal !== arns.bob)
          .map((each) => each.record.grantId)
        assert.deepEqual(found.sort(), expected.sort())
      },
    ),
    { numRuns: 1000 },
  )
})

test('of grants for contexts of several pairs a request looks at those for its own alone', () => {
  const contexts: readonly ContextPairs[] = [
    [
      ['a', '1'],
      ['b', '2'],
    ],
    [
      ['a', '1'],
      ['b', '3'],
    ],
    [
      ['a', '1'],
      ['c', '2'],
    ],
    [['a', '1']],
    [],
  ]
  const index = grantsOf(
    ...contexts.map((encryptionContextEquals) => ({ constraints: { encryptionContextEquals } })),
  )
  for (const [number, context] of contexts.entries()) {
    const found = [...index.candidates([nameOfAlice], useOf('Decrypt', context.toReversed()))]
    assert.deepEqual(
      found.map((each) => each.record.grantId),
      [idOf(number)],
    )
  }
})

test('of 50,000 grants on a key, a request looks at those to its principal for its context', () => {
  const total = 50_000
  const index = new GrantIndex()
  for (let number = 0; number < total; number += 1)
    index.add(
      grant({
        grantId: idOf(number),
        granteePrincipal: number % 2 === 0 ? arns.alice : `${arns.bob}${number}`,
        constraints:
          number % 4 === 0
            ? { encryptionContextEquals: [['id', `${number}`]] }
            : { encryptionContextSubset: [['id', `${number}`]] },
      }),
    )
  assert.equal(index.size, total)
  for (const number of [0, 2, 49_998]) {
    const found = [...index.candidates([nameOfAlice], useOf('Decrypt', [['id', `${number}`]]))]
    assert.deepEqual(
      found.map((each) => each.record.grantId),
      [idOf(number)],
    )
  }
  assert.deepEqual([...index.candidates([nameOfAlice], useOf('Encrypt'))], [])
  assert.equal(
    [...index.candidates([`${home}:user/bob1`], useOf('Decrypt', [['id', '1']]))].length,
    1,
  )
  assert.equal(
    [...index.candidates([`${home}:user/bob1`], useOf('Decrypt', [['id', '3']]))].length,
    0,
  )
})
