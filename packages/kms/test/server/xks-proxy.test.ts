import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, describe, it } from 'node:test'
import { createKey, succeededEmpty, unknownKeyId } from './expect.ts'
import { auditRecords } from './files.ts'
import { allow, newUser } from './identity/query.ts'
import { connectedStore } from './key-stores/inputs.ts'
import { untilState } from './key-stores/scene.ts'
import { startXksProxy, type XksReply, selfSigned } from './xks-scene.ts'

const scene = await startXksProxy()
after(() => scene[Symbol.asyncDispose]())
const { service, post } = scene
const { KeyId: keyId } = await createKey(service)

const requestMetadata = {
  awsPrincipalArn: 'arn:aws:iam::123456789012:user/Alice',
  kmsKeyArn: 'arn:aws:kms:us-east-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab',
  kmsOperation: 'Encrypt',
  kmsRequestId: 'no uuid at all',
}
const aad = Buffer.from('project=nile')
const plaintext = Buffer.from('what AWS KMS encrypted already')
const toEncrypt = {
  requestMetadata,
  plaintext,
  encryptionAlgorithm: 'AES_GCM',
  additionalAuthenticatedData: aad,
  ciphertextDataIntegrityValueAlgorithm: 'SHA_256',
}

const answered = (reply: XksReply): XksReply['json'] => {
  assert.equal(reply.status, 200, JSON.stringify(reply.json))
  assert.equal(reply.headers['content-type'], 'application/json')
  return reply.json
}
const refused = (reply: XksReply, status: number, errorName: string): void => {
  assert.equal(reply.status, status, JSON.stringify(reply.json))
  assert.equal(reply.json['errorName'], errorName)
  const { errorMessage } = reply.json
  assert(errorMessage === undefined || /^[ -~]{1,511}$/.test(errorMessage as string))
}
const bytes = (value: unknown): Buffer => Buffer.from(String(value), 'base64')

const encrypted = async (key = keyId): Promise<Record<string, unknown>> => {
  const reply = answered(await post(`keys/${key}/encrypt`, toEncrypt))
  return {
    requestMetadata,
    encryptionAlgorithm: 'AES_GCM',
    additionalAuthenticatedData: aad,
    ciphertext: reply['ciphertext'],
    ciphertextMetadata: reply['ciphertextMetadata'],
    initializationVector: reply['initializationVector'],
    authenticationTag: reply['authenticationTag'],
  }
}

describe('the external key store proxy', () => {
  it('does: encrypts, proves what it encrypted, and decrypts', async () => {
    const reply = answered(await post(`keys/${keyId}/encrypt`, toEncrypt))
    const parts = ['ciphertextMetadata', 'initializationVector', 'ciphertext', 'authenticationTag']
    assert.deepEqual(
      parts.map((name) => bytes(reply[name]).length),
      [16, 16, plaintext.length, 16],
    )
    const hashed = Buffer.concat([aad, ...parts.map((name) => bytes(reply[name]))])
    const expected = createHash('sha256').update(hashed).digest('base64')
    assert.equal(reply['ciphertextDataIntegrityValue'], expected)
    const decrypted = answered(await post(`keys/${keyId}/decrypt`, await encrypted()))
    assert.deepEqual(bytes(decrypted['plaintext']), plaintext)
  })

  it('does: takes the sizes that the specification asks for, and no integrity value unasked', async () => {
    const { ciphertextDataIntegrityValueAlgorithm: _, ...unasked } = toEncrypt
    const large = {
      ...unasked,
      plaintext: Buffer.alloc(4300, 1),
      additionalAuthenticatedData: Buffer.alloc(8192, 2),
    }
    const reply = answered(await post(`keys/${keyId}/encrypt`, large))
    assert.equal(bytes(reply['ciphertext']).length, 4300)
    assert.equal('ciphertextDataIntegrityValue' in reply, false)
  })

  it('does: tells what an external key is', async () => {
    const { kmsKeyArn: _, ...withoutKey } = requestMetadata
    const metadata = { requestMetadata: withoutKey }
    assert.deepEqual(answered(await post(`keys/${keyId}/metadata`, metadata)), {
      keySpec: 'AES_256',
      keyUsage: ['ENCRYPT', 'DECRYPT'],
      keyStatus: 'ENABLED',
    })
    const { KeyId } = await createKey(service, {
      KeySpec: 'HMAC_256',
      KeyUsage: 'GENERATE_VERIFY_MAC',
    })
    succeededEmpty(await service.call('DisableKey', { KeyId }))
    assert.deepEqual(answered(await post(`keys/${KeyId}/metadata`, metadata)), {
      keySpec: 'HMAC_256',
      keyUsage: ['GENERATE_VERIFY_MAC'],
      keyStatus: 'DISABLED',
    })
  })

  it('does: tells its health to whoever may sign', async () => {
    const credentials = await newUser(service, 'watcher')
    const reply = await post('health', { requestMetadata }, { credentials })
    const { ekmFleetDetails, ...known } = answered(reply)
    assert.deepEqual(known, {
      xksProxyFleetSize: 1,
      xksProxyVendor: 'Keyhold',
      xksProxyModel: 'Keyhold',
      ekmVendor: 'Keyhold',
    })
    const [only] = ekmFleetDetails as readonly Record<string, unknown>[]
    assert.equal(only?.['healthStatus'], 'ACTIVE')
  })

  it('does: the Region may stand before the path, and has keys of its own', async () => {
    const elsewhere = 'eu-west-1'
    const { KeyId } = await createKey(service, {}, { region: elsewhere })
    answered(await post(`/${elsewhere}/kms/xks/v1/keys/${KeyId}/encrypt`, toEncrypt))
    refused(await post(`keys/${KeyId}/encrypt`, toEncrypt), 404, 'KeyNotFoundException')
  })

  it('does: leaves alone what a later version adds', async () => {
    const later = { ...toEncrypt, colour: 'blue', requestMetadata: { ...requestMetadata, x: {} } }
    answered(await post(`keys/${keyId}/encrypt`, { ...later, externalKeyId: unknownKeyId }))
  })

  it('does: every use is in the audit log, with what AWS KMS told of its own request', async () => {
    answered(await post(`keys/${keyId}/encrypt`, toEncrypt))
    const record = auditRecords(service.directory).at(-1)
    assert.equal(record?.eventName, 'Encrypt')
    assert.deepEqual(record?.requestParameters, {
      externalKeyId: keyId,
      requestMetadata,
      encryptionAlgorithm: 'AES_GCM',
    })
    assert.match(String(record?.resources?.[0]?.ARN), new RegExp(`key/${keyId}$`))
  })

  it('refuses: whatever of a ciphertext is not what was encrypted', async () => {
    const good = await encrypted()
    const other = await createKey(service)
    const changes: readonly Record<string, unknown>[] = [
      ...['ciphertext', 'ciphertextMetadata', 'initializationVector', 'authenticationTag'].map(
        (name) => {
          const changed = bytes(good[name])
          changed[0] = (changed[0] ?? 0) ^ 1
          return { [name]: changed }
        },
      ),
      { additionalAuthenticatedData: Buffer.from('project=') },
      { additionalAuthenticatedData: undefined },
      { ciphertextMetadata: undefined },
      { ciphertextMetadata: Buffer.alloc(20) },
      { initializationVector: Buffer.alloc(12) },
    ]
    for (const change of changes)
      refused(
        await post(`keys/${keyId}/decrypt`, { ...good, ...change }),
        400,
        'InvalidCiphertextException',
      )
    refused(await post(`keys/${other.KeyId}/decrypt`, good), 400, 'InvalidCiphertextException')
  })

  it('refuses: keys that are not there, not symmetric, not enabled', async () => {
    refused(await post(`keys/${unknownKeyId}/encrypt`, toEncrypt), 404, 'KeyNotFoundException')
    refused(await post(`keys/no.such-key_/encrypt`, toEncrypt), 404, 'KeyNotFoundException')
    const rsa = await createKey(service, { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' })
    refused(await post(`keys/${rsa.KeyId}/encrypt`, toEncrypt), 400, 'InvalidKeyUsageException')
    const mac = await createKey(service, { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })
    refused(await post(`keys/${mac.KeyId}/encrypt`, toEncrypt), 400, 'InvalidKeyUsageException')
    const { KeyId } = await createKey(service)
    const made = await encrypted(KeyId)
    succeededEmpty(await service.call('DisableKey', { KeyId }))
    refused(await post(`keys/${KeyId}/encrypt`, toEncrypt), 400, 'InvalidStateException')
    refused(await post(`keys/${KeyId}/decrypt`, made), 400, 'InvalidStateException')
  })

  it('refuses: keys of custom key stores, of which it has but the inner half', async () => {
    const CustomKeyStoreId = await connectedStore(service)
    await untilState({ service }, CustomKeyStoreId, 'CONNECTED')
    const { KeyId } = await createKey(service, { Origin: 'AWS_CLOUDHSM', CustomKeyStoreId })
    const known = answered(await post(`keys/${KeyId}/metadata`, { requestMetadata }))
    assert.deepEqual(known['keyUsage'], [])
    refused(await post(`keys/${KeyId}/encrypt`, toEncrypt), 400, 'InvalidKeyUsageException')
  })

  it('refuses: whom the policies do not let in, by the key policy or its own', async () => {
    const credentials = await newUser(service, 'aws-kms')
    for (const path of ['encrypt', 'metadata'])
      refused(
        await post(`keys/${keyId}/${path}`, toEncrypt, { credentials }),
        403,
        'AccessDeniedException',
      )
    const allowed = await newUser(service, 'aws-kms-2', allow(['kms:Encrypt', 'kms:DescribeKey']))
    answered(await post(`keys/${keyId}/encrypt`, toEncrypt, { credentials: allowed }))
    refused(
      await post(`keys/${keyId}/decrypt`, await encrypted(), { credentials: allowed }),
      403,
      'AccessDeniedException',
    )
  })

  it('refuses: inputs that are not what the specification says', async () => {
    const { kmsOperation: _, ...incomplete } = requestMetadata
    for (const [path, body] of [
      ['health', {}],
      ['health', { requestMetadata: incomplete }],
      [`keys/${keyId}/metadata`, {}],
      [`keys/${keyId}/encrypt`, { ...toEncrypt, requestMetadata: undefined }],
      [`keys/${keyId}/encrypt`, { ...toEncrypt, plaintext: undefined }],
      [`keys/${keyId}/encrypt`, { ...toEncrypt, encryptionAlgorithm: 'AES_CBC' }],
      [`keys/${keyId}/encrypt`, { ...toEncrypt, ciphertextDataIntegrityValueAlgorithm: 'MD5' }],
      [`keys/${keyId}/encrypt`, { ...toEncrypt, plaintext: 'not base64!' }],
      [`keys/${keyId}/encrypt`, '[]'],
      [`keys/${keyId}/encrypt`, '{'],
      [`keys/${keyId}/decrypt`, { ...(await encrypted()), authenticationTag: 'AAAA' }],
    ] as const)
      refused(await post(path, body), 400, 'ValidationException')
  })

  it('refuses: other paths, methods and signatures', async () => {
    for (const path of [
      '/',
      '/kms/xks/v1/keys',
      '/kms/xks/v2/health',
      '/kms/xks/v1/health/',
      '/kms/xks/v1/health?x=1',
      '/nowhere-1/kms/xks/v1/health',
      `/kms/xks/v1/keys/${keyId}/wrap`,
      `/kms/xks/v1/keys/a%20b/encrypt`,
    ])
      refused(await post(path, toEncrypt), 404, 'InvalidUriPathException')
    const got = await post('health', '', { method: 'GET' })
    assert.equal(got.status, 405)
    for (const options of [
      { service: 'kms' },
      { credentials: { ...service.credentials, secretAccessKey: 'x'.repeat(44) } },
      { credentials: { ...service.credentials, accessKeyId: 'AKIAAAAAAAAAAAAAAAAA' } },
    ])
      refused(
        await post('health', { requestMetadata }, options),
        401,
        'AuthenticationFailedException',
      )
  })
})

describe('an external key store proxy that wants certificates', () => {
  it('lets in who has one of the right name, and hangs up on everyone else', async () => {
    const kms = selfSigned('cks.kms.eu-central-1.amazonaws.com')
    const other = selfSigned('cks.kms.eu-west-1.amazonaws.com')
    const stranger = selfSigned('cks.kms.eu-central-1.amazonaws.com')
    await using strict = await startXksProxy(() => ({
      ca: `${kms.cert}${other.cert}`,
      names: ['cks.kms.eu-central-1.amazonaws.com'],
    }))
    const ask = (connection: object) => strict.post('health', { requestMetadata }, { connection })
    answered(await ask(kms))
    for (const connection of [{}, other, stranger]) await assert.rejects(ask(connection))
    answered(await ask(kms))
  })
})
