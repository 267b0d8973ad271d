import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { after, describe, it } from 'node:test'
import { readDatabase } from './database.ts'
import { encrypt, type KeyMetadata, refused, succeeded, succeededEmpty } from './expect.ts'
import { auditRecords, everyFile } from './files.ts'
import { account, dayMs, region, startTestService, type TestService } from './harness.ts'
import { describeKey, externalKey, importMaterial } from './importing.ts'
import { said, startTicking } from './ticking.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())

/** What the log says when material has expired. */
const done = 'expired key material erased'
const newMaterial = {
  ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
  ImportType: 'NEW_KEY_MATERIAL',
}

type Imported = {
  readonly key: KeyMetadata
  readonly material: Uint8Array
  readonly KeyMaterialId: string
  readonly CiphertextBlob: string
}

/** A key with imported material, and a ciphertext under it. */
const importedKey = async (on: TestService, members?: object): Promise<Imported> => {
  const key = await externalKey(on)
  const material = randomBytes(32)
  const options = members === undefined ? {} : { members: members as Record<string, unknown> }
  const { KeyMaterialId } = succeeded(await importMaterial(on, key, material, options))
  const CiphertextBlob = await encrypt(on, { KeyId: key.KeyId })
  return { key, material, KeyMaterialId: String(KeyMaterialId), CiphertextBlob }
}

/** The wrapped bytes of all of a key's material, as they lie in the database. */
const wrappedOf = ({ directory }: TestService, { KeyId }: KeyMetadata): string[] =>
  readDatabase(
    directory.database,
    "select content from secret_entity where tbl = 'material' and parent = ?",
    `${region}/${account}/${KeyId}`,
  )
    .map((row) => (JSON.parse(String(row['content'])) as { wrapped?: string }).wrapped)
    .filter((wrapped) => wrapped !== undefined)

const filesWith = (on: TestService, wrapped: string): string[] =>
  everyFile(on.directory.path).filter((file) => readFileSync(file).includes(wrapped))

/** Everything that the outside sees of a key whose material is gone. */
const requireLacking = async (on: TestService, imported: Imported): Promise<void> => {
  const { key, KeyMaterialId, CiphertextBlob } = imported
  const { KeyId, Arn } = key
  const { call } = on
  const now = await describeKey(on, key)
  assert.deepEqual([now.KeyState, now['Enabled']], ['PendingImport', false])
  assert.equal(now['CurrentKeyMaterialId'], KeyMaterialId)
  for (const absent of ['ExpirationModel', 'ValidTo'])
    assert.equal(Object.hasOwn(now, absent), false, absent)
  const text = `${Arn} is pending import.`
  const invalidState = 'KMSInvalidStateException'
  refused(await call('Encrypt', { KeyId, Plaintext: 'AA==' }), invalidState, text)
  refused(await call('GenerateDataKey', { KeyId, KeySpec: 'AES_256' }), invalidState, text)
  refused(await call('Decrypt', { KeyId, CiphertextBlob }), invalidState, text)
  refused(await call('Decrypt', { CiphertextBlob }), 'InvalidCiphertextException')
  refused(await call('EnableKey', { KeyId }), invalidState, text)
  refused(await call('DisableKey', { KeyId }), invalidState, text)
}

const requireWorking = async (on: TestService, imported: Imported): Promise<void> => {
  const { key, KeyMaterialId, CiphertextBlob } = imported
  assert.equal((await describeKey(on, key)).KeyState, 'Enabled')
  const opened = succeeded(await on.call('Decrypt', { CiphertextBlob }))
  assert.equal(opened['KeyMaterialId'], KeyMaterialId)
}

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

describe('imported material whose time is over', () => {
  const until = ({ clock }: TestService, days: number) => ({
    ValidTo: (clock.nowMs() + days * dayMs) / 1000,
  })

  it('is used by nobody from that instant on, and is erased from every file', async (t) => {
    const { service: own, tick } = await startTicking(t, done)
    const other = await importedKey(own)
    const imported = await importedKey(own, until(own, 7))
    const { key, material, KeyMaterialId } = imported
    const [wrapped = ''] = wrappedOf(own, key)
    own.clock.advance(7 * dayMs - 1)
    await requireWorking(own, imported)
    own.clock.advance(1)
    await requireLacking(own, imported)
    assert.notDeepEqual(filesWith(own, wrapped), [])
    await tick()
    assert.deepEqual(filesWith(own, wrapped), [])
    await requireLacking(own, imported)
    await requireWorking(own, other)
    const events = auditRecords(own.directory).filter(
      ({ eventName }) => eventName === 'DeleteExpiredKeyMaterial',
    )
    assert.equal(events.length, 1)
    const { eventType, serviceEventDetails, resources, userIdentity } = events[0] ?? {}
    assert.equal(eventType, 'AwsServiceEvent')
    assert.deepEqual(serviceEventDetails, { keyId: key.KeyId, keyMaterialId: KeyMaterialId })
    assert.deepEqual(resources, [{ accountId: account, type: 'AWS::KMS::Key', ARN: key.Arn }])
    assert.deepEqual(userIdentity, { accountId: account, invokedBy: 'AWS Internal' })
    succeeded(await importMaterial(own, key, material))
    await requireWorking(own, imported)
  })

  it('is back before it is erased, if it is imported in between', async (t) => {
    const { service: own, tick } = await startTicking(t, done)
    const imported = await importedKey(own, until(own, 7))
    const doomed = await importedKey(own, until(own, 7))
    own.clock.advance(7 * dayMs)
    succeeded(await importMaterial(own, imported.key, imported.material))
    await requireWorking(own, imported)
    await tick()
    await requireWorking(own, imported)
    await requireLacking(own, doomed)
  })

  it('is erased at the next start, if the service was down', async () => {
    await using own = await startTestService()
    const imported = await importedKey(own, until(own, 7))
    const [wrapped = ''] = wrappedOf(own, imported.key)
    await own.stop()
    own.clock.advance(8 * dayMs)
    await using again = await own.restart()
    await said(again, done)
    assert.deepEqual(filesWith(again, wrapped), [])
    await requireLacking(again, imported)
  })

  it('leaves a change that was made after its time as it is', async (t) => {
    const { service: own, tick } = await startTicking(t, done)
    const imported = await importedKey(own, until(own, 7))
    const { KeyId } = imported.key
    own.clock.advance(7 * dayMs)
    succeededEmpty(await own.call('UpdateKeyDescription', { KeyId, Description: 'late' }))
    await tick()
    await requireLacking(own, imported)
    assert.equal((await describeKey(own, imported.key))['Description'], 'late')
    assert.deepEqual(wrappedOf(own, imported.key), [])
  })

  it('goes while its key awaits deletion, which goes on', async (t) => {
    const { service: own, tick } = await startTicking(t, done)
    const imported = await importedKey(own, until(own, 7))
    const { KeyId } = imported.key
    succeeded(await own.call('ScheduleKeyDeletion', { KeyId }))
    own.clock.advance(7 * dayMs)
    await tick()
    assert.equal((await describeKey(own, imported.key)).KeyState, 'PendingDeletion')
    assert.deepEqual(wrappedOf(own, imported.key), [])
    succeeded(await own.call('CancelKeyDeletion', { KeyId }))
    await requireLacking(own, imported)
  })

  it('is forgotten if it only waited for its rotation', async (t) => {
    const { service: own, tick } = await startTicking(t, done)
    const imported = await importedKey(own)
    const { key } = imported
    const members = { ...until(own, 7), ImportType: 'NEW_KEY_MATERIAL' }
    const late = randomBytes(32)
    succeeded(await importMaterial(own, key, late, { members }))
    own.clock.advance(7 * dayMs)
    refused(
      await own.call('RotateKeyOnDemand', { KeyId: key.KeyId }),
      'KMSInvalidStateException',
      `No available key material pending rotation for the key: ${key.Arn}.`,
    )
    await tick()
    await requireWorking(own, imported)
    assert.equal(wrappedOf(own, key).length, 1)
    succeeded(await importMaterial(own, key, late, { members: newMaterial }))
  })
})
