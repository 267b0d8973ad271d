import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requireAgreement } from './agreement.ts'

test('the evaluator and a naive reading of the same rules agree on 10,000 arbitrary requests', () => {
  const tally = requireAgreement(10_000)
  // Every outcome has to come up, or the comparison says little.
  assert.equal(tally.size, 7)
  for (const [answer, count] of tally) assert.ok(count >= 20, `${answer}: ${count}`)
})
