import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { publicKeyName } from '../../src/context.ts'
import { LocalCryptoMaterialsCache } from '../../src/materials/cache.ts'
import { cachingManager } from '../../src/materials/caching.ts'
import { defaultManager } from '../../src/materials/default.ts'
import type { EncryptionMaterialsRequest } from '../../src/materials/types.ts'
import { setUp } from './caching-scene.ts'
import { FakeKeyring, hex, signing, toDecrypt, toEncrypt } from './fakes.ts'

describe('decryption', () => {
  test('asks again only when the data key is too old', async () => {
    const { manager, keyring, encrypt, clock } = setUp({
      maxMessagesEncrypted: 1,
      maxBytesEncrypted: 0,
    })
    const message = await encrypt({ plaintextBytes: 0 })
    const read = () => manager.decryptionMaterials(toDecrypt(message))
    for (let i = 0; i < 5; i++) assert.deepEqual((await read()).dataKey, message.dataKey)
    assert.equal(keyring.decryptRequests.length, 1)
    const [entry] = manager.stats().entries
    assert.deepEqual([entry?.kind, entry?.messages, entry?.bytes], ['decrypt', 5, 0])
    clock.advance(60)
    await read()
    assert.equal(keyring.decryptRequests.length, 2)
  })

  test('does not serve the required pairs of one reader to another', async () => {
    const { manager, keyring, encrypt } = setUp()
    const message = await encrypt({ context: new Map([['secret', 'pair']]) })
    const request = toDecrypt({ ...message, context: new Map() })
    const knowing = { ...request, reproducedContext: new Map([['secret', 'pair']]) }
    assert.equal((await manager.decryptionMaterials(knowing)).context.get('secret'), 'pair')
    assert.equal((await manager.decryptionMaterials(request)).context.get('secret'), undefined)
    assert.equal(keyring.decryptRequests.length, 2)
  })
})

describe('what is given out', () => {
  test('is a copy: whoever zeroes or changes theirs changes nobody else’s', async () => {
    const { encrypt, keyring } = setUp()
    const context = new Map([['a', '1']])
    const first = await encrypt({ context, suite: signing })
    const key = hex(first.dataKey)
    const original = structuredClone({ c: first.context, k: first.encryptedDataKeys })
    first.dataKey.fill(0)
    ;(first.context as Map<string, string>).set('a', '2')
    first.encryptedDataKeys[0]?.ciphertext.fill(9)
    context.set('b', '2')
    const second = await encrypt({ context: new Map([['a', '1']]), suite: signing })
    assert.equal(keyring.encryptRequests.length, 1)
    assert.equal(hex(second.dataKey), key)
    assert.deepEqual({ c: second.context, k: second.encryptedDataKeys }, original)
  })

  test('does not change with the context of the caller who was first', async () => {
    const beneath = defaultManager(new FakeKeyring())
    const manager = cachingManager({
      manager: {
        encryptionMaterials: async (request) => ({
          ...(await beneath.encryptionMaterials(request)),
          context: request.context,
        }),
        decryptionMaterials: async (request) => ({
          ...(await beneath.decryptionMaterials(request)),
          context: request.context,
        }),
      },
      cache: new LocalCryptoMaterialsCache({ capacity: 10 }),
      maxAgeSeconds: 60,
    })
    const context = new Map([['a', '1']])
    const message = await manager.encryptionMaterials(toEncrypt({ context }))
    await manager.decryptionMaterials(toDecrypt({ ...message, context }))
    context.set('a', '2')
    const again = new Map([['a', '1']])
    const written = await manager.encryptionMaterials(toEncrypt({ context: again }))
    const read = await manager.decryptionMaterials(toDecrypt({ ...message, context: again }))
    assert.deepEqual([written.context, read.context], [again, again])
    assert.equal(manager.stats().hits, 2)
  })

  test('has the key pair of the signature in common with the data key', async () => {
    const { encrypt } = setUp()
    const [a, b] = [await encrypt({ suite: signing }), await encrypt({ suite: signing })]
    assert.equal(a.signingKey, b.signingKey)
    assert.equal(a.context.get(publicKeyName), b.context.get(publicKeyName))
  })

  test('was asked for without what belongs to one message', async () => {
    const { keyring, cache, clock } = setUp()
    const requests: EncryptionMaterialsRequest[] = []
    const beneath = defaultManager(keyring)
    const manager = cachingManager({
      manager: {
        ...beneath,
        encryptionMaterials: (request) => {
          requests.push(request)
          return beneath.encryptionMaterials(request)
        },
      },
      cache,
      clock,
      maxAgeSeconds: 60,
    })
    await manager.encryptionMaterials(toEncrypt({ plaintextBytes: 5, maxEncryptedDataKeys: 1 }))
    assert.equal(requests[0]?.plaintextBytes, undefined)
    assert.equal(requests[0]?.maxEncryptedDataKeys, undefined)
  })
})
