import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readDatabase } from './database.ts'
import { encrypt, type KeyMetadata, refused, succeeded } from './expect.ts'
import { account, region, type TestService } from './harness.ts'
import { describeKey, externalKey, importMaterial } from './importing.ts'

/** Members of an import of material that waits for its rotation. */
export const newMaterial = {
  ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
  ImportType: 'NEW_KEY_MATERIAL',
}

export type Imported = {
  readonly key: KeyMetadata
  readonly material: Uint8Array
  readonly KeyMaterialId: string
  readonly CiphertextBlob: string
}

/** A key with imported material, and a ciphertext under it. */
export const importedKey = async (on: TestService, members?: object): Promise<Imported> => {
  const key = await externalKey(on)
  const material = randomBytes(32)
  const options = members === undefined ? {} : { members: members as Record<string, unknown> }
  const { KeyMaterialId } = succeeded(await importMaterial(on, key, material, options))
  const CiphertextBlob = await encrypt(on, { KeyId: key.KeyId })
  return { key, material, KeyMaterialId: String(KeyMaterialId), CiphertextBlob }
}

/** The wrapped bytes of all of a key's material, as they lie in the database. */
export const wrappedOf = ({ directory }: TestService, { KeyId }: KeyMetadata): string[] =>
  readDatabase(
    directory.database,
    "select content from secret_entity where tbl = 'material' and parent = ?",
    `${region}/${account}/${KeyId}`,
  )
    .map((row) => (JSON.parse(String(row['content'])) as { wrapped?: string }).wrapped)
    .filter((wrapped) => wrapped !== undefined)

/** Everything that the outside sees of a key whose material is gone. */
export const requireLacking = async (on: TestService, imported: Imported): Promise<void> => {
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

/** It works, with the material that it had. */
export const requireWorking = async (on: TestService, imported: Imported): Promise<void> => {
  const { key, KeyMaterialId, CiphertextBlob } = imported
  assert.equal((await describeKey(on, key)).KeyState, 'Enabled')
  const opened = succeeded(await on.call('Decrypt', { CiphertextBlob }))
  assert.equal(opened['KeyMaterialId'], KeyMaterialId)
}
