import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, describe, it } from 'node:test'
import { arnOf, createKey, encrypt, type KeyMetadata, refused, succeeded } from './expect.ts'
import { auditRecords } from './files.ts'
import { dayMs, startTestService, type TestService } from './harness.ts'
import { describeKey, importMaterial } from './importing.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())

const there = 'us-east-1'
/** The same service, asked in another Region. */
const elsewhere: TestService = {
  ...service,
  call: (operation, body) => service.call(operation, body, { region: there }),
}

type Entry = Readonly<Record<string, unknown>>

const materials = async (KeyId: string, by = service): Promise<readonly Entry[]> => {
  const input = { KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' }
  return succeeded(await by.call('ListKeyRotations', input))['Rotations'] as Entry[]
}

/** What there is of each generation, shortened. */
const states = async (KeyId: string, by = service): Promise<readonly string[]> =>
  (await materials(KeyId, by)).map(
    ({ KeyMaterialState, ImportState }) => `${String(KeyMaterialState)} ${String(ImportState)}`,
  )

const importOne = async (
  key: Pick<KeyMetadata, 'KeyId'>,
  material: Uint8Array,
  ImportType: string,
  by = service,
  more: object = {},
): Promise<string> => {
  const members = { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE', ImportType, ...more }
  return String(succeeded(await importMaterial(by, key, material, { members }))['KeyMaterialId'])
}

const add = 'NEW_KEY_MATERIAL'
const again = 'EXISTING_KEY_MATERIAL'
const nothing = (Arn: string): string =>
  `No available key material pending rotation for the key: ${Arn}.`

describe('a key with imported material', () => {
  it('rotates to what was imported for it, and not before', async () => {
    const { KeyId, Arn } = await createKey(service, { Origin: 'EXTERNAL' })
    const [first, second] = [randomBytes(32), randomBytes(32)]
    const firstId = await importOne({ KeyId }, first, add)
    const asked = () => service.call('RotateKeyOnDemand', { KeyId })
    refused(await asked(), 'KMSInvalidStateException', nothing(Arn))
    const old = await encrypt(service, { KeyId })
    const secondId = await importOne({ KeyId }, second, add, service, {
      KeyMaterialDescription: 'second',
    })
    assert.equal((await describeKey(service, { KeyId }))['CurrentKeyMaterialId'], firstId)
    assert.deepEqual(await states(KeyId), ['CURRENT IMPORTED', 'PENDING_ROTATION IMPORTED'])
    service.clock.advance(1000)
    const rotatedAt = service.clock.nowMs() / 1000
    assert.deepEqual(succeeded(await asked()), { KeyId: Arn })
    assert.equal((await describeKey(service, { KeyId }))['CurrentKeyMaterialId'], secondId)
    assert.deepEqual(await materials(KeyId), [
      {
        KeyId,
        KeyMaterialId: firstId,
        ImportState: 'IMPORTED',
        KeyMaterialState: 'NON_CURRENT',
        ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
      },
      {
        KeyId,
        KeyMaterialId: secondId,
        KeyMaterialDescription: 'second',
        ImportState: 'IMPORTED',
        KeyMaterialState: 'CURRENT',
        ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
        RotationDate: rotatedAt,
        RotationType: 'ON_DEMAND',
      },
    ])
    for (const [CiphertextBlob, id] of [
      [old, firstId],
      [await encrypt(service, { KeyId }), secondId],
    ]) {
      const opened = succeeded(await service.call('Decrypt', { CiphertextBlob }))
      assert.equal(opened['KeyMaterialId'], id)
    }
    const event = auditRecords(service.directory).findLast(
      ({ eventName }) => eventName === 'RotateKey',
    )
    assert.deepEqual(event?.serviceEventDetails, {
      rotationType: 'ON_DEMAND',
      keyOrigin: 'EXTERNAL',
      previousKeyMaterialId: firstId,
      currentKeyMaterialId: secondId,
      keyId: KeyId,
    })
  })

  it('waits for all of its material when one generation is deleted, and tells which', async () => {
    const { KeyId, Arn } = await createKey(service, { Origin: 'EXTERNAL' })
    const first = randomBytes(32)
    const KeyMaterialId = await importOne({ KeyId }, first, add)
    await importOne({ KeyId }, randomBytes(32), add)
    succeeded(await service.call('RotateKeyOnDemand', { KeyId }))
    succeeded(await service.call('DeleteImportedKeyMaterial', { KeyId, KeyMaterialId }))
    assert.deepEqual(await states(KeyId), ['NON_CURRENT PENDING_IMPORT', 'CURRENT IMPORTED'])
    const pending = `${Arn} is pending import.`
    const refusedToEncrypt = await service.call('Encrypt', { KeyId, Plaintext: 'AA==' })
    refused(refusedToEncrypt, 'KMSInvalidStateException', pending)
    const rotating = await service.call('RotateKeyOnDemand', { KeyId })
    refused(rotating, 'KMSInvalidStateException', pending)
    await importOne({ KeyId }, first, again)
    await encrypt(service, { KeyId })
  })

  it('does not rotate to material that has expired meanwhile', async () => {
    const { KeyId, Arn } = await createKey(service, { Origin: 'EXTERNAL' })
    await importOne({ KeyId }, randomBytes(32), add)
    const members = {
      ImportType: add,
      ExpirationModel: 'KEY_MATERIAL_EXPIRES',
      ValidTo: (service.clock.nowMs() + dayMs) / 1000,
    }
    succeeded(await importMaterial(service, { KeyId }, randomBytes(32), { members }))
    service.clock.advance(dayMs)
    const reply = await service.call('RotateKeyOnDemand', { KeyId })
    refused(reply, 'KMSInvalidStateException', nothing(Arn))
  })
})

describe('a multi-Region key with imported material', () => {
  /** A key with a replica, and the same material in both. */
  const newPair = async (): Promise<KeyMetadata> => {
    const key = await createKey(service, { Origin: 'EXTERNAL', MultiRegion: true })
    const material = randomBytes(32)
    await importOne(key, material, add)
    succeeded(await service.call('ReplicateKey', { KeyId: key.KeyId, ReplicaRegion: there }))
    await importOne(key, material, again, elsewhere)
    return key
  }

  it('has it in each Region where it was imported, and there alone', async () => {
    const material = randomBytes(32)
    const key = await createKey(service, { Origin: 'EXTERNAL', MultiRegion: true })
    const { KeyId } = key
    const id = await importOne(key, material, add)
    const input = { KeyId, ReplicaRegion: there }
    const { ReplicaKeyMetadata } = succeeded(await service.call('ReplicateKey', input))
    assert.equal((ReplicaKeyMetadata as KeyMetadata).KeyState, 'Creating')
    const waiting = await describeKey(elsewhere, key)
    assert.equal(waiting.KeyState, 'PendingImport')
    const blob = await encrypt(service, { KeyId })
    const opening = () => elsewhere.call('Decrypt', { CiphertextBlob: blob, KeyId })
    const arn = arnOf(`key/${KeyId}`, there)
    refused(await opening(), 'KMSInvalidStateException', `${arn} is pending import.`)
    const other = await importMaterial(elsewhere, key, randomBytes(32))
    assert.equal(other.type, 'IncorrectKeyMaterialException')
    assert.equal(await importOne(key, material, again, elsewhere), id)
    succeeded(await opening())
    assert.equal((await describeKey(elsewhere, key))['CurrentKeyMaterialId'], id)
  })

  it('takes new material where its primary is, and rotates when it is everywhere', async () => {
    const key = await newPair()
    const { KeyId, Arn } = key
    const material = randomBytes(32)
    const direct = await importMaterial(elsewhere, key, material, {
      members: { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE', ImportType: add },
    })
    const notPrimary = `${arnOf(`key/${KeyId}`, there)} is not a multi-region primary key.`
    refused(direct, 'UnsupportedOperationException', notPrimary)
    const old = await encrypt(service, { KeyId })
    const id = await importOne(key, material, add)
    const waiting = 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION'
    assert.deepEqual(await states(KeyId), ['CURRENT IMPORTED', `${waiting} IMPORTED`])
    assert.deepEqual(await states(KeyId, elsewhere), [
      'CURRENT IMPORTED',
      `${waiting} PENDING_IMPORT`,
    ])
    const asked = () => service.call('RotateKeyOnDemand', { KeyId })
    refused(await asked(), 'KMSInvalidStateException', nothing(Arn))
    await importOne(key, material, again, elsewhere)
    for (const by of [service, elsewhere])
      assert.deepEqual(await states(KeyId, by), ['CURRENT IMPORTED', 'PENDING_ROTATION IMPORTED'])
    succeeded(await asked())
    for (const by of [service, elsewhere]) {
      assert.deepEqual(await states(KeyId, by), ['NON_CURRENT IMPORTED', 'CURRENT IMPORTED'])
      assert.equal((await describeKey(by, key))['CurrentKeyMaterialId'], id)
      succeeded(await by.call('Decrypt', { CiphertextBlob: old }))
      const CiphertextBlob = await encrypt(by, { KeyId })
      succeeded(await service.call('Decrypt', { CiphertextBlob }))
    }
  })

  it('forgets what waits for its rotation in all Regions, when its primary does', async () => {
    const key = await newPair()
    const { KeyId } = key
    const waiting = randomBytes(32)
    const KeyMaterialId = await importOne(key, waiting, add)
    await importOne(key, waiting, again, elsewhere)
    succeeded(await service.call('DeleteImportedKeyMaterial', { KeyId, KeyMaterialId }))
    for (const by of [service, elsewhere])
      assert.deepEqual(await states(KeyId, by), ['CURRENT IMPORTED'])
  })
})
