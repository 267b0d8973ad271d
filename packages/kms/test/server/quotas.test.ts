import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { quotasOf } from '../../src/server/quotas.ts'

describe('quotas', () => {
  it('are those of AWS but for what the operator sets', () => {
    assert.deepEqual(quotasOf(), {})
    const given = new Map([['on-demand-rotations-per-key', 3]])
    assert.deepEqual(quotasOf(given), { onDemandRotationsPerKey: 3 })
  })

  it('that there are not are refused, with the names of all', () => {
    assert.throws(
      () => quotasOf(new Map([['keys', 3]])),
      /there is no quota keys; there are on-demand-rotations-per-key/,
    )
  })
})
