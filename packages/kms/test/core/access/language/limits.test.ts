import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  requireInlinePolicySize,
  requireKeyPolicySize,
  requireManagedPolicySize,
  requireTrustPolicySize,
} from '../../../../src/core/access/language/limits.ts'

const limitExceeded = (message: string) => ({ code: 'LimitExceededException', message })

test('a key policy has 32,768 bytes at most, white space included', () => {
  requireKeyPolicySize(' '.repeat(32_768))
  requireKeyPolicySize('é'.repeat(16_384))
  for (const text of ['x'.repeat(32_769), `${'é'.repeat(16_384)} `])
    assert.throws(
      () => requireKeyPolicySize(text),
      limitExceeded('The key policy is longer than 32768 bytes.'),
    )
})

test('policies of identities are measured in characters that are not white space', () => {
  requireManagedPolicySize(`${'é'.repeat(6144)}${' \n\t'.repeat(1000)}`)
  assert.throws(
    () => requireManagedPolicySize('x'.repeat(6145)),
    limitExceeded('Cannot exceed quota for PolicySize: 6144'),
  )
  requireTrustPolicySize('x'.repeat(2048))
  assert.throws(
    () => requireTrustPolicySize('x'.repeat(2049)),
    limitExceeded('Cannot exceed quota for ACLSizePerRole: 2048'),
  )
})

test('the inline policies of an identity count together', () => {
  for (const [kind, most] of [
    ['user', 2048],
    ['role', 10_240],
    ['group', 5120],
  ] as const) {
    const half = 'x'.repeat(most / 2)
    requireInlinePolicySize(kind, 'a', [half, half])
    assert.throws(
      () => requireInlinePolicySize(kind, 'a', [half, half, 'x']),
      limitExceeded(`Maximum policy size of ${most} bytes exceeded for ${kind} a`),
    )
  }
})
