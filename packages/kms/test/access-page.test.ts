import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { operations } from '../src/api/operations.ts'
import type { Operation } from '../src/api/operation.ts'
import { conditionKeys } from '../src/core/access/conditions/keys.ts'

const page = readFileSync(join(import.meta.dirname, '../../../docs/access.md'), 'utf8')
const section = page.slice(page.indexOf('## Condition keys'))
const table = section.split('\n').filter((line) => line.startsWith('| '))
const never = section.slice(section.indexOf('never have one'), section.indexOf('and their like'))
const namesIn = (text: string): readonly string[] =>
  [...text.matchAll(/`((?:aws|kms|sts):[^`]+)`/g)].map(([, name = '']) => name.replace('…', ''))

/** Members that some operation has, for keys that come from the request. */
const members = new Set(
  (Object.values(operations) as Operation[]).flatMap(({ input }) =>
    Object.keys(input).filter((name) => input[name]?.presence !== 'unbuilt'),
  ),
)

describe('the page on access', () => {
  test('names the condition keys that a call can have a value for, and no other', () => {
    const told = namesIn(table.join('\n'))
    assert.equal(new Set(told).size, told.length)
    for (const name of told) {
      const row = conditionKeys.find((each) => each.name === name)
      assert.ok(row !== undefined && row.sources.length > 0, name)
    }
    for (const { name, sources } of conditionKeys) {
      const isKnown = sources.some(
        (source) =>
          source.from === 'caller' ||
          source.from === 'connection' ||
          (source.from === 'request' && members.has(source.member)),
      )
      if (isKnown && !name.includes('CustomerMaster')) assert.ok(told.includes(name), name)
    }
  })

  test('names as without a value only condition keys that never have one', () => {
    const told = namesIn(never)
    assert.ok(told.length > 0)
    for (const name of told)
      assert.deepEqual(conditionKeys.find((each) => each.name === name)?.sources, [], name)
  })

  test('says which operations need no key', () => {
    const told = /\*\*Operations without a key\*\* \(([^)]+)\)/.exec(page)?.[1]?.split(/,\s+/)
    const keyless = (Object.entries(operations) as [string, Operation][])
      .filter(([, { authorize }]) => authorize[0]?.resource.of === 'account')
      .map(([name]) => name)
    assert.deepEqual(told?.toSorted(), keyless.toSorted())
  })
})
