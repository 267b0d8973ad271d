import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, describe, it } from 'node:test'
import { encrypt, type KeyMetadata, refused, succeeded, succeededEmpty } from './expect.ts'
import { auditRecords, filesWith } from './files.ts'
import { dayMs, startTestService } from './harness.ts'
import {
  importedKey,
  newMaterial,
  requireLacking,
  requireWorking,
  wrappedOf,
} from './imported-keys.ts'
import { describeKey, externalKey, importMaterial } from './importing.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())

describe('DeleteImportedKeyMaterial', () => {
  const { call } = service

  it('does: erases the material from every file, and the same import brings it back', async () => {
    const imported = await importedKey(service)
    const { key, material, KeyMaterialId } = imported
    const [wrapped = ''] = wrappedOf(service, key)
    assert.notDeepEqual(filesWith(service, wrapped), [])
    const answer = succeeded(await call('DeleteImportedKeyMaterial', { KeyId: key.KeyId }))
    assert.deepEqual(answer, { KeyId: key.Arn, KeyMaterialId })
    assert.deepEqual(filesWith(service, wrapped), [])
    await requireLacking(service, imported)
    succeeded(await importMaterial(service, key, material))
    await requireWorking(service, imported)
  })

  it('does: nothing where there is nothing, and says the same', async () => {
    const fresh = await externalKey(service)
    const answer = succeeded(await call('DeleteImportedKeyMaterial', { KeyId: fresh.KeyId }))
    assert.deepEqual(answer, { KeyId: fresh.Arn })
    const { key, KeyMaterialId } = await importedKey(service)
    for (let n = 0; n < 2; n += 1)
      assert.deepEqual(
        succeeded(await call('DeleteImportedKeyMaterial', { KeyId: key.KeyId, KeyMaterialId })),
        { KeyId: key.Arn, KeyMaterialId },
      )
  })

  it('does: of a disabled key too, which its material enables again', async () => {
    const imported = await importedKey(service)
    const { key, material } = imported
    succeededEmpty(await call('DisableKey', { KeyId: key.KeyId }))
    succeeded(await call('DeleteImportedKeyMaterial', { KeyId: key.KeyId }))
    await requireLacking(service, imported)
    succeeded(await importMaterial(service, key, material))
    await requireWorking(service, imported)
  })

  it('does: leaves a key that awaits its deletion waiting, and then without its material', async () => {
    const imported = await importedKey(service)
    const { key, material } = imported
    const { KeyId } = key
    succeeded(await call('ScheduleKeyDeletion', { KeyId }))
    succeeded(await call('DeleteImportedKeyMaterial', { KeyId }))
    assert.equal((await describeKey(service, key)).KeyState, 'PendingDeletion')
    succeeded(await call('CancelKeyDeletion', { KeyId }))
    await requireLacking(service, imported)
    succeeded(await importMaterial(service, key, material))
    await requireWorking(service, imported)
  })

  it('does: is recorded with the id of what was deleted', async () => {
    const { key, KeyMaterialId } = await importedKey(service)
    succeeded(await call('DeleteImportedKeyMaterial', { KeyId: key.KeyId }))
    const record = auditRecords(service.directory).at(-1)
    assert.equal(record?.eventName, 'DeleteImportedKeyMaterial')
    assert.deepEqual(record?.requestParameters, { keyId: key.KeyId })
    assert.deepEqual(record?.responseElements, { keyId: key.Arn, keyMaterialId: KeyMaterialId })
  })

  it('refuses: material that is not of this key', async () => {
    const { key } = await importedKey(service)
    const { KeyMaterialId } = await importedKey(service)
    refused(
      await call('DeleteImportedKeyMaterial', { KeyId: key.KeyId, KeyMaterialId }),
      'NotFoundException',
      `Key material (id: ${KeyMaterialId}) is not associated with KMS key ${key.KeyId}.`,
    )
  })
})

describe('CancelKeyDeletion', () => {
  it('does: a key with its material is disabled, one without waits for it', async () => {
    const { key } = await importedKey(service)
    const fresh = await externalKey(service)
    for (const [each, state] of [
      [key, 'Disabled'],
      [fresh, 'PendingImport'],
    ] as const) {
      succeeded(await service.call('ScheduleKeyDeletion', { KeyId: each.KeyId }))
      succeeded(await service.call('CancelKeyDeletion', { KeyId: each.KeyId }))
      assert.equal((await describeKey(service, each)).KeyState, state)
    }
  })
})

describe('a second material', () => {
  const { call } = service
  const states = async ({ KeyId }: KeyMetadata): Promise<unknown> => {
    const input = { KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' }
    const rotations = succeeded(await call('ListKeyRotations', input))['Rotations']
    return (rotations as Record<string, unknown>[]).map((each) => [
      each['KeyMaterialId'],
      each['KeyMaterialState'],
      each['ImportState'],
    ])
  }

  it('waits for its rotation, then encrypts, and the first goes on to decrypt', async () => {
    const imported = await importedKey(service)
    const { key, KeyMaterialId: first } = imported
    const { KeyId } = key
    const material = randomBytes(32)
    const members = newMaterial
    const reply = succeeded(await importMaterial(service, key, material, { members }))
    const second = reply['KeyMaterialId']
    assert.equal((await describeKey(service, key))['CurrentKeyMaterialId'], first)
    assert.deepEqual(await states(key), [
      [first, 'CURRENT', 'IMPORTED'],
      [second, 'PENDING_ROTATION', 'IMPORTED'],
    ])
    const before = await encrypt(service, { KeyId })
    assert.equal(
      succeeded(await call('Decrypt', { CiphertextBlob: before }))['KeyMaterialId'],
      first,
    )
    succeeded(await call('RotateKeyOnDemand', { KeyId }))
    assert.equal((await describeKey(service, key))['CurrentKeyMaterialId'], second)
    const CiphertextBlob = await encrypt(service, { KeyId })
    assert.equal(succeeded(await call('Decrypt', { CiphertextBlob }))['KeyMaterialId'], second)
    await requireWorking(service, imported)
    assert.deepEqual(await states(key), [
      [first, 'NON_CURRENT', 'IMPORTED'],
      [second, 'CURRENT', 'IMPORTED'],
    ])
  })

  it('is refused while another one waits, and when it was there before', async () => {
    const { key, material, KeyMaterialId } = await importedKey(service)
    const members = newMaterial
    const again = 'The key material was imported into this KMS key before.'
    const refuseAgain = async (bytes: Uint8Array): Promise<void> =>
      refused(
        await importMaterial(service, key, bytes, { members }),
        'IncorrectKeyMaterialException',
        again,
      )
    await refuseAgain(material)
    const waiting = randomBytes(32)
    const pending = succeeded(await importMaterial(service, key, waiting, { members }))
    await refuseAgain(waiting)
    const reply = await importMaterial(service, key, randomBytes(32), { members })
    const match =
      /^New key material \(id: ([0-9a-f]{64})\) cannot be imported into KMS key (\S+), because another key material \(id: ([0-9a-f]{64})\) is pending rotation\.$/
    refused(reply, 'KMSInvalidStateException', match)
    const [, , named, waitingId] = match.exec(reply.message ?? '') ?? []
    assert.deepEqual([named, waitingId], [key.KeyId, pending['KeyMaterialId']])
    assert.notEqual(pending['KeyMaterialId'], KeyMaterialId)
  })

  it('may go before it is rotated, and another take its place; the key works all the time', async () => {
    const imported = await importedKey(service)
    const { key } = imported
    const members = newMaterial
    for (let n = 0; n < 2; n += 1) {
      const reply = await importMaterial(service, key, randomBytes(32), { members })
      const { KeyMaterialId } = succeeded(reply)
      await requireWorking(service, imported)
      succeeded(await call('DeleteImportedKeyMaterial', { KeyId: key.KeyId, KeyMaterialId }))
      await requireWorking(service, imported)
      assert.deepEqual(await states(key), [[imported.KeyMaterialId, 'CURRENT', 'IMPORTED']])
    }
    assert.equal(wrappedOf(service, key).length, 1)
    refused(
      await call('RotateKeyOnDemand', { KeyId: key.KeyId }),
      'KMSInvalidStateException',
      `No available key material pending rotation for the key: ${key.Arn}.`,
    )
  })

  it('is needed as the first one is: without either the key does not work', async () => {
    const imported = await importedKey(service)
    const { key, material: first, KeyMaterialId: firstId } = imported
    const { KeyId } = key
    const second = randomBytes(32)
    const members = newMaterial
    const reply = await importMaterial(service, key, second, { members })
    const secondId = succeeded(reply)['KeyMaterialId']
    succeeded(await call('RotateKeyOnDemand', { KeyId }))
    const text = `${key.Arn} is pending import.`
    for (const ids of [[firstId], [secondId], [firstId, secondId]]) {
      for (const KeyMaterialId of ids)
        succeeded(await call('DeleteImportedKeyMaterial', { KeyId, KeyMaterialId }))
      for (const [material, id] of [
        [first, firstId],
        [second, secondId],
      ] as const) {
        if (!ids.includes(id)) continue
        refused(
          await call('Encrypt', { KeyId, Plaintext: 'AA==' }),
          'KMSInvalidStateException',
          text,
        )
        assert.equal(succeeded(await importMaterial(service, key, material))['KeyMaterialId'], id)
      }
      await requireWorking(service, imported)
      assert.equal((await describeKey(service, key))['CurrentKeyMaterialId'], secondId)
    }
  })

  it('has a description of its own, which stays until another is given', async () => {
    const key = await externalKey(service)
    const material = randomBytes(32)
    const described = async (): Promise<unknown> => {
      const input = { KeyId: key.KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' }
      const { Rotations } = succeeded(await call('ListKeyRotations', input))
      return (Rotations as Record<string, unknown>[])[0]?.['KeyMaterialDescription']
    }
    const ExpirationModel = 'KEY_MATERIAL_DOES_NOT_EXPIRE'
    for (const [given, shown] of [
      ['one', 'one'],
      [undefined, 'one'],
      ['two', 'two'],
    ]) {
      const members = { ExpirationModel, KeyMaterialDescription: given }
      succeeded(await importMaterial(service, key, material, { members }))
      assert.equal(await described(), shown)
      succeeded(await call('DeleteImportedKeyMaterial', { KeyId: key.KeyId }))
      assert.equal(await described(), shown)
    }
  })

  it('lets the key expire with the first of both', async () => {
    await using own = await startTestService()
    const until = (days: number) => (own.clock.nowMs() + days * dayMs) / 1000
    const imported = await importedKey(own, { ValidTo: until(20) })
    const { key } = imported
    const members = { ValidTo: until(10), ImportType: 'NEW_KEY_MATERIAL' }
    succeeded(await importMaterial(own, key, randomBytes(32), { members }))
    const validTo = async () => (await describeKey(own, key))['ValidTo']
    assert.equal(await validTo(), until(20))
    succeeded(await own.call('RotateKeyOnDemand', { KeyId: key.KeyId }))
    assert.equal(await validTo(), until(10))
    own.clock.advance(10 * dayMs)
    assert.equal((await describeKey(own, key)).KeyState, 'PendingImport')
  })
})
