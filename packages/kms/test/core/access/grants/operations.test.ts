import assert from 'node:assert/strict'
import { test } from 'node:test'
import { grantOperationNames } from '../../../../src/api/members.ts'
import { grantOperationOf, operationsOfKey } from '../../../../src/core/access/grants/operations.ts'
import type { KeySpecName } from '../../../../src/core/keys/key-spec.ts'

const always = ['CreateGrant', 'DescribeKey', 'RetireGrant']

const of = (spec: KeySpecName, usage: string): readonly string[] =>
  [...operationsOfKey({ spec, usage })].sort()

test('a grant may allow what the key itself can do', () => {
  const crypt = ['Decrypt', 'Encrypt', 'ReEncryptFrom', 'ReEncryptTo']
  const dataKeys = [
    'GenerateDataKey',
    'GenerateDataKeyPair',
    'GenerateDataKeyPairWithoutPlaintext',
    'GenerateDataKeyWithoutPlaintext',
  ]
  for (const [spec, usage, operations] of [
    ['SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT', [...crypt, ...dataKeys]],
    ['RSA_4096', 'ENCRYPT_DECRYPT', [...crypt, 'GetPublicKey']],
    ['RSA_2048', 'SIGN_VERIFY', ['Sign', 'Verify', 'GetPublicKey']],
    ['ECC_NIST_P256', 'SIGN_VERIFY', ['Sign', 'Verify', 'GetPublicKey']],
    ['ML_DSA_65', 'SIGN_VERIFY', ['Sign', 'Verify', 'GetPublicKey']],
    ['ECC_NIST_P384', 'KEY_AGREEMENT', ['DeriveSharedSecret', 'GetPublicKey']],
    ['HMAC_256', 'GENERATE_VERIFY_MAC', ['GenerateMac', 'VerifyMac']],
    ['ML_KEM_768', 'ENCAPSULATE_DECAPSULATE', ['Encapsulate', 'Decapsulate', 'GetPublicKey']],
  ] as const)
    assert.deepEqual(of(spec, usage), [...always, ...operations].sort(), `${spec} ${usage}`)
})

test('a key of an unknown usage allows no use of itself', () => {
  assert.deepEqual(of('HMAC_256', 'SOMETHING_NEW'), always)
})

test('an action is the operation of its name in any case, if a grant can allow it', () => {
  for (const name of grantOperationNames)
    assert.equal(grantOperationOf(`KMS:${name.toUpperCase()}`), name)
  for (const action of ['kms:PutKeyPolicy', 'kms:RevokeGrant', 'Decrypt', 'iam:Decrypt', ''])
    assert.equal(grantOperationOf(action), undefined, action)
})
