import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { BackendError } from '../../../src/core/key-stores/backend.ts'
import { requireCiphertext } from '../../../src/server/xks/answers.ts'
import { aad, errand, fails, healthErrand, openClientScene, plaintext } from './client-scene.ts'

const { clock, proxy, clientOf } = await openClientScene()

describe('a request to an external key store proxy', () => {
  test('is signed for kms-xks-proxy and says for whom it is made', async () => {
    await using client = await clientOf()
    await client.encrypt('external-1', plaintext, aad, errand)
    const [request] = proxy.requests
    assert.equal(request?.isSigned, true)
    assert.match(
      request.headers.authorization ?? '',
      /^AWS4-HMAC-SHA256 Credential=KEYHOLDTESTPROXY234567\/20261124\/eu-central-1\/kms-xks-proxy\/aws4_request, SignedHeaders=host;x-amz-date, Signature=[0-9a-f]{64}$/,
    )
    assert.equal(request.headers.host, 'localhost')
    assert.equal(request.path, '/tenant/kms/xks/v1/keys/external-1/encrypt')
    assert.deepEqual(request.json, {
      requestMetadata: {
        awsPrincipalArn: errand.principalArn,
        kmsKeyArn: errand.keyArn,
        kmsOperation: 'Encrypt',
        kmsRequestId: errand.requestId,
      },
      additionalAuthenticatedData: aad.toString('base64'),
      plaintext: plaintext.toString('base64'),
      encryptionAlgorithm: 'AES_GCM',
      ciphertextDataIntegrityValueAlgorithm: 'SHA_256',
    })
  })

  test('of its health names neither a principal nor a key', async () => {
    await using client = await clientOf()
    await client.check(healthErrand)
    assert.deepEqual(proxy.requests[0]?.json, {
      requestMetadata: {
        kmsOperation: 'CreateCustomKeyStore',
        kmsRequestId: errand.requestId,
      },
    })
  })

  test('is signed anew on another day', async () => {
    await using client = await clientOf()
    await client.check(healthErrand)
    clock.advance(86_400_000)
    await client.check(healthErrand)
    assert.deepEqual(
      proxy.requests.map(({ isSigned }) => isSigned),
      [true, true],
    )
  })

  test('goes over the connection of the one before', async () => {
    await using client = await clientOf()
    const earlier = proxy.connections
    for (let n = 0; n < 3; n += 1) await client.check(healthErrand)
    assert.equal(proxy.connections, earlier + 1)
  })

  test('is repeated once if the proxy has just closed the connection that it went over', async () => {
    await using client = await clientOf()
    await client.check(healthErrand)
    // In this very turn the client cannot know yet that its idle connection is closed.
    proxy.closeIdleConnections()
    await client.check(healthErrand)
    assert.equal(proxy.requests.length, 2)
  })

  test('is not made any more by a client that was closed', async () => {
    const client = await clientOf()
    await client.close()
    await fails(client.check(healthErrand), 'unreachable')
    assert.equal(proxy.requests.length, 0)
  })

  test('has its answer though the client is closed meanwhile', async () => {
    const client = await clientOf()
    let closed: Promise<void> | undefined
    proxy.instead = () => {
      closed = client.close()
      return undefined
    }
    await client.check(healthErrand)
    await closed
  })
})

describe('what a proxy encrypts', () => {
  for (const [name, metadata, ivBytes] of [
    ['without metadata', undefined, 12],
    ['with metadata, and an IV of 16 bytes', Buffer.from('key_version=1').toString('base64'), 16],
    ['with 20 bytes of metadata', Buffer.alloc(20, 7).toString('base64'), 12],
  ] as const)
    test(`it decrypts: ${name}`, async () => {
      Object.assign(proxy, { metadata, ivBytes })
      await using client = await clientOf()
      const outer = await client.encrypt('external-1', plaintext, aad, errand)
      assert.equal(outer.ciphertext.length, plaintext.length)
      assert.equal(outer.iv.length, ivBytes)
      assert.equal(Buffer.from(outer.metadata).toString('base64'), metadata ?? '')
      assert.deepEqual(
        Buffer.from(await client.decrypt('external-1', outer, aad, errand)),
        plaintext,
      )
    })

  test('is refused by it with other data or another ciphertext', async () => {
    await using client = await clientOf()
    const outer = await client.encrypt('external-1', plaintext, aad, errand)
    const other = { ...outer, tag: Buffer.alloc(16) }
    await fails(client.decrypt('external-1', other, aad, errand), 'ciphertextRefused')
    await fails(
      client.decrypt('external-1', outer, Buffer.from('another'), errand),
      'ciphertextRefused',
    )
  })
})

test('the integrity value of a ciphertext is that of the specification', () => {
  // Appendix C of the External Key Store Proxy API Specification 1.0.3.
  const answer = {
    authenticationTag: 'vBxN2ncH1oEkR8WVXpmyYQ==',
    ciphertext: 'ghxkK1txeDNn3q8Y',
    ciphertextDataIntegrityValue: 'qHA/ImC9h5HsLRXqCyPmWgYx7tzyoTplzILbP0fPXsc=',
    ciphertextMetadata: 'a2V5X3ZlcnNpb249MQ==',
    initializationVector: 'HMrlRw85cAJUd5Ax',
  }
  const given = Buffer.from('project=nile,department=marketing')
  const { metadata } = requireCiphertext(answer, 12, given)
  assert.equal(Buffer.from(metadata).toString(), 'key_version=1')
  assert.throws(() => requireCiphertext(answer, 12, Buffer.from('project=nile')), BackendError)
})
