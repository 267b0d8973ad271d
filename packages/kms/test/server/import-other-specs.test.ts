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
import { base64, refused, succeeded } from './expect.ts'
import { startTestService } from './harness.ts'
import { bytesOf, describeKey, externalKey, importMaterial, neverExpires } from './importing.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const { call } = service

const incorrect = 'IncorrectKeyMaterialException'
const unsupported = 'UnsupportedOperationException'
const pkcs8 = (key: KeyObject): Buffer => key.export({ type: 'pkcs8', format: 'der' })

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
