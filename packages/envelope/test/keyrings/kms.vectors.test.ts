import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { decrypt } from '../../src/decrypt.ts'
import { kmsKeyring, type KmsDataKeyClient } from '../../src/keyrings/kms.ts'
import { kmsDiscoveryKeyring } from '../../src/keyrings/kms-discovery.ts'
import { failsWith } from '../messages.ts'
import { sharedPath } from '../shared.ts'

type Vector = {
  readonly ciphertext: string
  readonly comment: string
  readonly status: boolean
  readonly 'decrypted-dek': string
  readonly 'encryption-context': Record<string, string>
  readonly 'keyring-type': 'static' | 'aws-kms'
}

const path = sharedPath('vectors/esdk/commitment-test-vectors.json')
const { tests } = JSON.parse(readFileSync(path, 'utf8')) as { tests: readonly Vector[] }
const ofKms = tests.filter((vector) => vector['keyring-type'] === 'aws-kms')

/** The ARN that stands in the header of a message, found without the package's own parser. */
const arnIn = (message: Buffer): string => {
  const text = message.toString('latin1')
  const [arn] = /arn:aws:kms:[a-z0-9-]+:\d{12}:key\/[0-9a-f-]{36}/.exec(text) ?? []
  assert.ok(arn, 'a message of KMS names its key')
  return arn
}

/** Answers as the service once did for this one message, and refuses every other request. */
const recorded = (vector: Vector, message: Buffer): KmsDataKeyClient => ({
  generateDataKey: () => assert.fail('nothing is encrypted here'),
  encrypt: () => assert.fail('nothing is encrypted here'),
  decrypt: async (input) => {
    assert.deepEqual(input.EncryptionContext, vector['encryption-context'])
    assert.ok(message.includes(input.CiphertextBlob))
    assert.equal(input.KeyId, arnIn(message))
    return { KeyId: input.KeyId, Plaintext: Buffer.from(vector['decrypted-dek'], 'base64') }
  },
})

describe('messages that other implementations wrote with a KMS keyring', () => {
  test('are all there', () => assert.equal(ofKms.length, 44))
  for (const vector of ofKms) {
    const message = Buffer.from(vector.ciphertext, 'base64')
    const client = recorded(vector, message)
    const arn = arnIn(message)
    const account = arn.split(':')[4] ?? ''
    test(`ask for the key that was named, or discovered: ${vector.comment}`, async () => {
      const filter = { partition: 'aws', accounts: [account] }
      const keyrings = [
        kmsKeyring({ client, keys: [arn] }),
        kmsDiscoveryKeyring({ client, filter }),
      ]
      for (const keyring of keyrings) {
        const result = decrypt(message, { keyring })
        if (vector.status) assert.ok((await result).plaintext.length >= 0)
        else await assert.rejects(result, failsWith('DecryptionFailed'))
      }
    })
    test(`ask for no key that was not named: ${vector.comment}`, async () => {
      const other = arn.replace(account, '999999999999')
      const filter = { partition: 'aws', accounts: ['999999999999'] }
      for (const keyring of [
        kmsKeyring({ client, keys: [other] }),
        kmsDiscoveryKeyring({ client, filter }),
      ])
        await assert.rejects(decrypt(message, { keyring }), failsWith('NoDataKey'))
    })
  }
})
