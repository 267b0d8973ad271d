import assert from 'node:assert/strict'
import { test } from 'node:test'
import { globTest } from '../../../../src/core/access/matching/glob.ts'
import { type Glob, parseTemplate } from '../../../../src/core/access/matching/template.ts'

const glob = (pattern: string): Glob =>
  parseTemplate(pattern, { variables: false, wildcards: true }) as Glob

test('a pattern made to be slow does not take long', () => {
  const long = 'a'.repeat(8000)
  for (const pattern of [
    `${'*a'.repeat(500)}b`,
    `*${'?'.repeat(15_000)}b*`,
    `*${'a?'.repeat(2000)}b*`,
    `*${'a?'.repeat(2000)}b`,
    `*${'?a'.repeat(7000)}*b`,
  ]) {
    const matches = globTest(glob(pattern))
    // The processor's time, for on a busy machine the clock says nothing.
    const before = process.threadCpuUsage()
    assert.equal(matches(long), false)
    const { user } = process.threadCpuUsage(before)
    // Trying each place in turn takes 300 ms and more, backtracking longer than the universe has.
    assert.ok(user < 150_000, pattern.slice(0, 8))
  }
})
