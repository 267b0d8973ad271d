import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, describe, it } from 'node:test'
import { canonicalContext } from '../../src/core/crypto/context.ts'
import { decryptCommitted, openCommitted, parseBlob } from '../../src/core/crypto/blob.ts'
import { externalMaterialId, loadMaterial } from '../../src/core/crypto/material.ts'
import { encrypt, refused, succeeded, succeededEmpty } from './expect.ts'
import { auditRecords } from './files.ts'
import { account, dayMs, startTestService } from './harness.ts'
import { bytesOf, describeKey, externalKey, importMaterial, neverExpires } from './importing.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const { call, clock } = service

const secondsFromNow = (ms: number): number => (clock.nowMs() + ms) / 1000
const idOf = (material: Uint8Array, { KeyId }: { readonly KeyId: string }): string =>
  Buffer.from(externalMaterialId(material, account, KeyId)).toString('hex')
const incorrect = 'IncorrectKeyMaterialException'

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
