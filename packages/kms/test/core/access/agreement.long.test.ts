import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requireAgreement } from './agreement.ts'

test('the evaluator and a naive reading of the same rules agree on a million arbitrary requests', () => {
  const tally = requireAgreement(1_000_000)
  for (const [answer, count] of tally) assert.ok(count >= 2_000, `${answer}: ${count}`)
})
