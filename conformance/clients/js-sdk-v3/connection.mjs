import assert from 'node:assert/strict'
import { describe, mock, test } from 'node:test'
import * as kms from '@aws-sdk/client-kms'
import { FetchHttpHandler } from '@smithy/fetch-http-handler'
import { credentials } from '../setting.mjs'
import { bytes, call, clientOf, newKey, refuses, textOf } from './client.mjs'

describe('AWS SDK for JavaScript v3: the connection', () => {
  test('the handler over fetch works as well, again and again', async () => {
    const fetching = clientOf({ requestHandler: new FetchHttpHandler() })
    const { KeyId } = await newKey()
    for (let n = 0; n < 5; n += 1) {
      const Plaintext = bytes(`message ${n}`)
      const { CiphertextBlob } = await call('Encrypt', { KeyId, Plaintext }, fetching)
      const opened = await call('Decrypt', { CiphertextBlob }, fetching)
      assert.equal(textOf(opened.Plaintext), `message ${n}`)
    }
    await refuses('DescribeKey', { KeyId: 'x' }, 'NotFoundException', "Invalid keyId 'x'", fetching)
  })

  test('fifty calls at once are all answered', async () => {
    const { KeyId } = await newKey()
    const texts = Array.from({ length: 50 }, (_, n) => `message ${n}`)
    const opened = await Promise.all(
      texts.map(async (text) => {
        const { CiphertextBlob } = await call('Encrypt', { KeyId, Plaintext: bytes(text) })
        return textOf((await call('Decrypt', { CiphertextBlob })).Plaintext)
      }),
    )
    assert.deepEqual(opened, texts)
  })

  test('a client whose clock is an hour wrong corrects itself', async () => {
    for (const wrongByMs of [-3_600_000, 3_600_000]) {
      const skewed = clientOf({ maxAttempts: 3 })
      mock.timers.enable({ apis: ['Date'], now: Date.now() + wrongByMs })
      try {
        const answer = await skewed.send(new kms.ListKeysCommand({}))
        assert.equal(answer.$metadata.attempts, 2)
      } finally {
        mock.timers.reset()
        skewed.destroy()
      }
    }
  })

  test('wrong credentials are refused', async () => {
    const wrongSecret = clientOf({ credentials: { ...credentials, secretAccessKey: 'x' } })
    await refuses(
      'ListKeys',
      {},
      'InvalidSignatureException',
      /^The request signature we calculated does not match the signature you provided\./,
      wrongSecret,
    )
    const wrongId = clientOf({
      credentials: { ...credentials, accessKeyId: 'AKIAIOSFODNN7EXAMPLE' },
    })
    await refuses(
      'ListKeys',
      {},
      'UnrecognizedClientException',
      'The security token included in the request is invalid.',
      wrongId,
    )
  })
})
