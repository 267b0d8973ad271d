import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { runProgram, setting } from './setting.mjs'

/** Runs a script of checks; every check becomes a test of its own. */
const runChecks = async (script) => {
  const { stdout, stderr, code } = await runProgram(
    setting.python,
    ['-B', join(import.meta.dirname, 'python', script)],
    { input: JSON.stringify(setting) },
  )
  const checks = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
  return { checks, stderr, code }
}

for (const [client, script] of [
  ['boto3', 'boto3_checks.py'],
  ['libmongocrypt (PyMongoCrypt)', 'mongocrypt_checks.py'],
]) {
  const { checks, stderr, code } = await runChecks(script)
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
