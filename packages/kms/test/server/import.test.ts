import assert from 'node:assert/strict'
import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto'
import { after, describe, it } from 'node:test'
import { canonicalContext } from '../../src/core/crypto/context.ts'
import { decryptCommitted, openCommitted, parseBlob } from '../../src/core/crypto/blob.ts'
import { externalMaterialId, loadMaterial } from '../../src/core/crypto/material.ts'
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
import { account, dayMs, startTestService } from './harness.ts'
import { describeKey, externalKey, importInput, importMaterial } from './importing.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const { call, clock } = service

const neverExpires = { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' }
const secondsFromNow = (ms: number): number => (clock.nowMs() + ms) / 1000
const idOf = (material: Uint8Array, { KeyId }: { readonly KeyId: string }): string =>
  Buffer.from(externalMaterialId(material, account, KeyId)).toString('hex')
const incorrect = 'IncorrectKeyMaterialException'
const unsupported = 'UnsupportedOperationException'
const pkcs8 = (key: KeyObject): Buffer => key.export({ type: 'pkcs8', format: 'der' })
const bytesOf = (value: unknown): Buffer => Buffer.from(String(value), 'base64')

/** Metadata about material alone. */
const materialMembers = (metadata: Readonly<Record<string, unknown>>) => {
  const { KeyState, Enabled, CurrentKeyMaterialId, ExpirationModel, ValidTo } = metadata
  return { KeyState, Enabled, CurrentKeyMaterialId, ExpirationModel, ValidTo }
}

describe('ImportKeyMaterial of symmetric material', () => {
  it('does: makes the key usable, with that material', async () => {
    for (const algorithm of ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'])
      for (const wrappingKeySpec of ['RSA_2048', 'RSA_3072']) {
        const key = await externalKey(service)
        const material = randomBytes(32)
        const reply = await importMaterial(service, key, material, { algorithm, wrappingKeySpec })
        const KeyMaterialId = idOf(material, key)
        assert.deepEqual(succeeded(reply), { KeyId: key.Arn, KeyMaterialId })
        assert.deepEqual(materialMembers(await describeKey(service, key)), {
          KeyState: 'Enabled',
          Enabled: true,
          CurrentKeyMaterialId: KeyMaterialId,
          ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
          ValidTo: undefined,
        })
        const CiphertextBlob = await encrypt(service, { KeyId: key.KeyId })
        const opened = succeeded(await call('Decrypt', { CiphertextBlob }))
        assert.equal(opened['KeyMaterialId'], KeyMaterialId)
        // Whoever has the material reads the ciphertext without the service.
        const loaded = loadMaterial(Buffer.from(KeyMaterialId, 'hex'), material)
        const committed = openCommitted(loaded, parseBlob(bytesOf(CiphertextBlob))!)!
        const text = decryptCommitted(committed, canonicalContext(undefined))
        assert.equal(Buffer.from(text!).toString(), 'text')
      }
  })

  it('does: expires when it is said to, and may be given another time by a new import', async () => {
    const key = await externalKey(service)
    const material = randomBytes(32)
    for (const days of [365, 1, 30]) {
      const ValidTo = secondsFromNow(days * dayMs)
      for (const members of [{ ValidTo }, { ValidTo, ExpirationModel: 'KEY_MATERIAL_EXPIRES' }]) {
        succeeded(await importMaterial(service, key, material, { members }))
        const now = await describeKey(service, key)
        assert.equal(now['ExpirationModel'], 'KEY_MATERIAL_EXPIRES')
        assert.equal(now['ValidTo'], ValidTo)
      }
    }
    succeeded(await importMaterial(service, key, material))
    const now = await describeKey(service, key)
    assert.equal(now['ExpirationModel'], 'KEY_MATERIAL_DOES_NOT_EXPIRE')
    assert.equal(Object.hasOwn(now, 'ValidTo'), false)
  })

  it('does: leaves a disabled key disabled when its material comes again', async () => {
    const key = await externalKey(service)
    const material = randomBytes(32)
    succeeded(await importMaterial(service, key, material))
    succeededEmpty(await call('DisableKey', { KeyId: key.KeyId }))
    succeeded(await importMaterial(service, key, material))
    assert.equal((await describeKey(service, key)).KeyState, 'Disabled')
  })

  it('does: the same material in two keys is two materials', async () => {
    const material = randomBytes(32)
    const [one, other] = [await externalKey(service), await externalKey(service)]
    const ids = new Set<unknown>()
    for (const key of [one, other])
      ids.add(succeeded(await importMaterial(service, key, material))['KeyMaterialId'])
    assert.equal(ids.size, 2)
    const CiphertextBlob = await encrypt(service, { KeyId: one.KeyId })
    refused(
      await call('Decrypt', { CiphertextBlob, KeyId: other.KeyId }),
      'IncorrectKeyException',
      'The key ID in the request does not identify a CMK that can perform this operation.',
    )
  })

  it('does: is recorded with what was imported, and nothing of it', async () => {
    const key = await externalKey(service)
    const material = randomBytes(32)
    const members = { ...neverExpires, KeyMaterialDescription: 'from the safe' }
    const reply = await importMaterial(service, key, material, { members })
    const KeyMaterialId = succeeded(reply)['KeyMaterialId']
    const record = auditRecords(service.directory).findLast(
      ({ eventName }) => eventName === 'ImportKeyMaterial',
    )
    assert.deepEqual(record?.requestParameters, {
      keyId: key.KeyId,
      expirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
      keyMaterialDescription: 'from the safe',
    })
    assert.deepEqual(record?.responseElements, { keyId: key.Arn, keyMaterialId: KeyMaterialId })
    assert.equal(record?.readOnly, false)
  })

  it('refuses: material of any length but 32 bytes', async () => {
    const key = await externalKey(service)
    const text = 'The key material is not valid for KeySpec SYMMETRIC_DEFAULT.'
    for (const length of [1, 16, 31, 33, 64])
      refused(await importMaterial(service, key, randomBytes(length)), incorrect, text)
    assert.equal((await describeKey(service, key)).KeyState, 'PendingImport')
  })

  it('refuses: other material than was imported before', async () => {
    const key = await externalKey(service)
    succeeded(await importMaterial(service, key, randomBytes(32)))
    const text = 'The key material was not imported into this KMS key before.'
    refused(await importMaterial(service, key, randomBytes(32)), incorrect, text)
    succeeded(await call('DeleteImportedKeyMaterial', { KeyId: key.KeyId }))
    refused(await importMaterial(service, key, randomBytes(32)), incorrect, text)
    const members = { ...neverExpires, ImportType: 'EXISTING_KEY_MATERIAL' }
    const fresh = await externalKey(service)
    refused(await importMaterial(service, fresh, randomBytes(32), { members }), incorrect, text)
  })

  it('refuses: material whose id is not the one that is named', async () => {
    const key = await externalKey(service)
    const material = randomBytes(32)
    const named = (KeyMaterialId: string) => ({ members: { ...neverExpires, KeyMaterialId } })
    const other = 'ab'.repeat(32)
    const text = `The key material does not have the id ${other}.`
    refused(await importMaterial(service, key, material, named(other)), incorrect, text)
    succeeded(await importMaterial(service, key, material, named(idOf(material, key))))
    refused(await importMaterial(service, key, material, named(other)), incorrect, text)
  })
})

describe('ImportKeyMaterial of other material', () => {
  it('does: an HMAC key makes the MACs of what was imported', async () => {
    for (const [bits, hash] of [
      [224, 'sha224'],
      [256, 'sha256'],
      [384, 'sha384'],
      [512, 'sha512'],
    ] as const)
      for (const length of [bits / 8, 128]) {
        const spec = { KeySpec: `HMAC_${bits}`, KeyUsage: 'GENERATE_VERIFY_MAC' }
        const key = await externalKey(service, spec)
        const material = randomBytes(length)
        assert.deepEqual(succeeded(await importMaterial(service, key, material)), {
          KeyId: key.Arn,
        })
        const input = { KeyId: key.KeyId, Message: base64('m'), MacAlgorithm: `HMAC_SHA_${bits}` }
        const { Mac } = succeeded(await call('GenerateMac', input))
        assert.equal(Mac, createHmac(hash, material).update('m').digest('base64'))
        assert.equal(Object.hasOwn(await describeKey(service, key), 'CurrentKeyMaterialId'), false)
      }
  })

  it('refuses: an HMAC key that is shorter than its tag or longer than 1,024 bits', async () => {
    const spec = { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }
    const key = await externalKey(service, spec)
    const text = 'The key material is not valid for KeySpec HMAC_256.'
    for (const length of [31, 129])
      refused(await importMaterial(service, key, randomBytes(length)), incorrect, text)
  })

  it('does: a private key is used, its public half is worked out', async () => {
    const { privateKey: rsaKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const [hybrid, direct] = ['RSA_AES_KEY_WRAP_SHA_256', 'RSAES_OAEP_SHA_256']
    const curve = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve }).privateKey
    const keys: readonly (readonly [string, KeyObject, readonly string[]])[] = [
      ['RSA_2048', rsaKey, ['RSA_AES_KEY_WRAP_SHA_1', hybrid]],
      ['ECC_NIST_P256', curve('P-256'), [direct, hybrid]],
      ['ECC_NIST_P384', curve('P-384'), [direct, hybrid]],
      ['ECC_NIST_P521', curve('P-521'), [hybrid]],
      ['ECC_SECG_P256K1', curve('secp256k1'), [direct, 'RSAES_OAEP_SHA_1']],
      ['ECC_NIST_EDWARDS25519', generateKeyPairSync('ed25519').privateKey, [direct]],
    ]
    for (const [KeySpec, privateKey, algorithms] of keys)
      for (const algorithm of algorithms) {
        const key = await externalKey(service, { KeySpec, KeyUsage: 'SIGN_VERIFY' })
        const reply = await importMaterial(service, key, pkcs8(privateKey), { algorithm })
        assert.deepEqual(succeeded(reply), { KeyId: key.Arn }, `${KeySpec} ${algorithm}`)
        const { PublicKey } = succeeded(await call('GetPublicKey', { KeyId: key.KeyId }))
        const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' })
        assert.deepEqual(bytesOf(PublicKey), spki, KeySpec)
      }
  })

  it('does: what the owner signs with his copy verifies', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const key = await externalKey(service, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })
    succeeded(await importMaterial(service, key, pkcs8(privateKey)))
    const message = {
      KeyId: key.KeyId,
      Message: base64('m'),
      SigningAlgorithm: 'ECDSA_SHA_256',
    }
    const Signature = sign('sha256', Buffer.from('m'), privateKey)
    succeeded(await call('Verify', { ...message, Signature }))
    const { Signature: own } = succeeded(await call('Sign', message))
    succeeded(await call('Verify', { ...message, Signature: own }))
  })

  it('does: the same private key in another spelling is recognised', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const key = await externalKey(service, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })
    succeeded(await importMaterial(service, key, pkcs8(privateKey)))
    succeeded(await call('DeleteImportedKeyMaterial', { KeyId: key.KeyId }))
    const jwk = privateKey.export({ format: 'jwk' }) as { d: string }
    // Without the public point, which is optional.
    const head = Buffer.from('3041020100301306072a8648ce3d020106082a8648ce3d030107', 'hex')
    const inner = Buffer.from('042730250201010420', 'hex')
    const short = Buffer.concat([head, inner, Buffer.from(jwk.d, 'base64url')])
    assert.equal(createPrivateKey({ key: short, format: 'der', type: 'pkcs8' }).type, 'private')
    succeeded(await importMaterial(service, key, short))
    assert.equal((await describeKey(service, key)).KeyState, 'Enabled')
  })

  it('refuses: another key, another spec, and anything that is no private key', async () => {
    const KeySpec = 'ECC_NIST_P256'
    const key = await externalKey(service, { KeySpec, KeyUsage: 'SIGN_VERIFY' })
    const algorithm = 'RSA_AES_KEY_WRAP_SHA_256'
    const text = `The key material is not valid for KeySpec ${KeySpec}.`
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    for (const material of [
      randomBytes(32),
      pkcs8(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey),
      pkcs8(generateKeyPairSync('ed25519').privateKey),
      createPublicKey(privateKey).export({ type: 'spki', format: 'der' }),
      privateKey.export({ type: 'sec1', format: 'der' }),
      Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    ])
      refused(await importMaterial(service, key, material, { algorithm }), incorrect, text)
    succeeded(await importMaterial(service, key, pkcs8(privateKey), { algorithm }))
    const stranger = pkcs8(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)
    refused(
      await importMaterial(service, key, stranger, { algorithm }),
      incorrect,
      'The key material was not imported into this KMS key before.',
    )
  })

  it('refuses: members that are for symmetric keys alone', async () => {
    const spec = { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }
    const key = await externalKey(service, spec)
    for (const [name, value] of [
      ['ImportType', 'NEW_KEY_MATERIAL'],
      ['ImportType', 'EXISTING_KEY_MATERIAL'],
      ['KeyMaterialDescription', 'described'],
      ['KeyMaterialId', 'ab'.repeat(32)],
    ] as const) {
      const members = { ...neverExpires, [name]: value }
      const reply = await importMaterial(service, key, randomBytes(32), { members })
      refused(reply, unsupported, `${name} is not supported for KeySpec HMAC_256.`)
    }
    refused(
      await call('DeleteImportedKeyMaterial', { KeyId: key.KeyId, KeyMaterialId: 'ab'.repeat(32) }),
      unsupported,
      'KeyMaterialId is not supported for KeySpec HMAC_256.',
    )
  })
})

describe('ImportKeyMaterial', () => {
  it('refuses: a time where there is none to be, and none where there is', async () => {
    const key = await externalKey(service)
    const input = await importInput(service, key, randomBytes(32), { members: {} })
    const required = 'A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES'
    refused(await call('ImportKeyMaterial', input), 'ValidationException', required)
    const ExpirationModel = 'KEY_MATERIAL_EXPIRES'
    refused(
      await call('ImportKeyMaterial', { ...input, ExpirationModel }),
      'ValidationException',
      required,
    )
    const ValidTo = secondsFromNow(dayMs)
    refused(
      await call('ImportKeyMaterial', { ...input, ...neverExpires, ValidTo }),
      'ValidationException',
      'A validTo date must not be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE',
    )
  })

  it('refuses: a time that is over, or more than 365 days away', async () => {
    const key = await externalKey(service)
    const input = await importInput(service, key, randomBytes(32), { members: {} })
    const until = (ms: number) =>
      call('ImportKeyMaterial', { ...input, ValidTo: secondsFromNow(ms) })
    for (const past of [-dayMs, -1, 0])
      refused(await until(past), 'ValidationException', 'ValidTo must be in the future.')
    const text = 'ValidTo must be within 365 days.'
    refused(await until(365 * dayMs + 1), 'ValidationException', text)
    succeeded(await until(365 * dayMs))
  })

  it('refuses: an id together with new material', async () => {
    const key = await externalKey(service)
    const members = {
      ...neverExpires,
      ImportType: 'NEW_KEY_MATERIAL',
      KeyMaterialId: 'ab'.repeat(32),
    }
    refused(
      await importMaterial(service, key, randomBytes(32), { members }),
      'ValidationException',
      'A KeyMaterialId cannot be specified if the ImportType is NEW_KEY_MATERIAL',
    )
  })

  it('refuses: a token of another key, and what is no token', async () => {
    const [key, other] = [await externalKey(service), await externalKey(service)]
    const input = await importInput(service, key, randomBytes(32))
    const text = 'The import token is not valid.'
    const refuse = async (changed: object): Promise<void> =>
      refused(
        await call('ImportKeyMaterial', { ...input, ...changed }),
        'InvalidImportTokenException',
        text,
      )
    await refuse({ KeyId: other.KeyId })
    await refuse({ ImportToken: randomBytes(100) })
    const token = bytesOf(input['ImportToken'])
    token[token.length - 1]! ^= 1
    await refuse({ ImportToken: token })
    assert.equal((await describeKey(service, other)).KeyState, 'PendingImport')
    succeeded(await call('ImportKeyMaterial', input))
  })

  it('refuses: a token after 24 hours', async () => {
    await using own = await startTestService()
    const key = await externalKey(own)
    const input = await importInput(own, key, randomBytes(32))
    own.clock.advance(dayMs)
    const text = 'The import token is expired.'
    const reply = await own.call('ImportKeyMaterial', input)
    refused(reply, 'ExpiredImportTokenException', text)
    succeeded(await importMaterial(own, key, randomBytes(32)))
  })

  it('does: takes a token that was made before the service was started again', async () => {
    await using own = await startTestService()
    const key = await externalKey(own)
    const input = await importInput(own, key, randomBytes(32))
    await using again = await own.restart()
    succeeded(await again.call('ImportKeyMaterial', input))
  })

  it('refuses: what does not unwrap, in one way', async () => {
    const key = await externalKey(service)
    const input = await importInput(service, key, randomBytes(32))
    const other = await importInput(service, key, randomBytes(32))
    const { EncryptedKeyMaterial } = other
    for (const wrong of [EncryptedKeyMaterial, randomBytes(256), Buffer.alloc(256)])
      refused(
        await call('ImportKeyMaterial', { ...input, EncryptedKeyMaterial: wrong }),
        'InvalidCiphertextException',
      )
    for (const length of [1, 255, 257, 6144])
      refused(
        await call('ImportKeyMaterial', { ...input, EncryptedKeyMaterial: randomBytes(length) }),
        'ValidationException',
        'Invalid encrypted key size.',
      )
    const tooLong = { ...input, EncryptedKeyMaterial: randomBytes(6145) }
    const constraint = 'have length less than or equal to 6144'
    invalid(await call('ImportKeyMaterial', tooLong), '', 'encryptedKeyMaterial', constraint)
  })

  it('refuses: a key whose material is made here', async () => {
    const key = await externalKey(service)
    const own = await createKey(service)
    const input = await importInput(service, key, randomBytes(32))
    const text = `${own.Arn} origin is AWS_KMS which is not valid for this operation.`
    refused(await call('ImportKeyMaterial', { ...input, KeyId: own.KeyId }), unsupported, text)
    refused(await call('DeleteImportedKeyMaterial', { KeyId: own.KeyId }), unsupported, text)
  })
})
