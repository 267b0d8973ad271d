import assert from 'node:assert/strict'
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { describe, test } from 'node:test'
import { bytes, call, importInput, importMaterial, newKey, refuses, textOf } from './client.mjs'

const external = (input = {}) => newKey({ Origin: 'EXTERNAL', ...input })
const stateOf = async (KeyId) => (await call('DescribeKey', { KeyId })).KeyMetadata.KeyState

describe('AWS SDK for JavaScript v3: imported key material', () => {
  test('a key works while its material is there', async () => {
    const { KeyId, Arn, KeyState } = await external()
    assert.equal(KeyState, 'PendingImport')
    const input = { KeyId, Plaintext: bytes('data') }
    await refuses('Encrypt', input, 'KMSInvalidStateException', `${Arn} is pending import.`)
    const material = randomBytes(32)
    const { KeyMaterialId } = await importMaterial(KeyId, material)
    assert.match(KeyMaterialId, /^[0-9a-f]{64}$/)
    const { CiphertextBlob } = await call('Encrypt', input)
    const deleted = await call('DeleteImportedKeyMaterial', { KeyId })
    assert.deepEqual(deleted, { KeyId: Arn, KeyMaterialId })
    assert.equal(await stateOf(KeyId), 'PendingImport')
    const other = await importInput(KeyId, randomBytes(32))
    await refuses('ImportKeyMaterial', other, 'IncorrectKeyMaterialException', /./)
    assert.deepEqual(await importMaterial(KeyId, material), { KeyId: Arn, KeyMaterialId })
    assert.equal(textOf((await call('Decrypt', { CiphertextBlob })).Plaintext), 'data')
  })

  test('material may expire, and says when', async () => {
    const { KeyId } = await external()
    const ValidTo = new Date(Math.ceil(Date.now() / 1000) * 1000 + 86_400_000)
    await importMaterial(KeyId, randomBytes(32), { ValidTo })
    const { KeyMetadata } = await call('DescribeKey', { KeyId })
    assert.equal(KeyMetadata.ExpirationModel, 'KEY_MATERIAL_EXPIRES')
    assert.deepEqual(KeyMetadata.ValidTo, ValidTo)
  })

  test('new material waits for its rotation, and what was encrypted before decrypts', async () => {
    const { KeyId, Arn } = await external()
    const first = await importMaterial(KeyId, randomBytes(32))
    const { CiphertextBlob } = await call('Encrypt', { KeyId, Plaintext: bytes('old') })
    const second = await importMaterial(KeyId, randomBytes(32), {
      ImportType: 'NEW_KEY_MATERIAL',
      KeyMaterialDescription: 'the second',
      ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
    })
    const all = { KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' }
    const statesOf = async () =>
      (await call('ListKeyRotations', all)).Rotations.map((each) => each.KeyMaterialState)
    assert.deepEqual(await statesOf(), ['CURRENT', 'PENDING_ROTATION'])
    assert.deepEqual(await call('RotateKeyOnDemand', { KeyId }), { KeyId: Arn })
    assert.deepEqual(await statesOf(), ['NON_CURRENT', 'CURRENT'])
    const opened = await call('Decrypt', { CiphertextBlob })
    assert.equal(opened.KeyMaterialId, first.KeyMaterialId)
    const { KeyMetadata } = await call('DescribeKey', { KeyId })
    assert.equal(KeyMetadata.CurrentKeyMaterialId, second.KeyMaterialId)
  })

  test('an elliptic curve key that was made elsewhere is used here, wrapped in two steps', async () => {
    const spec = { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }
    const { KeyId, Arn } = await external(spec)
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const material = privateKey.export({ format: 'der', type: 'pkcs8' })
    await importMaterial(KeyId, material, undefined, 'RSA_AES_KEY_WRAP_SHA_256')
    const told = await call('GetPublicKey', { KeyId })
    const spki = publicKey.export({ format: 'der', type: 'spki' })
    assert.deepEqual(Buffer.from(told.PublicKey), spki)
    const Message = bytes('signed elsewhere')
    const input = { KeyId, Message, SigningAlgorithm: 'ECDSA_SHA_256' }
    const Signature = sign('sha256', Message, privateKey)
    const verified = await call('Verify', { ...input, Signature })
    assert.equal(verified.KeyId, Arn)
  })

  test('a key whose material is made here takes none', async () => {
    const { KeyId, Arn } = await newKey()
    const text = `${Arn} origin is AWS_KMS which is not valid for this operation.`
    const parameters = { WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' }
    const refusal = ['UnsupportedOperationException', text]
    await refuses('GetParametersForImport', { KeyId, ...parameters }, ...refusal)
    await refuses('DeleteImportedKeyMaterial', { KeyId }, ...refusal)
  })

  test('a token is good for its own key alone', async () => {
    const one = await external()
    const two = await external()
    const input = await importInput(one.KeyId, randomBytes(32))
    const moved = { ...input, KeyId: two.KeyId }
    await refuses('ImportKeyMaterial', moved, 'InvalidImportTokenException', /./)
  })
})
