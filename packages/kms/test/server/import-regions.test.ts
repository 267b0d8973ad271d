import assert from 'node:assert/strict'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { after, describe, it } from 'node:test'
import { encrypt, type KeyMetadata, refused, succeeded } from './expect.ts'
import { startTestService, type TestService } from './harness.ts'
import { newMaterial } from './imported-keys.ts'
import { describeKey, externalKey, importMaterial } from './importing.ts'

const primary = await startTestService()
after(() => primary[Symbol.asyncDispose]())

/** The same service, called in another Region. */
const there: TestService = {
  ...primary,
  call: (operation, body, options) =>
    primary.call(operation, body, { region: 'us-east-1', ...options }),
}

const states = async (service: TestService, { KeyId }: KeyMetadata): Promise<unknown[]> => {
  const input = { KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' }
  const { Rotations } = succeeded(await service.call('ListKeyRotations', input))
  return (Rotations as Record<string, unknown>[]).map((each) => [
    each['KeyMaterialId'],
    each['KeyMaterialState'],
    each['ImportState'],
  ])
}

/** A key with material in its first Region, and a replica that has none yet. */
const replicated = async () => {
  const key = await externalKey(primary, { MultiRegion: true })
  const material = randomBytes(32)
  const { KeyMaterialId } = succeeded(await importMaterial(primary, key, material))
  const { KeyId } = key
  succeeded(await primary.call('ReplicateKey', { KeyId, ReplicaRegion: 'us-east-1' }))
  return { key, KeyId, material, KeyMaterialId }
}

describe('imported material of a multi-Region key', () => {
  it('has to be imported in each Region, and is one material there', async () => {
    const { key, KeyId, material, KeyMaterialId } = await replicated()
    assert.equal((await describeKey(there, key)).KeyState, 'PendingImport')
    assert.equal((await describeKey(primary, key)).KeyState, 'Enabled')
    assert.equal(
      succeeded(await importMaterial(there, key, material))['KeyMaterialId'],
      KeyMaterialId,
    )
    const now = await describeKey(there, key)
    assert.deepEqual([now.KeyState, now['CurrentKeyMaterialId']], ['Enabled', KeyMaterialId])
    const CiphertextBlob = await encrypt(primary, { KeyId })
    const opened = succeeded(await there.call('Decrypt', { CiphertextBlob }))
    assert.equal(opened['KeyMaterialId'], KeyMaterialId)
  })

  it('comes to a replica only if its primary has it', async () => {
    const { key, material } = await replicated()
    const unknown = 'The key material was not imported into this KMS key before.'
    refused(
      await importMaterial(there, key, randomBytes(32)),
      'IncorrectKeyMaterialException',
      unknown,
    )
    succeeded(await importMaterial(there, key, material))
    const { Arn } = await describeKey(there, key)
    refused(
      await importMaterial(there, key, randomBytes(32), { members: newMaterial }),
      'UnsupportedOperationException',
      `${Arn} is not a multi-region primary key.`,
    )
  })

  it('rotates once the new material is in every Region, and then in all of them', async () => {
    const { key, KeyId, material, KeyMaterialId: first } = await replicated()
    succeeded(await importMaterial(there, key, material))
    const fresh = randomBytes(32)
    const reply = await importMaterial(primary, key, fresh, { members: newMaterial })
    const second = succeeded(reply)['KeyMaterialId']
    const waiting = (state: string, imported: string) => [
      [first, 'CURRENT', 'IMPORTED'],
      [second, state, imported],
    ]
    const partly = 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION'
    assert.deepEqual(await states(primary, key), waiting(partly, 'IMPORTED'))
    assert.deepEqual(await states(there, key), waiting(partly, 'PENDING_IMPORT'))
    refused(
      await primary.call('RotateKeyOnDemand', { KeyId }),
      'KMSInvalidStateException',
      `No available key material pending rotation for the key: ${key.Arn}.`,
    )
    succeeded(await importMaterial(there, key, fresh))
    assert.equal((await describeKey(there, key)).KeyState, 'Enabled')
    for (const service of [primary, there])
      assert.deepEqual(await states(service, key), waiting('PENDING_ROTATION', 'IMPORTED'))
    succeeded(await primary.call('RotateKeyOnDemand', { KeyId }))
    const CiphertextBlob = await encrypt(there, { KeyId })
    for (const service of [primary, there]) {
      assert.equal((await describeKey(service, key))['CurrentKeyMaterialId'], second)
      const opened = succeeded(await service.call('Decrypt', { CiphertextBlob }))
      assert.equal(opened['KeyMaterialId'], second)
    }
  })

  it('is deleted in one Region alone', async () => {
    const { key, KeyId, material } = await replicated()
    succeeded(await importMaterial(there, key, material))
    succeeded(await primary.call('DeleteImportedKeyMaterial', { KeyId }))
    assert.equal((await describeKey(primary, key)).KeyState, 'PendingImport')
    assert.equal((await describeKey(there, key)).KeyState, 'Enabled')
    succeeded(await importMaterial(primary, key, material))
    succeeded(await there.call('DeleteImportedKeyMaterial', { KeyId }))
    assert.equal((await describeKey(primary, key)).KeyState, 'Enabled')
    assert.equal((await describeKey(there, key)).KeyState, 'PendingImport')
  })

  it('that waits is forgotten everywhere when the primary loses it', async () => {
    const { key, KeyId, material, KeyMaterialId: first } = await replicated()
    succeeded(await importMaterial(there, key, material))
    const fresh = randomBytes(32)
    const reply = await importMaterial(primary, key, fresh, { members: newMaterial })
    const { KeyMaterialId } = succeeded(reply)
    succeeded(await importMaterial(there, key, fresh))
    succeeded(await there.call('DeleteImportedKeyMaterial', { KeyId, KeyMaterialId }))
    assert.equal((await states(there, key)).length, 2)
    succeeded(await importMaterial(there, key, fresh))
    succeeded(await primary.call('DeleteImportedKeyMaterial', { KeyId, KeyMaterialId }))
    for (const service of [primary, there])
      assert.deepEqual(await states(service, key), [[first, 'CURRENT', 'IMPORTED']])
  })

  it('of a replica with a history is all that the primary has, and the newest works', async () => {
    const key = await externalKey(primary, { MultiRegion: true })
    const { KeyId } = key
    const [old, current] = [randomBytes(32), randomBytes(32)]
    succeeded(await importMaterial(primary, key, old))
    const CiphertextBlob = await encrypt(primary, { KeyId })
    const reply = await importMaterial(primary, key, current, { members: newMaterial })
    const { KeyMaterialId } = succeeded(reply)
    succeeded(await primary.call('RotateKeyOnDemand', { KeyId }))
    succeeded(await primary.call('ReplicateKey', { KeyId, ReplicaRegion: 'us-east-1' }))
    succeeded(await importMaterial(there, key, old))
    assert.equal((await describeKey(there, key)).KeyState, 'PendingImport')
    succeeded(await importMaterial(there, key, current))
    const now = await describeKey(there, key)
    assert.deepEqual([now.KeyState, now['CurrentKeyMaterialId']], ['Enabled', KeyMaterialId])
    succeeded(await there.call('Decrypt', { CiphertextBlob }))
  })

  it('may be a private key', async () => {
    const spec = { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY', MultiRegion: true }
    const key = await externalKey(primary, spec)
    const { KeyId } = key
    const newKey = () =>
      generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
        type: 'pkcs8',
        format: 'der',
      })
    const material = newKey()
    succeeded(await importMaterial(primary, key, material))
    succeeded(await primary.call('ReplicateKey', { KeyId, ReplicaRegion: 'us-east-1' }))
    refused(
      await importMaterial(there, key, newKey()),
      'IncorrectKeyMaterialException',
      'The key material was not imported into this KMS key before.',
    )
    succeeded(await importMaterial(there, key, material))
    const publicKeyIn = async (service: TestService) =>
      succeeded(await service.call('GetPublicKey', { KeyId }))['PublicKey']
    assert.equal(await publicKeyIn(there), await publicKeyIn(primary))
  })
})
