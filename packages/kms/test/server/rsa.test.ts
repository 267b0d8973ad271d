import assert from 'node:assert/strict'
import { constants, createPublicKey, publicEncrypt, randomBytes } from 'node:crypto'
import { after, describe, it } from 'node:test'
import { callsAs, iamArn, notAllowed } from './access/scene.ts'
import {
  base64,
  createKey,
  encrypt,
  invalid,
  refused,
  succeeded,
  succeededEmpty,
} from './expect.ts'
import { auditRecords } from './files.ts'
import { type Answer, type Reply, startTestService } from './harness.ts'
import { allow, newUser } from './identity/query.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const { call } = service

const rsa = { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' }
const [key, other] = [await createKey(service, rsa), await createKey(service, rsa)]
const symmetric = await createKey(service)
const { KeyId, Arn } = key
const sha1 = 'RSAES_OAEP_SHA_1'
const sha256 = 'RSAES_OAEP_SHA_256'
const Plaintext = base64('attack at dawn')
const incorrectKey =
  'The key ID in the request does not identify a CMK that can perform this operation.'
const noContext =
  'EncryptionContext is not supported when encrypting/decrypting with asymmetric CMKs.'
const EncryptionContext = { purpose: 'test' }

const encryptRsa = (input: object = {}): Promise<string> =>
  encrypt(service, { KeyId, Plaintext, EncryptionAlgorithm: sha256, ...input })
const decryptRsa = (CiphertextBlob: unknown, input: object = {}): Promise<Reply> =>
  call('Decrypt', { CiphertextBlob, KeyId, EncryptionAlgorithm: sha256, ...input })

describe('Encrypt and Decrypt with an RSA key', () => {
  it('decode: the key of a ciphertext that does not say by which it was made', async () => {
    const CiphertextBlob = await encryptRsa()
    const unnamed = { CiphertextBlob, EncryptionAlgorithm: sha256 }
    invalid(await call('Decrypt', unnamed), ' null', 'keyId', 'not be null')
  })

  it('do: give back what was encrypted, under either algorithm', async () => {
    for (const EncryptionAlgorithm of [sha1, sha256]) {
      const input = { KeyId, Plaintext, EncryptionAlgorithm }
      const { CiphertextBlob, ...others } = succeeded(await call('Encrypt', input))
      assert.deepEqual(others, { KeyId: Arn, EncryptionAlgorithm })
      assert.equal(Buffer.from(String(CiphertextBlob), 'base64').length, 256)
      const opened = succeeded(await decryptRsa(CiphertextBlob, { EncryptionAlgorithm }))
      assert.deepEqual(opened, { KeyId: Arn, Plaintext, EncryptionAlgorithm })
    }
    assert.notEqual(await encryptRsa(), await encryptRsa())
  })

  it('do: decrypt what was encrypted offline with the public key', async () => {
    const { PublicKey } = succeeded(await call('GetPublicKey', { KeyId }))
    const der = Buffer.from(String(PublicKey), 'base64')
    const publicKey = createPublicKey({ key: der, format: 'der', type: 'spki' })
    for (const [EncryptionAlgorithm, oaepHash] of [
      [sha1, 'sha1'],
      [sha256, 'sha256'],
    ] as const) {
      const options = { key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }
      const ciphertext = publicEncrypt(options, Buffer.from(Plaintext, 'base64'))
      const opened = succeeded(await decryptRsa(ciphertext, { EncryptionAlgorithm }))
      assert.equal(opened['Plaintext'], Plaintext)
    }
  })

  it('refuse: more than the key and the algorithm can hold, in AWS words', async () => {
    for (const [spec, EncryptionAlgorithm, bytesMax] of [
      ['RSA_2048', sha1, 214],
      ['RSA_2048', sha256, 190],
      ['RSA_3072', sha1, 342],
      ['RSA_3072', sha256, 318],
    ] as const) {
      const keyOfSpec =
        spec === 'RSA_2048' ? key : await createKey(service, { ...rsa, KeySpec: spec })
      const input = { KeyId: keyOfSpec.KeyId, EncryptionAlgorithm }
      const fits = randomBytes(bytesMax)
      const blob = await encrypt(service, { ...input, Plaintext: fits })
      const opened = succeeded(await decryptRsa(blob, input))
      assert.equal(opened['Plaintext'], base64(fits))
      refused(
        await call('Encrypt', { ...input, Plaintext: randomBytes(bytesMax + 1) }),
        'ValidationException',
        `Algorithm ${EncryptionAlgorithm} and key spec ${spec} cannot encrypt data larger than ${bytesMax} bytes.`,
      )
    }
  })

  it('refuse: the algorithm of symmetric keys, which is also the one of a request without', async () => {
    const text = 'Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.'
    refused(await call('Encrypt', { KeyId, Plaintext }), 'InvalidKeyUsageException', text)
    // Here the ciphertext is looked at first, and it is none of a symmetric key.
    const CiphertextBlob = await encryptRsa()
    refused(await call('Decrypt', { KeyId, CiphertextBlob }), 'InvalidCiphertextException')
    refused(await call('Decrypt', { CiphertextBlob }), 'InvalidCiphertextException')
    const ofSymmetric = await encrypt(service, { KeyId: symmetric.KeyId })
    const wrong = await call('Decrypt', { KeyId, CiphertextBlob: ofSymmetric })
    refused(wrong, 'IncorrectKeyException', incorrectKey)
  })

  it('refuse: the algorithms of RSA with keys of other specs and usages', async () => {
    const ofSymmetric = { KeyId: symmetric.KeyId }
    const text = `Algorithm ${sha256} is incompatible with key spec SYMMETRIC_DEFAULT.`
    const input = { ...ofSymmetric, Plaintext, EncryptionAlgorithm: sha256 }
    refused(await call('Encrypt', input), 'InvalidKeyUsageException', text)
    const CiphertextBlob = await encrypt(service, ofSymmetric)
    refused(await decryptRsa(CiphertextBlob, ofSymmetric), 'InvalidKeyUsageException', text)
    refused(
      await call('Encrypt', { KeyId, Plaintext, EncryptionAlgorithm: 'SM2PKE' }),
      'InvalidKeyUsageException',
      'Algorithm SM2PKE is incompatible with key spec RSA_2048.',
    )
    const signing = await createKey(service, { ...rsa, KeyUsage: 'SIGN_VERIFY' })
    const usage = (operation: string) =>
      `${signing.Arn} key usage is SIGN_VERIFY which is not valid for ${operation}.`
    const ofSigning = { KeyId: signing.KeyId, Plaintext, EncryptionAlgorithm: sha256 }
    refused(await call('Encrypt', ofSigning), 'InvalidKeyUsageException', usage('Encrypt'))
    const decrypting = await decryptRsa(await encryptRsa(), { KeyId: signing.KeyId })
    refused(decrypting, 'InvalidKeyUsageException', usage('Decrypt'))
  })

  it('refuse: an encryption context, which RSA does not authenticate; an empty one is none', async () => {
    const input = { KeyId, Plaintext, EncryptionAlgorithm: sha256 }
    refused(
      await call('Encrypt', { ...input, EncryptionContext }),
      'ValidationException',
      noContext,
    )
    const CiphertextBlob = await encryptRsa({ EncryptionContext: {} })
    const withContext = await decryptRsa(CiphertextBlob, { EncryptionContext })
    refused(withContext, 'ValidationException', noContext)
    succeeded(await decryptRsa(CiphertextBlob, { EncryptionContext: {} }))
  })

  it('refuse: a ciphertext that is wrong in any way, in one and the same way', async () => {
    const blob = Buffer.from(await encryptRsa(), 'base64')
    const changed = Buffer.from(blob)
    changed[100]! ^= 1
    const wrong = [
      changed,
      blob.subarray(1),
      Buffer.concat([blob, Buffer.alloc(1)]),
      Buffer.alloc(1),
      Buffer.alloc(256),
      Buffer.alloc(256, 0xff),
      Buffer.alloc(6144),
      Buffer.from(await encrypt(service, { KeyId: symmetric.KeyId }), 'base64'),
    ]
    for (const ciphertext of wrong)
      refused(await decryptRsa(ciphertext), 'InvalidCiphertextException')
    refused(await decryptRsa(blob, { KeyId: other.KeyId }), 'InvalidCiphertextException')
    refused(await decryptRsa(blob, { EncryptionAlgorithm: sha1 }), 'InvalidCiphertextException')
  })

  it('refuse: keys in a state that does not allow it', async () => {
    const stopped = await createKey(service, rsa)
    const CiphertextBlob = await encryptRsa({ KeyId: stopped.KeyId })
    succeededEmpty(await call('DisableKey', { KeyId: stopped.KeyId }))
    const text = `${stopped.Arn} is disabled.`
    const input = { KeyId: stopped.KeyId }
    refused(await decryptRsa(CiphertextBlob, input), 'DisabledException', text)
    // The state is asked before the algorithm.
    refused(await call('Encrypt', { ...input, Plaintext }), 'DisabledException', text)
  })

  it('do: say of a dry run what would have been', async () => {
    const wouldSucceed = 'The request would have succeeded, but the DryRun option is set.'
    const dry = { DryRun: true }
    const CiphertextBlob = await encryptRsa()
    refused(await decryptRsa(CiphertextBlob, dry), 'DryRunOperationException', wouldSucceed)
    refused(await decryptRsa(Buffer.alloc(256, 1), dry), 'InvalidCiphertextException')
    const ignoring = { ...dry, DryRunModifiers: ['IGNORE_CIPHERTEXT'] }
    refused(await decryptRsa(undefined, ignoring), 'DryRunOperationException', wouldSucceed)
    const input = { KeyId, Plaintext, EncryptionAlgorithm: sha256, ...dry }
    refused(await call('Encrypt', input), 'DryRunOperationException', wouldSucceed)
  })

  it('do: for whom the policy allows this algorithm, and record it', async () => {
    const Condition = { StringEquals: { 'kms:EncryptionAlgorithm': sha256 } }
    const policy = allow(['kms:Encrypt', 'kms:Decrypt'], '*', { Condition })
    const caller = callsAs(service, await newUser(service, 'modern', policy))
    const input = { KeyId, Plaintext, EncryptionAlgorithm: sha256 }
    const { CiphertextBlob } = succeeded(await caller('Encrypt', input))
    const decrypting = { KeyId, CiphertextBlob, EncryptionAlgorithm: sha256 }
    succeeded(await caller('Decrypt', decrypting))
    const record = auditRecords(service.directory).at(-1)
    assert.deepEqual(record?.requestParameters, { keyId: KeyId, encryptionAlgorithm: sha256 })
    assert.equal(record?.resources?.[0]?.ARN, Arn)
    const text = notAllowed(iamArn('user/modern'), 'kms:Encrypt', `resource: ${Arn}`)
    const old = await caller('Encrypt', { ...input, EncryptionAlgorithm: sha1 })
    refused(old, 'AccessDeniedException', text)
    const denied = await caller('Decrypt', { ...decrypting, EncryptionAlgorithm: sha1 })
    refused(denied, 'AccessDeniedException', /kms:Decrypt/)
  })
})

describe('ReEncrypt with RSA keys', () => {
  const move = async (input: object): Promise<Answer> => succeeded(await call('ReEncrypt', input))
  const fromRsa = { SourceKeyId: KeyId, SourceEncryptionAlgorithm: sha256 }
  const toRsa = { DestinationKeyId: other.KeyId, DestinationEncryptionAlgorithm: sha1 }
  const toSymmetric = {
    DestinationKeyId: symmetric.KeyId,
    DestinationEncryptionContext: EncryptionContext,
  }

  it('decodes: the key of a ciphertext that does not say by which it was made', async () => {
    const CiphertextBlob = await encryptRsa()
    const input = { CiphertextBlob, SourceEncryptionAlgorithm: sha256, ...toSymmetric }
    invalid(await call('ReEncrypt', input), ' null', 'sourceKeyId', 'not be null')
  })

  it('does: from RSA to RSA', async () => {
    const moved = await move({ CiphertextBlob: await encryptRsa(), ...fromRsa, ...toRsa })
    const { CiphertextBlob, ...others } = moved
    assert.deepEqual(others, {
      SourceKeyId: Arn,
      KeyId: other.Arn,
      SourceEncryptionAlgorithm: sha256,
      DestinationEncryptionAlgorithm: sha1,
    })
    const opened = await decryptRsa(CiphertextBlob, {
      KeyId: other.KeyId,
      EncryptionAlgorithm: sha1,
    })
    assert.equal(succeeded(opened)['Plaintext'], Plaintext)
  })

  it('does: from RSA to symmetric', async () => {
    const moved = await move({ CiphertextBlob: await encryptRsa(), ...fromRsa, ...toSymmetric })
    const { CiphertextBlob, ...others } = moved
    assert.deepEqual(others, {
      SourceKeyId: Arn,
      KeyId: symmetric.Arn,
      SourceEncryptionAlgorithm: sha256,
      DestinationEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      DestinationKeyMaterialId: symmetric['CurrentKeyMaterialId'],
    })
    const opened = succeeded(await call('Decrypt', { CiphertextBlob, EncryptionContext }))
    assert.equal(opened['Plaintext'], Plaintext)
  })

  it('does: from symmetric to RSA, without naming the source', async () => {
    const blob = await encrypt(service, { KeyId: symmetric.KeyId, Plaintext, EncryptionContext })
    const SourceEncryptionContext = EncryptionContext
    const moved = await move({ CiphertextBlob: blob, SourceEncryptionContext, ...toRsa })
    const { CiphertextBlob, ...others } = moved
    assert.deepEqual(others, {
      SourceKeyId: symmetric.Arn,
      KeyId: other.Arn,
      SourceEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      DestinationEncryptionAlgorithm: sha1,
      SourceKeyMaterialId: symmetric['CurrentKeyMaterialId'],
    })
    const input = { KeyId: other.KeyId, EncryptionAlgorithm: sha1 }
    assert.equal(succeeded(await decryptRsa(CiphertextBlob, input))['Plaintext'], Plaintext)
  })

  it('refuses: a context for either RSA key, data too long for the destination, a wrong source', async () => {
    const CiphertextBlob = await encryptRsa()
    const both = { CiphertextBlob, ...fromRsa, ...toRsa }
    for (const context of ['SourceEncryptionContext', 'DestinationEncryptionContext']) {
      const reply = await call('ReEncrypt', { ...both, [context]: EncryptionContext })
      refused(reply, 'ValidationException', noContext)
    }
    const long = await encrypt(service, { KeyId: symmetric.KeyId, Plaintext: randomBytes(215) })
    refused(
      await call('ReEncrypt', { CiphertextBlob: long, ...toRsa }),
      'ValidationException',
      'Algorithm RSAES_OAEP_SHA_1 and key spec RSA_2048 cannot encrypt data larger than 214 bytes.',
    )
    const wrong = { ...both, SourceKeyId: other.KeyId, DestinationKeyId: KeyId }
    refused(await call('ReEncrypt', wrong), 'InvalidCiphertextException')
  })

  it('does: tell conditions whether the two keys are one', async () => {
    const Condition = { Bool: { 'kms:ReEncryptOnSameKey': 'true' } }
    const policy = allow(['kms:ReEncryptFrom', 'kms:ReEncryptTo'], '*', { Condition })
    const caller = callsAs(service, await newUser(service, 'mover', policy))
    const CiphertextBlob = await encryptRsa()
    const input = { CiphertextBlob, ...fromRsa, DestinationEncryptionAlgorithm: sha256 }
    succeeded(await caller('ReEncrypt', { ...input, DestinationKeyId: KeyId }))
    const denied = await caller('ReEncrypt', { ...input, DestinationKeyId: other.KeyId })
    refused(denied, 'AccessDeniedException', /kms:ReEncryptFrom/)
  })
})
