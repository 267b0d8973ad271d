import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import {
  arnOf,
  base64,
  createKey,
  encrypt,
  type KeyMetadata,
  succeeded,
  succeededEmpty,
  unknownKeyId,
} from './expect.ts'
import { account, region, type Reply, startTestService } from './harness.ts'
import { externalKey, importInput, importMaterial } from './importing.ts'
import { comparable, type Names, patternOf, recordedReplies } from './recorded-replies.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const { call } = service

/** What is called, and what stands in the recorded text for the names in it. */
type Provocation = () => Promise<Reply | readonly [Reply, Names]>

const kinds = {
  symmetric: {},
  rsa: { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' },
  rsaSigning: { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' },
  mac: { KeySpec: 'HMAC_224', KeyUsage: 'GENERATE_VERIFY_MAC' },
  agreement: { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' },
}
const keys = new Map<object, Promise<KeyMetadata>>()
const key = (kind: keyof typeof kinds): Promise<KeyMetadata> => {
  const found = keys.get(kinds[kind]) ?? createKey(service, kinds[kind])
  keys.set(kinds[kind], found)
  return found
}

/** Calls with a key that is named by its ARN in the recorded text. */
const withKey =
  (
    operation: string,
    make: () => Promise<KeyMetadata>,
    input: object = {},
    name = '<key-arn>',
  ): Provocation =>
  async () => {
    const { KeyId, Arn } = await make()
    return [await call(operation, { KeyId, ...input }), { [name]: Arn }]
  }
const withInput =
  (operation: string, input: object): Provocation =>
  () =>
    call(operation, input)

const mac = { Message: 'AA==', MacAlgorithm: 'HMAC_SHA_224' }
const signing = { Message: 'AA==', SigningAlgorithm: 'RSASSA_PSS_SHA_256' }
const tag = (TagKey: string, TagValue = 'v') => ({ TagKey, TagValue })
const agreeing = { KeyAgreementAlgorithm: 'ECDH', PublicKey: 'AA==' }
const wrapping = { WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' }
const unknownMrk = `mrk-${unknownKeyId.replaceAll('-', '')}`

const describeIn =
  (where: string, names: (key: KeyMetadata) => Names, by: 'KeyId' | 'Arn' = 'KeyId'): Provocation =>
  async () => {
    const made = await key('symmetric')
    return [await call('DescribeKey', { KeyId: made[by] }, { region: where }), names(made)]
  }

const tooLargeForRsa = (EncryptionAlgorithm: string, bytes: number): Provocation =>
  withKey('Encrypt', () => key('rsa'), {
    Plaintext: base64(Buffer.alloc(bytes)),
    EncryptionAlgorithm,
  })

const rotated = async (times: number): Promise<KeyMetadata> => {
  const made = await createKey(service)
  for (let time = 0; time < times; time += 1)
    succeeded(await call('RotateKeyOnDemand', { KeyId: made.KeyId }))
  return made
}

const imported = async (): Promise<KeyMetadata> => {
  const made = await externalKey(service)
  succeeded(await importMaterial(service, made, Buffer.alloc(32, 1)))
  return made
}

const disabled = async (): Promise<KeyMetadata> => {
  const made = await createKey(service)
  succeededEmpty(await call('DisableKey', { KeyId: made.KeyId }))
  return made
}

const provocations: Readonly<Record<string, Provocation>> = {
  'GenerateRandom generate-random-exc 1': withInput('GenerateRandom', {}),
  'GenerateRandom generate-random-exc 2': withInput('GenerateRandom', { NumberOfBytes: 0 }),
  'GenerateRandom generate-random-exc 3': withInput('GenerateRandom', { NumberOfBytes: 1025 }),
  'Encrypt (RSA) generate-random-exc 1': tooLargeForRsa('RSAES_OAEP_SHA_1', 215),
  'Encrypt (RSA) generate-random-exc 2': tooLargeForRsa('RSAES_OAEP_SHA_256', 191),
  'DescribeKey describe-key-diff-region-with-id 1': describeIn('us-west-2', ({ KeyId }) => ({
    '<region>': 'us-west-2',
    '<key-id:1>': KeyId,
  })),
  'DescribeKey describe-key-diff-region-with-arn 1': describeIn(
    'us-west-2',
    () => ({ '<secondary-region>': region }),
    'Arn',
  ),
  'DescribeKey describe-nonexistent-key-with-id 1': async () => [
    await call('DescribeKey', { KeyId: unknownKeyId }),
    { '<key-arn>': arnOf(`key/${unknownKeyId}`) },
  ],
  'DescribeKey describe-key-with-valid-id-mrk 1': async () => [
    await call('DescribeKey', { KeyId: unknownMrk }),
    { '<mrk-key-arn>': arnOf(`key/${unknownMrk}`) },
  ],
  'DescribeKey describe-key-with-invalid-uuid 1': withInput('DescribeKey', {
    KeyId: 'fake-key-id',
  }),
  'DescribeKey describe-key-with-invalid-uuid-2 1': withInput('DescribeKey', {
    KeyId: '134f2428cec14b25a1ae9048164dba47',
  }),
  'DescribeKey describe-key-with-invalid-uuid-mrk 1': withInput('DescribeKey', {
    KeyId: 'mrk-fake-key-id',
  }),
  'DescribeKey (other region) describe-key-from-different-region 1': describeIn(
    'ap-southeast-1',
    ({ KeyId }) => ({ '<key-id:1>': KeyId }),
  ),
  'CreateAlias create_alias 1': async () =>
    call('CreateAlias', { AliasName: 'name', TargetKeyId: (await key('symmetric')).KeyId }),
  'Sign/Verify DIGEST bad-digest 1': withKey('Sign', () => key('rsaSigning'), {
    ...signing,
    MessageType: 'DIGEST',
  }),
  'Verify bad-signature 1': withKey('Verify', () => key('rsaSigning'), {
    ...signing,
    Signature: base64(Buffer.alloc(256)),
  }),
  'CreateKey create-hmac-key-without-key-usage 1': withInput('CreateKey', { KeySpec: 'HMAC_256' }),
  'CreateKey create-hmac-key-invalid-spec 1': withInput('CreateKey', { KeySpec: 'HMAC_random' }),
  'CreateKey create-hmac-key-invalid-key-usage 1': withInput('CreateKey', { KeyUsage: 'RANDOM' }),
  'GenerateMac generate-mac-invalid-key-id 1': withInput('GenerateMac', {
    ...mac,
    KeyId: 'key_id',
  }),
  'GenerateMac generate-mac 1': withKey('GenerateMac', () => key('mac'), {
    ...mac,
    MacAlgorithm: 'HMAC_SHA_256',
  }),
  'GenerateMac generate-mac 2': withKey('GenerateMac', () => key('mac'), {
    ...mac,
    MacAlgorithm: 'INVALID',
  }),
  'VerifyMac verify-mac 1': withKey('VerifyMac', () => key('mac'), {
    ...mac,
    Mac: base64(Buffer.alloc(28)),
  }),
  'Encrypt encrypt-before-import-error 1': async () => {
    const { KeyId } = await externalKey(service)
    return [await call('Encrypt', { KeyId, Plaintext: 'AA==' }), { '<key-id:1>': KeyId }]
  },
  'ImportKeyMaterial import-expiring-key-without-valid-to 1': async () => {
    const made = await externalKey(service)
    const members = { ExpirationModel: 'KEY_MATERIAL_EXPIRES' }
    const input = await importInput(service, made, Buffer.alloc(32), { members })
    return call('ImportKeyMaterial', input)
  },
  'GenerateMac generate-mac-invalid-key-id 2': withKey('GenerateMac', () => key('symmetric'), mac),
  'Sign sign-invalid-key-id 1': withKey('Sign', () => key('mac'), signing),
  'Verify verify-invalid-key-id 1': withKey('Verify', () => key('symmetric'), {
    ...signing,
    Signature: 'AA==',
  }),
  'Encrypt encrypt-invalid-key-id 1': withKey('Encrypt', () => key('rsaSigning'), {
    Plaintext: 'AA==',
  }),
  'Decrypt decrypt-invalid-key-id 1': async () => {
    const CiphertextBlob = await encrypt(service, { KeyId: (await key('symmetric')).KeyId })
    return call('Decrypt', { CiphertextBlob, KeyId: (await key('rsaSigning')).KeyId })
  },
  'Encrypt invalid-plaintext-size-encrypt 1': withKey('Encrypt', () => key('symmetric'), {
    Plaintext: base64(Buffer.alloc(4097)),
  }),
  'Decrypt decrypt_response_without_encryption_context 1': async () => {
    const { KeyId } = await key('symmetric')
    const CiphertextBlob = await encrypt(service, { KeyId, EncryptionContext: { a: 'b' } })
    return call('Decrypt', { CiphertextBlob })
  },
  'GetParametersForImport response-error 1': withKey(
    'GetParametersForImport',
    () => key('symmetric'),
    wrapping,
  ),
  'DeriveSharedSecret response-invalid-key-usage 1': withKey(
    'DeriveSharedSecret',
    () => key('rsaSigning'),
    agreeing,
  ),
  'CreateKey response-invalid-key-spec 1': withInput('CreateKey', {
    KeySpec: 'RSA_2048',
    KeyUsage: 'KEY_AGREEMENT',
  }),
  'DeriveSharedSecret response-invalid-key-agreement-algo 1': withKey(
    'DeriveSharedSecret',
    () => key('agreement'),
    { ...agreeing, KeyAgreementAlgorithm: 'INVALID' },
  ),
  'DeriveSharedSecret response-invalid-key 1': withKey(
    'DeriveSharedSecret',
    () => key('symmetric'),
    agreeing,
  ),
  'DeriveSharedSecret response-invalid-public-key 1': withKey(
    'DeriveSharedSecret',
    () => key('agreement'),
    agreeing,
  ),
  'TagResource duplicate-tag-keys 1': withKey('TagResource', () => key('symmetric'), {
    Tags: [tag('a'), tag('a')],
  }),
  'CreateKey invalid-tag-key 1': withInput('CreateKey', {
    Tags: Array.from({ length: 51 }, (_, at) => tag(`key${at}`)),
  }),
  'TagResource invalid-tag-key 1': withKey('TagResource', () => key('symmetric'), {
    Tags: [tag('aws:key1')],
  }),
  'CreateKey too-long-tag-value 1': async () => [
    await call('CreateKey', { Tags: [tag('key', 'v'.repeat(257))] }),
    { 'vvv…': 'v'.repeat(257) },
  ],
  'CreateKey invalid-tag-key 2': async () => [
    await call('CreateKey', { Tags: [tag('a'.repeat(129))] }),
    { 'aaa…': 'a'.repeat(129) },
  ],
  'RotateKeyOnDemand error-response 1': withKey('RotateKeyOnDemand', disabled),
  'RotateKeyOnDemand error-response 2': withKey('RotateKeyOnDemand', () => key('rsa')),
  'RotateKeyOnDemand error-response 4': withKey('RotateKeyOnDemand', () => rotated(25)),
  'GenerateDataKeyPair dryrun_exception 1': withKey('GenerateDataKeyPair', () => key('symmetric'), {
    KeyPairSpec: 'RSA_2048',
    DryRun: true,
  }),
  'ReplicateKey fail-replicate-non-primary-key 1': async () => {
    const { KeyId } = await createKey(service, { MultiRegion: true })
    const where = { region: 'us-west-2' }
    succeeded(await call('ReplicateKey', { KeyId, ReplicaRegion: where.region }))
    return [
      await call('ReplicateKey', { KeyId, ReplicaRegion: 'us-east-1' }, where),
      { '<mrk-key-arn>': arnOf(`key/${KeyId}`, where.region) },
    ]
  },
  'ImportKeyMaterial existing-pending-material-error 1': async () => {
    const made = await imported()
    const members = {
      ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
      ImportType: 'NEW_KEY_MATERIAL',
    }
    const another = (fill: number) =>
      importMaterial(service, made, Buffer.alloc(32, fill), { members })
    const { KeyMaterialId } = succeeded(await another(2))
    const names = { '<key-id:1>': made.KeyId, '<key-material-id:2>': String(KeyMaterialId) }
    return [await another(3), names]
  },
  'RotateKeyOnDemand rotate-key-on-demand-invalid-state-error 1': withKey(
    'RotateKeyOnDemand',
    imported,
  ),
}

/** What AWS answered once, and the recording that says what it answers now. */
const superseded: Readonly<Record<string, string>> = {
  'RotateKeyOnDemand error-response 3':
    'RotateKeyOnDemand rotate-key-on-demand-invalid-state-error 1',
}

/** The same for all recordings. */
const everywhere: Names = { '<partition>': 'aws', '<region>': region, '111111111111': account }

describe('the replies that were recorded on AWS', () => {
  const recorded = recordedReplies()

  it('are all reproduced, but for those that later ones supersede', () => {
    const names = recorded.map(({ name }) => name)
    const known = [...Object.keys(provocations), ...Object.keys(superseded)]
    assert.deepEqual(known.toSorted(), names.toSorted())
    for (const later of Object.values(superseded)) assert(names.includes(later), later)
  })

  for (const { name, code, message } of recorded)
    if (superseded[name] === undefined)
      it(`are answered to ${name}`, async () => {
        const provoke = provocations[name]
        assert(provoke !== undefined, 'no call provokes it')
        const answer = await provoke()
        const [reply, names = {}] = 'status' in answer ? [answer] : answer
        assert.equal(reply.status, 400)
        assert.equal(reply.type, code, reply.text)
        if (message === undefined) assert(!Object.hasOwn(reply.json, 'message'), reply.text)
        else
          assert.match(comparable(reply.message), patternOf(message, { ...everywhere, ...names }))
      })
})
