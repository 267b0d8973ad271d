import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { runProgram, setting } from '../setting.mjs'

/** Runs a script of checks with what it is told; every check becomes a test of its own. */
export const testChecks = async (client, script, told) => {
  const { stdout, stderr, code } = await runProgram(
    setting.python,
    ['-B', join(import.meta.dirname, script)],
    { input: JSON.stringify(told) },
  )
  const checks = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
  describe(client, () => {
    for (const { name, fault } of checks)
      test(name, () => {
        if (fault !== null) assert.fail(fault)
      })
    test('its checks ran to their end', () => {
      assert.equal(code, 0, stderr)
      assert.ok(checks.length > 0)
    })
  })
}
