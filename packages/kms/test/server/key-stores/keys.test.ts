import assert from 'node:assert/strict'
import { after, afterEach, describe, it } from 'node:test'
import { callsAs, iamArn, keyPolicy, newAccount } from '../access/scene.ts'
import { base64, createKey, encrypt, refused, succeeded } from '../expect.ts'
import { auditRecords } from '../files.ts'
import { fault } from '../xks/proxy.ts'
import { startKeyScene } from './key-scene.ts'
import { untilState } from './scene.ts'

const keyScene = await startKeyScene()
after(() => keyScene.scene[Symbol.asyncDispose]())
afterEach(keyScene.heal)
const { scene, call, external, externalKey, tokenKey, bothKeys } = keyScene

describe('a key in a custom key store', () => {
  it('does: encrypts and decrypts with its context, twice over', async () => {
    for (const { KeyId, Arn } of await bothKeys()) {
      const context = { EncryptionContext: { tenant: 'alpha' } }
      const Plaintext = base64('attack at dawn')
      const encrypted = succeeded(await call('Encrypt', { KeyId, Plaintext, ...context }))
      assert.deepEqual(Object.keys(encrypted).sort(), [
        'CiphertextBlob',
        'EncryptionAlgorithm',
        'KeyId',
      ])
      const { CiphertextBlob } = encrypted
      const blob = Buffer.from(String(CiphertextBlob), 'base64')
      assert.deepEqual([...blob.subarray(0, 4)], [0x4b, 1, 2, 0])
      assert.equal(blob.length, 14 + 102 + 12)
      for (const named of [{}, { KeyId }])
        assert.deepEqual(
          succeeded(await call('Decrypt', { CiphertextBlob, ...context, ...named })),
          {
            KeyId: Arn,
            Plaintext,
            EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
          },
        )
    }
  })

  it('does: the largest plaintext, under the longest context', async () => {
    for (const { KeyId } of await bothKeys()) {
      const EncryptionContext = { ['\u{10000}'.repeat(100)]: '\u{ffff}'.repeat(7992) }
      const Plaintext = base64(Buffer.alloc(4096, 7))
      const input = { KeyId, Plaintext, EncryptionContext }
      const CiphertextBlob = await encrypt(scene.service, input)
      const decrypted = succeeded(await call('Decrypt', { CiphertextBlob, EncryptionContext }))
      assert.equal(decrypted['Plaintext'], Plaintext)
    }
    const sent = scene.proxy.requests.filter(({ path }) => path.endsWith('/encrypt')).at(-1)?.json
    const bytes = (name: string) => Buffer.from(String(sent?.[name]), 'base64').length
    assert.deepEqual([bytes('plaintext'), bytes('additionalAuthenticatedData')], [4112, 100])
  })

  it('does: data keys, whose plaintext the proxy never sees', async () => {
    for (const { KeyId } of await bothKeys()) {
      const dataKey = succeeded(await call('GenerateDataKey', { KeyId, KeySpec: 'AES_256' }))
      const { CiphertextBlob, Plaintext } = dataKey
      assert.equal(succeeded(await call('Decrypt', { CiphertextBlob }))['Plaintext'], Plaintext)
      assert(!JSON.stringify(scene.proxy.requests).includes(String(Plaintext)))
      const sealed = succeeded(
        await call('GenerateDataKeyWithoutPlaintext', { KeyId, NumberOfBytes: 24 }),
      )
      assert.equal(sealed['Plaintext'], undefined)
      const opened = succeeded(await call('Decrypt', { CiphertextBlob: sealed['CiphertextBlob'] }))
      assert.equal(Buffer.from(String(opened['Plaintext']), 'base64').length, 24)
    }
  })

  it('does: ReEncrypt from and to it, and between two stores', async () => {
    const ordinary = await createKey(scene.service)
    const keys = [...(await bothKeys()), ordinary]
    for (const from of keys)
      for (const to of keys) {
        const CiphertextBlob = await encrypt(scene.service, { KeyId: from.KeyId })
        const moved = succeeded(
          await call('ReEncrypt', { CiphertextBlob, DestinationKeyId: to.KeyId }),
        )
        assert.deepEqual([moved['SourceKeyId'], moved['KeyId']], [from.Arn, to.Arn])
        const { CiphertextBlob: blob } = moved
        const decrypted = succeeded(
          await call('Decrypt', { CiphertextBlob: blob, KeyId: to.KeyId }),
        )
        assert.equal(decrypted['Plaintext'], base64('text'))
      }
  })

  it('does: tells the proxy for whom, for which key and for what it asks', async () => {
    const { proxy, service } = scene
    const { KeyId, Arn } = await createKey(service, externalKey())
    const ordinary = await createKey(service)
    const CiphertextBlob = await encrypt(service, { KeyId })
    const asked = proxy.requests.length
    succeeded(await call('Encrypt', { KeyId, Plaintext: 'AA==' }))
    succeeded(await call('GenerateDataKeyWithoutPlaintext', { KeyId, KeySpec: 'AES_128' }))
    succeeded(await call('Decrypt', { CiphertextBlob }))
    succeeded(await call('ReEncrypt', { CiphertextBlob, DestinationKeyId: ordinary.KeyId }))
    const metadata = proxy.requests
      .slice(asked)
      .map(({ json }) => json['requestMetadata'] as Record<string, string>)
    assert.deepEqual(
      metadata.map(({ kmsOperation }) => kmsOperation),
      ['Encrypt', 'GenerateDataKeyWithoutPlaintext', 'Decrypt', 'ReEncrypt'],
    )
    const outcomes = auditRecords(service.directory).filter(
      ({ additionalEventData: data }) => data?.outcome !== 'intended',
    )
    for (const [at, each] of metadata.entries()) {
      assert.equal(each['kmsKeyArn'], Arn)
      assert.equal(each['awsPrincipalArn'], 'arn:aws:iam::111122223333:root')
      assert.equal(each['kmsRequestId'], outcomes.at(at - metadata.length)?.requestID)
    }
  })

  it('does: for another account, which the proxy hears, and which has not the store', async () => {
    const { proxy, service } = scene
    const owner = '777788889999'
    const other = callsAs(service, await newAccount(service, owner))
    const Policy = keyPolicy({ Principal: { AWS: owner } })
    const { Arn } = await createKey(service, externalKey({ Policy }))
    const sealed = succeeded(await other('Encrypt', { KeyId: Arn, Plaintext: 'AA==' }))
    assert.partialDeepStrictEqual(proxy.requests.at(-1)?.json, {
      requestMetadata: { awsPrincipalArn: iamArn('root', owner), kmsKeyArn: Arn },
    })
    const { CiphertextBlob } = sealed
    assert.equal(succeeded(await other('Decrypt', { CiphertextBlob }))['Plaintext'], 'AA==')
    // Its stores are not those of the other account.
    assert.deepEqual(succeeded(await other('DescribeCustomKeyStores', {}))['CustomKeyStores'], [])
    refused(
      await other('DisconnectCustomKeyStore', { CustomKeyStoreId: external }),
      'CustomKeyStoreNotFoundException',
      /does not exist/,
    )
  })

  it('does: the log has the intent of each use, once, and then its outcome', async () => {
    const { service } = scene
    for (const { KeyId, Arn } of await bothKeys()) {
      const CiphertextBlob = await encrypt(service, { KeyId })
      const written = auditRecords(service.directory).length
      succeeded(await call('ReEncrypt', { CiphertextBlob, DestinationKeyId: KeyId }))
      const [intent, outcome, ...more] = auditRecords(service.directory).slice(written)
      assert.deepEqual(more, [])
      assert.equal(intent?.additionalEventData?.outcome, 'intended')
      assert.deepEqual(
        intent.resources?.map(({ ARN }) => ARN),
        [Arn, Arn],
      )
      assert.equal(outcome?.requestID, intent.requestID)
      assert.equal(outcome?.errorCode, undefined)
    }
  })

  it('does: a dry run asks nobody outside', async () => {
    const { service, proxy } = scene
    for (const { KeyId } of await bothKeys()) {
      const CiphertextBlob = await encrypt(service, { KeyId })
      const [asked, written] = [proxy.requests.length, auditRecords(service.directory).length]
      for (const [name, input] of [
        ['Encrypt', { KeyId, Plaintext: 'AA==' }],
        ['Decrypt', { CiphertextBlob }],
        ['ReEncrypt', { CiphertextBlob, DestinationKeyId: KeyId }],
        ['GenerateDataKey', { KeyId, KeySpec: 'AES_256' }],
      ] as const)
        refused(
          await call(name, { ...input, DryRun: true }),
          'DryRunOperationException',
          'The request would have succeeded, but the DryRun option is set.',
        )
      assert.equal(proxy.requests.length, asked)
      assert.equal(auditRecords(service.directory).length, written + 4)
    }
  })

  it('refuses: ciphertexts and contexts that are not its own, in the words of its store', async () => {
    const [external_, token_] = await bothKeys()
    assert(external_ && token_)
    const context = { EncryptionContext: { a: 'b' } }
    for (const [{ KeyId }, code, text] of [
      [
        external_,
        'KMSInvalidStateException',
        'The external key store proxy rejected the request because the specified ciphertext or encryption context is corrupted, missing, or otherwise invalid.',
      ],
      [token_, 'InvalidCiphertextException', undefined],
    ] as const) {
      const CiphertextBlob = await encrypt(scene.service, { KeyId, ...context })
      refused(await call('Decrypt', { CiphertextBlob }), code, text)
      const changed = Buffer.from(CiphertextBlob, 'base64')
      changed[changed.length - 1]! ^= 1
      refused(await call('Decrypt', { CiphertextBlob: base64(changed), ...context }), code, text)
      // Whether the material is the key's own shows here, and nobody is asked.
      changed[40]! ^= 1
      refused(
        await call('Decrypt', { CiphertextBlob: base64(changed), ...context }),
        'InvalidCiphertextException',
      )
      // Lengths that no blob has.
      const odd = Buffer.from(CiphertextBlob, 'base64')
      odd[69] = 13
      refused(
        await call('Decrypt', { CiphertextBlob: base64(odd), ...context }),
        'InvalidCiphertextException',
      )
    }
  })

  it('refuses: what a proxy decrypts to something else', async () => {
    const { KeyId } = await createKey(scene.service, externalKey())
    const CiphertextBlob = await encrypt(scene.service, { KeyId })
    scene.proxy.spoil = ({ plaintext }) => ({
      plaintext: base64(Buffer.alloc(Buffer.from(String(plaintext), 'base64').length)),
    })
    refused(
      await call('Decrypt', { CiphertextBlob }),
      'KMSInvalidStateException',
      'The ciphertext that the external key store proxy submitted for decryption, or the encryption context, is corrupted, missing, or otherwise invalid.',
    )
  })

  it('refuses: every failure of its proxy as an invalid state, and tells the operator why', async () => {
    const { proxy, service } = scene
    const { KeyId } = await createKey(service, externalKey())
    for (const [reply, text] of [
      [fault(400, 'ValidationException'), /cannot interpret the response/],
      [fault(400, 'InvalidStateException'), /is not enabled in the external key manager/],
      [fault(400, 'InvalidKeyUsageException'), /does not support the requested operation. Enable/],
      [fault(401, 'AuthenticationFailedException'), /could not authenticate AWS KMS/],
      [fault(403, 'AccessDeniedException', 'not you'), /denied access to the operation/],
      [fault(404, 'KeyNotFoundException'), /was not found in its external key manager/],
      [fault(404, 'InvalidUriPathException'), /because of an invalid URI path/],
      [fault(429, 'ThrottlingException'), /due to a very high request rate/],
      [fault(501, 'UnsupportedOperationException'), /does not support the requested operation. If/],
      [fault(503, 'DependencyTimeoutException'), /did not respond to the request in the time/],
      [fault(500, 'InternalException'), /cannot communicate with the external key manager/],
      [{ status: 200, body: '{' }, /cannot interpret the response/],
    ] as const) {
      proxy.instead = () => reply
      const reply_ = await call('Encrypt', { KeyId, Plaintext: 'AA==' })
      refused(reply_, 'KMSInvalidStateException', text)
      assert(!reply_.text.includes('not you'))
      assert.equal(service.log.lines.at(-1)?.event, 'key store request failed')
    }
    // Failing keys do not change the state of their store.
    assert.equal((await untilState(scene, external, 'CONNECTED'))['ConnectionErrorCode'], undefined)
  })

  it('refuses: every failure of its token as an invalid state', async () => {
    const { KeyId } = await createKey(scene.service, tokenKey())
    for (const reason of ['tokenFailed', 'tokenTimedOut', 'tokenAbsent'] as const) {
      scene.token.fault = reason
      refused(
        await call('Encrypt', { KeyId, Plaintext: 'AA==' }),
        'KMSInvalidStateException',
        /CloudHSM cluster/,
      )
    }
    scene.token.fault = undefined
    scene.token.keys.clear()
    refused(
      await call('Encrypt', { KeyId, Plaintext: 'AA==' }),
      'KMSInvalidStateException',
      'The CloudHSM cluster does not have the key behind this KMS key.',
    )
  })

  it('refuses: rotation, import, replicas and data key pairs', async () => {
    for (const { KeyId, Arn, ...key } of await bothKeys()) {
      const text = `${Arn} origin is ${String(key['Origin'])} which is not valid for this operation.`
      for (const [name, input] of [
        ['EnableKeyRotation', {}],
        ['DisableKeyRotation', {}],
        ['GetKeyRotationStatus', {}],
        ['RotateKeyOnDemand', {}],
        ['ListKeyRotations', {}],
        ['DeleteImportedKeyMaterial', {}],
        [
          'GetParametersForImport',
          { WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' },
        ],
        ['GenerateDataKeyPair', { KeyPairSpec: 'ECC_NIST_P256' }],
      ] as const)
        refused(await call(name, { KeyId, ...input }), 'UnsupportedOperationException', text)
    }
  })
})
