import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { callsAs, iamArn, keyPolicy, newAccount } from './access/scene.ts'
import {
  arnOf,
  base64,
  createKey,
  encrypt,
  invalid,
  type KeyMetadata,
  refused,
  succeeded,
  succeededEmpty,
} from './expect.ts'
import { auditRecords } from './files.ts'
import { dayMs, type Reply } from './harness.ts'
import {
  clusterId,
  connectStore,
  createStore,
  externalStore,
  type Scene,
  startScene,
  tokenStore,
  untilState,
} from './key-stores/scene.ts'
import { said } from './ticking.ts'
import { fault } from './xks/proxy.ts'

let scene: Scene
/** A store at the proxy and one on the token, both connected. */
let external: string
let token: string
before(async () => {
  scene = await startScene()
  external = await createStore(scene, externalStore(scene))
  token = await createStore(scene, tokenStore(scene))
  await connectStore(scene, external)
  await connectStore(scene, token)
})
after(() => scene[Symbol.asyncDispose]())
afterEach(() => {
  scene.proxy.instead = () => undefined
  scene.proxy.spoil = (answer) => answer
  scene.token.fault = undefined
})

const call = (operation: string, input: object): Promise<Reply> =>
  scene.service.call(operation, input)

let externalKeys = 0
/** A new external key, and the input that makes a KMS key of it. */
const externalKey = (input: object = {}): object => {
  const XksKeyId = `external.key_${(externalKeys += 1)}`
  scene.proxy.addKey(XksKeyId)
  return { Origin: 'EXTERNAL_KEY_STORE', CustomKeyStoreId: external, XksKeyId, ...input }
}
const tokenKey = (input: object = {}): object => ({
  Origin: 'AWS_CLOUDHSM',
  CustomKeyStoreId: token,
  ...input,
})
/** A key of each type of store. */
const bothKeys = async (): Promise<readonly KeyMetadata[]> => [
  await createKey(scene.service, externalKey()),
  await createKey(scene.service, tokenKey()),
]

const notConnected =
  'This KMS key is in a custom key store that is not connected to its external key store proxy. Connect the external key store and try the request again.'

/** Runs work while a store is disconnected. */
const whileDisconnected = async (id: string, work: () => Promise<void>): Promise<void> => {
  succeeded(await call('DisconnectCustomKeyStore', { CustomKeyStoreId: id }))
  await untilState(scene, id, 'DISCONNECTED')
  try {
    await work()
  } finally {
    await connectStore(scene, id)
  }
}

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

describe('a key whose store is not connected', () => {
  it('is Unavailable, and what it was again afterwards', async () => {
    const stateOf = async (KeyId: string) =>
      (succeeded(await call('DescribeKey', { KeyId }))['KeyMetadata'] as KeyMetadata).KeyState
    for (const [make, id, text] of [
      [externalKey, external, () => notConnected],
      [tokenKey, token, (arn: string) => `${arn} is unavailable.`],
    ] as const) {
      const { KeyId, Arn } = await createKey(scene.service, make())
      const other = await createKey(scene.service, make())
      const leaving = await createKey(scene.service, make())
      const CiphertextBlob = await encrypt(scene.service, { KeyId })
      succeededEmpty(await call('DisableKey', { KeyId: other.KeyId }))
      succeeded(await call('ScheduleKeyDeletion', { KeyId: leaving.KeyId }))
      await whileDisconnected(id, async () => {
        for (const [name, input] of [
          ['Encrypt', { KeyId, Plaintext: 'AA==' }],
          ['Decrypt', { CiphertextBlob }],
          ['ReEncrypt', { CiphertextBlob, DestinationKeyId: KeyId }],
          ['GenerateDataKey', { KeyId, KeySpec: 'AES_256' }],
        ] as const)
          refused(await call(name, input), 'KMSInvalidStateException', text(Arn))
        assert.equal(await stateOf(KeyId), 'Unavailable')
        assert.equal(await stateOf(other.KeyId), 'Unavailable')
        assert.equal(await stateOf(leaving.KeyId), 'PendingDeletion')
        // That it never rotates comes first.
        for (const name of ['EnableKeyRotation', 'RotateKeyOnDemand', 'GetKeyRotationStatus'])
          refused(
            await call(name, { KeyId }),
            'UnsupportedOperationException',
            /is not valid for this operation/,
          )
        // It can be managed all the same.
        succeededEmpty(await call('DisableKey', { KeyId }))
        succeededEmpty(await call('EnableKey', { KeyId: other.KeyId }))
        succeededEmpty(await call('TagResource', { KeyId, Tags: [{ TagKey: 'a', TagValue: 'b' }] }))
        refused(
          await call('CancelKeyDeletion', { KeyId }),
          'KMSInvalidStateException',
          `${Arn} is not pending deletion.`,
        )
      })
      assert.equal(await stateOf(KeyId), 'Disabled')
      assert.equal(await stateOf(other.KeyId), 'Enabled')
    }
  })

  it('may be disconnected while it is used: then what it did is withheld', async () => {
    const { token: hsm, service } = scene
    const { KeyId, Arn } = await createKey(service, tokenKey())
    const [begun, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    hsm.beforeWork = () => {
      begun.resolve()
      return goOn.promise
    }
    const used = call('Encrypt', { KeyId, Plaintext: 'AA==' })
    await begun.promise
    succeeded(await call('DisconnectCustomKeyStore', { CustomKeyStoreId: token }))
    hsm.beforeWork = () => Promise.resolve()
    goOn.resolve()
    refused(await used, 'KMSInvalidStateException', `${Arn} is unavailable.`)
    const outcomes = auditRecords(service.directory)
      .filter(({ eventName }) => eventName === 'Encrypt')
      .map(({ additionalEventData }) => additionalEventData?.outcome)
    assert.deepEqual(outcomes.slice(-3), ['intended', undefined, 'withheld'])
    await untilState(scene, token, 'DISCONNECTED')
    await connectStore(scene, token)
  })

  it('gives no answer once it is disconnected, and repeats nothing', async () => {
    const { proxy, service } = scene
    const { KeyId } = await createKey(service, externalKey())
    const asked = proxy.requests.length
    proxy.instead = async () => {
      proxy.instead = () => undefined
      succeeded(await call('DisconnectCustomKeyStore', { CustomKeyStoreId: external }))
      return undefined
    }
    refused(
      await call('Encrypt', { KeyId, Plaintext: 'AA==' }),
      'KMSInvalidStateException',
      /not connected/,
    )
    assert.equal(proxy.requests.length, asked + 1)
    await untilState(scene, external, 'DISCONNECTED')
    await connectStore(scene, external)
  })

  it('ends what is under way when the credential is exchanged', async () => {
    const { proxy, service } = scene
    const { KeyId } = await createKey(service, externalKey())
    const { XksProxyAuthenticationCredential } = proxy.settings()
    const update = { CustomKeyStoreId: external, XksProxyAuthenticationCredential }
    proxy.instead = async () => {
      proxy.instead = () => undefined
      succeeded(await call('UpdateCustomKeyStore', update))
      return undefined
    }
    succeeded(await call('Encrypt', { KeyId, Plaintext: 'AA==' }))
  })
})

describe('a custom key store with keys', () => {
  it('is not deleted before the last of them is gone, and its token forgets its key', async () => {
    await using own = await startScene()
    const { service } = own
    const made = [
      [await createStore(own, externalStore(own)), { XksKeyId: 'external-1' }],
      [await createStore(own, tokenStore(own)), {}],
    ] as const
    for (const [id, input] of made) {
      await connectStore(own, id)
      const Origin = 'XksKeyId' in input ? 'EXTERNAL_KEY_STORE' : 'AWS_CLOUDHSM'
      const { KeyId } = await createKey(service, { Origin, CustomKeyStoreId: id, ...input })
      succeeded(await service.call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 }))
    }
    const [[externalId], [tokenId]] = made
    succeeded(await service.call('DisconnectCustomKeyStore', { CustomKeyStoreId: externalId }))
    await untilState(own, externalId, 'DISCONNECTED')
    refused(
      await service.call('DeleteCustomKeyStore', { CustomKeyStoreId: externalId }),
      'CustomKeyStoreHasCMKsException',
      `The custom key store ${externalId} contains KMS keys.`,
    )
    assert.equal(own.token.keys.size, 1)
    service.clock.advance(8 * dayMs)
    await using again = await service.restart()
    await said(again, 'keys destroyed')
    assert.equal(own.token.keys.size, 0)
    succeeded(await again.call('DisconnectCustomKeyStore', { CustomKeyStoreId: tokenId }))
    await untilState({ service: again }, tokenId, 'DISCONNECTED')
    for (const CustomKeyStoreId of [externalId, tokenId])
      succeeded(await again.call('DeleteCustomKeyStore', { CustomKeyStoreId }))
  })
})

describe('GenerateRandom of a token', () => {
  it('does: as many bytes as were asked for', async () => {
    const input = { NumberOfBytes: 24, CustomKeyStoreId: token }
    const { Plaintext } = succeeded(await call('GenerateRandom', input))
    assert.equal(Plaintext, base64(Buffer.alloc(24, 7)))
  })

  it('refuses: stores that do not exist, are external, or not connected', async () => {
    const random = (CustomKeyStoreId: string) =>
      call('GenerateRandom', { NumberOfBytes: 8, CustomKeyStoreId })
    refused(await random('cks-0'), 'CustomKeyStoreNotFoundException', /cks-0/)
    refused(await random(external), 'UnsupportedOperationException', /external key store/)
    await whileDisconnected(token, async () => {
      refused(await random(token), 'CustomKeyStoreInvalidStateException', /not connected/)
    })
    scene.token.fault = 'tokenFailed'
    refused(await random(token), 'CustomKeyStoreInvalidStateException', /did not do/)
  })
})
