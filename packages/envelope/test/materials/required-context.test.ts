import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cachingManager } from '../../src/materials/caching.ts'
import { LocalCryptoMaterialsCache } from '../../src/materials/cache.ts'
import { defaultManager } from '../../src/materials/default.ts'
import { requiredContextManager } from '../../src/materials/required-context.ts'
import type { MaterialsManager } from '../../src/materials/types.ts'
import { code, FakeKeyring, isZero, toDecrypt, toEncrypt } from './fakes.ts'

const context = new Map([
  ['tenant', 'a'],
  ['purpose', 'test'],
])
const stored = new Map([['purpose', 'test']])
const reproducedContext = new Map([['tenant', 'a']])

test('required pairs are authenticated and not stored; the reader has to give them', async () => {
  const keyring = new FakeKeyring()
  const manager = requiredContextManager({ keyring, requiredKeys: ['tenant'] })
  const message = await manager.encryptionMaterials(toEncrypt({ context }))
  assert.deepEqual(message.requiredContextKeys, ['tenant'])
  assert.deepEqual(message.context, context)
  assert.deepEqual(keyring.encryptRequests[0]?.context, context)

  const request = toDecrypt({ ...message, context: stored, reproducedContext })
  const read = await manager.decryptionMaterials(request)
  assert.deepEqual(read.requiredContextKeys, ['tenant'])
  assert.deepEqual(read.context, context)
})

test('a message without a required pair is refused, written or read', async () => {
  const keyring = new FakeKeyring()
  const manager = requiredContextManager({ keyring, requiredKeys: ['tenant', 'purpose'] })
  const refused = manager.encryptionMaterials(toEncrypt({ context: stored }))
  await assert.rejects(refused, code('ContextMismatch'))
  const message = await manager.encryptionMaterials(toEncrypt({ context }))
  for (const reproduced of [undefined, new Map(), reproducedContext]) {
    const request = toDecrypt({ ...message, reproducedContext: reproduced })
    await assert.rejects(manager.decryptionMaterials(request), code('ContextMismatch'))
  }
  assert.equal(keyring.decryptRequests.length, 0)
})

test('a manager beneath must not lose or change a required pair', async () => {
  const beneath = defaultManager(new FakeKeyring())
  const given: Uint8Array[] = []
  const losing: MaterialsManager = {
    async encryptionMaterials(request) {
      const materials = await beneath.encryptionMaterials({ ...request, context: stored })
      given.push(materials.dataKey)
      return materials
    },
    async decryptionMaterials(request) {
      const materials = await beneath.decryptionMaterials(request)
      given.push(materials.dataKey)
      return { ...materials, context: stored }
    },
  }
  const manager = requiredContextManager({ manager: losing, requiredKeys: ['tenant'] })
  await assert.rejects(manager.encryptionMaterials(toEncrypt({ context })), code('ContextMismatch'))
  const message = await beneath.encryptionMaterials(toEncrypt({ context }))
  const request = toDecrypt({ ...message, reproducedContext })
  await assert.rejects(manager.decryptionMaterials(request), code('ContextMismatch'))
  assert.deepEqual(given.map(isZero), [true, true])
})

test('required keys add up over managers, and are kept over a cache', async () => {
  const keyring = new FakeKeyring()
  const cache = new LocalCryptoMaterialsCache({ capacity: 10 })
  const inner = requiredContextManager({ keyring, requiredKeys: ['tenant'] })
  const caching = cachingManager({ manager: inner, cache, maxAgeSeconds: 60 })
  const outer = requiredContextManager({ manager: caching, requiredKeys: ['purpose', 'tenant'] })
  for (const _ of [1, 2]) {
    const { requiredContextKeys } = await outer.encryptionMaterials(toEncrypt({ context }))
    assert.deepEqual([...requiredContextKeys].sort(), ['purpose', 'tenant'])
  }
  assert.equal(keyring.encryptRequests.length, 1)
})

test('names that cannot be required are refused', () => {
  const keyring = new FakeKeyring()
  for (const requiredKeys of [[], ['aws-crypto-public-key'], ['\ud800']])
    assert.throws(() => requiredContextManager({ keyring, requiredKeys }), code('InvalidInput'))
  const both = { keyring, manager: defaultManager(keyring), requiredKeys: ['a'] }
  assert.throws(() => requiredContextManager(both as never), code('InvalidInput'))
})
