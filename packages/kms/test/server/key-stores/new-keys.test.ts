import assert from 'node:assert/strict'
import { after, afterEach, describe, it } from 'node:test'
import { arnOf, createKey, invalid, refused } from '../expect.ts'
import { auditRecords } from '../files.ts'
import { fault } from '../xks/proxy.ts'
import { notConnected, startKeyScene } from './key-scene.ts'
import { clusterId } from './scene.ts'

const keyScene = await startKeyScene()
after(() => keyScene.scene[Symbol.asyncDispose]())
afterEach(keyScene.heal)
const { scene, call, external, token, externalKey, tokenKey, whileDisconnected } = keyScene

describe('CreateKey in a custom key store', () => {
  it('decodes: what goes together', async () => {
    const needs = async (input: object, member: string) =>
      invalid(await call('CreateKey', input), ' null', member, 'not be null')
    await needs({ Origin: 'AWS_CLOUDHSM' }, 'customKeyStoreId')
    await needs({ Origin: 'EXTERNAL_KEY_STORE', XksKeyId: 'a' }, 'customKeyStoreId')
    await needs({ Origin: 'EXTERNAL_KEY_STORE', CustomKeyStoreId: external }, 'xksKeyId')
    for (const [input, text] of [
      [{ CustomKeyStoreId: token }, 'CustomKeyStoreId is not valid for keys of origin AWS_KMS.'],
      [
        { Origin: 'EXTERNAL', CustomKeyStoreId: token },
        'CustomKeyStoreId is not valid for keys of origin EXTERNAL.',
      ],
      [{ XksKeyId: 'a' }, 'XksKeyId is not valid for keys of origin AWS_KMS.'],
      [tokenKey({ XksKeyId: 'a' }), 'XksKeyId is not valid for keys of origin AWS_CLOUDHSM.'],
      [externalKey({ XksKeyId: '..' }), 'XksKeyId .. is not the id of an external key.'],
      [externalKey({ XksKeyId: '.' }), 'XksKeyId . is not the id of an external key.'],
    ] as const)
      refused(await call('CreateKey', input), 'ValidationException', text)
    invalid(
      await call('CreateKey', externalKey({ XksKeyId: 'a/../b' })),
      " 'a/../b'",
      'xksKeyId',
      'satisfy regular expression pattern: ^[a-zA-Z0-9-_.]+$',
    )
  })

  it('refuses: other specs, and replicas', async () => {
    for (const make of [externalKey, tokenKey]) {
      refused(
        await call('CreateKey', make({ KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' })),
        'UnsupportedOperationException',
        'KeySpec RSA_2048 is not supported in a custom key store.',
      )
      refused(
        await call('CreateKey', make({ MultiRegion: true })),
        'UnsupportedOperationException',
        'Multi-Region keys are not supported in a custom key store.',
      )
    }
  })

  it('refuses: stores that do not exist, of the other type, or not connected', async () => {
    const unknown = 'cks-00000000000000000'
    for (const make of [externalKey, tokenKey])
      refused(
        await call('CreateKey', make({ CustomKeyStoreId: unknown })),
        'CustomKeyStoreNotFoundException',
        `The custom key store ${unknown} does not exist.`,
      )
    refused(
      await call('CreateKey', externalKey({ CustomKeyStoreId: token })),
      'UnsupportedOperationException',
      `The custom key store ${token} is of type AWS_CLOUDHSM, not EXTERNAL_KEY_STORE.`,
    )
    await whileDisconnected(external, async () => {
      refused(
        await call('CreateKey', externalKey()),
        'CustomKeyStoreInvalidStateException',
        notConnected,
      )
    })
    await whileDisconnected(token, async () => {
      refused(
        await call('CreateKey', tokenKey()),
        'CustomKeyStoreInvalidStateException',
        'This KMS key is in a custom key store that is not connected to its AWS CloudHSM cluster. Connect the AWS CloudHSM key store and try the request again.',
      )
    })
  })

  it('refuses: external keys that are taken, absent or unfit', async () => {
    const { proxy } = scene
    const input = externalKey()
    await createKey(scene.service, input)
    const { XksKeyId } = input as { readonly XksKeyId: string }
    refused(
      await call('CreateKey', input),
      'XksKeyAlreadyInUseException',
      `The external key ${XksKeyId} is already associated with a KMS key in the custom key store ${external}.`,
    )
    refused(
      await call('CreateKey', externalKey({ XksKeyId: 'absent' })),
      'XksKeyNotFoundException',
      'The external key associated with this KMS key in an external key store was not found in its external key manager. If the external key ID associated with this KMS key is incorrect, create a new KMS key with the correct external key ID.',
    )
    proxy.addKey('disabled', { keyStatus: 'DISABLED' })
    refused(
      await call('CreateKey', externalKey({ XksKeyId: 'disabled' })),
      'XksKeyInvalidConfigurationException',
      'The status of the external key must be ENABLED. The status of specified external key is DISABLED.',
    )
  })

  it('refuses: a proxy or a token that does not do its work', async () => {
    const { proxy } = scene
    for (const [reply, code, text] of [
      [fault(400, 'InvalidStateException'), 'XksKeyInvalidConfigurationException', /not enabled/],
      [fault(400, 'InvalidKeyUsageException'), 'XksKeyInvalidConfigurationException', /operation/],
      [fault(400, 'ValidationException'), 'CustomKeyStoreInvalidStateException', /interpret/],
      [fault(401, 'AuthenticationFailedException'), 'CustomKeyStoreInvalidStateException', /KMS/],
      [fault(403, 'AccessDeniedException'), 'CustomKeyStoreInvalidStateException', /denied/],
      [fault(404, 'InvalidUriPathException'), 'CustomKeyStoreInvalidStateException', /URI path/],
      [fault(429, 'ThrottlingException'), 'CustomKeyStoreInvalidStateException', /rate/],
      [fault(503, 'DependencyTimeoutException'), 'CustomKeyStoreInvalidStateException', /time/],
      [{ status: 200, body: '{}' }, 'CustomKeyStoreInvalidStateException', /interpret/],
    ] as const) {
      proxy.instead = () => reply
      refused(await call('CreateKey', externalKey()), code, text)
    }
    scene.token.fault = 'tokenUnfit'
    refused(
      await call('CreateKey', tokenKey()),
      'CloudHsmClusterInvalidConfigurationException',
      /cannot make/,
    )
    scene.token.fault = 'tokenTimedOut'
    refused(await call('CreateKey', tokenKey()), 'CustomKeyStoreInvalidStateException', /in time/)
  })

  it('does: makes a key of an external one, once the log has the intent', async () => {
    const { proxy, service } = scene
    const input = externalKey() as { readonly XksKeyId: string }
    let written = 0
    proxy.instead = () => {
      written = auditRecords(service.directory).length
      return undefined
    }
    const { KeyId, ...key } = await createKey(service, input)
    assert.deepEqual(key, {
      AWSAccountId: '111122223333',
      Arn: arnOf(`key/${KeyId}`),
      CreationDate: service.clock.nowMs() / 1000,
      CustomKeyStoreId: external,
      CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
      Description: '',
      Enabled: true,
      EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
      KeyManager: 'CUSTOMER',
      KeySpec: 'SYMMETRIC_DEFAULT',
      KeyState: 'Enabled',
      KeyUsage: 'ENCRYPT_DECRYPT',
      MultiRegion: false,
      Origin: 'EXTERNAL_KEY_STORE',
      XksKeyConfiguration: { Id: input.XksKeyId },
    })
    const records = auditRecords(service.directory)
    assert.equal(written, records.length - 1)
    assert.equal(records.at(-2)?.additionalEventData?.outcome, 'intended')
    const request = proxy.requests.at(-1)
    assert.equal(request?.path, `${proxy.path}/keys/${input.XksKeyId}/metadata`)
    assert.deepEqual(request.json, {
      requestMetadata: {
        awsPrincipalArn: 'arn:aws:iam::111122223333:root',
        kmsOperation: 'CreateKey',
        kmsRequestId: records.at(-1)?.requestID,
      },
    })
  })

  it('does: has the token make a key, and tells which cluster it is', async () => {
    const count = scene.token.keys.size
    const key = await createKey(scene.service, tokenKey())
    assert.equal(scene.token.keys.size, count + 1)
    assert(scene.token.keys.has(key.KeyId))
    assert.deepEqual(
      [key['Origin'], key['CustomKeyStoreId'], key['CloudHsmClusterId'], key.KeyState],
      ['AWS_CLOUDHSM', token, clusterId, 'Enabled'],
    )
    assert.equal(key['XksKeyConfiguration'], undefined)
  })
})

describe('a key that is not made after all', () => {
  it('leaves none behind in the token', async () => {
    const { keys } = scene.token
    const count = keys.size
    refused(
      await call('CreateKey', tokenKey({ Policy: '{}' })),
      'MalformedPolicyDocumentException',
      /./,
    )
    while (keys.size > count) await new Promise(setImmediate)
    assert.equal(keys.size, count)
  })
})
