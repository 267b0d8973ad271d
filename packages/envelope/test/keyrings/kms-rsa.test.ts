import assert from 'node:assert/strict'
import { constants, createHash, publicEncrypt } from 'node:crypto'
import { describe, test } from 'node:test'
import { encodeContext } from '../../src/format/context.ts'
import { kmsRsaKeyring } from '../../src/keyrings/kms-rsa.ts'
import { StandInKms } from './stand-in-kms.ts'
import {
  agrees,
  oneSuitePerKeyLength,
  refuses,
  signed,
  someContext,
  unwrap,
  withCode,
  wrap,
} from './trying.ts'

const client = new StandInKms()
const { arn, publicKey } = client.createRsaKey()
const other = client.createRsaKey()
const rsa = (padding: 'OAEP_SHA1' | 'OAEP_SHA256' = 'OAEP_SHA256', keyArn = arn) =>
  kmsRsaKeyring({ client, keyArn, publicKey, padding })

describe('a KMS RSA keyring', () => {
  test('encrypts without the service, and has it decrypt', async () => {
    for (const padding of ['OAEP_SHA1', 'OAEP_SHA256'] as const)
      for (const suite of oneSuitePerKeyLength) {
        client.calls.length = 0
        const { encryptedDataKeys } = await agrees(rsa(padding), rsa(padding), { suite })
        assert.deepEqual(
          client.calls.map(({ operation }) => operation),
          ['decrypt'],
        )
        assert.equal(encryptedDataKeys[0]?.providerId, 'aws-kms-rsa')
        assert.equal(Buffer.from(encryptedDataKeys[0].providerInfo).toString(), arn)
      }
  })

  test('reads SHA-384 of the context, then the data key, under RSA-OAEP', async () => {
    const dataKey = Buffer.alloc(32, 7)
    const digest = createHash('sha384').update(encodeContext(someContext)).digest()
    const key = { key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }
    const wrapped = {
      providerId: 'aws-kms-rsa',
      providerInfo: Buffer.from(arn),
      ciphertext: publicEncrypt(key, Buffer.concat([digest, dataKey])),
    }
    const answer = await unwrap(rsa(), [wrapped])
    assert.ok('dataKey' in answer)
    assert.deepEqual(Buffer.from(answer.dataKey), dataKey)
  })

  test('binds the context, though RSA has none', async () => {
    await refuses(rsa(), await wrap(rsa()), 1, { context: new Map() })
  })

  test('refuses suites that sign, both ways', async () => {
    const policy = withCode('PolicyViolation')
    await assert.rejects(wrap(rsa(), { suite: signed }), policy)
    const { encryptedDataKeys } = await wrap(rsa())
    await assert.rejects(unwrap(rsa(), encryptedDataKeys, { suite: signed }), policy)
  })

  test('refuses other keys, tampered data keys and answers for another key', async () => {
    const result = await wrap(rsa())
    await refuses(rsa('OAEP_SHA256', other.arn), result, 0)
    await refuses(rsa('OAEP_SHA1'), result, 1)
    const [wrapped] = result.encryptedDataKeys
    assert.ok(wrapped)
    const ciphertext = wrapped.ciphertext.slice()
    ciphertext[3]! ^= 4
    await refuses(rsa(), { ...result, encryptedDataKeys: [{ ...wrapped, ciphertext }] }, 1)
    client.alter = (_, answer) => ({ ...answer, KeyId: other.arn })
    await refuses(rsa(), result, 1)
    client.alter = (_, answer) => ({ ...answer, Plaintext: new Uint8Array(79) })
    await refuses(rsa(), result, 1)
    client.alter = (_, answer) => answer
  })

  test('needs the ARN of a key, and to encrypt the public key', async () => {
    const invalid = withCode('InvalidInput')
    assert.throws(() => rsa('OAEP_SHA256', 'alias/app'), invalid)
    assert.throws(() => rsa('PKCS1' as never), invalid)
    const reader = kmsRsaKeyring({ client, keyArn: arn, padding: 'OAEP_SHA256' })
    await assert.rejects(wrap(reader), invalid)
    await agrees(rsa(), reader)
  })
})
