import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { LocalCryptoMaterialsCache } from '../../src/materials/cache.ts'
import type { CacheEntry } from '../../src/materials/cache-entry.ts'
import { cachingManager } from '../../src/materials/caching.ts'
import type { CachingOptions } from '../../src/materials/caching-options.ts'
import { defaultManager } from '../../src/materials/default.ts'
import type { MaterialsManager } from '../../src/materials/types.ts'
import {
  callOf,
  code,
  FakeClock,
  FakeKeyring,
  isZero,
  plain,
  toDecrypt,
  toEncrypt,
} from './fakes.ts'

const sharing = () => {
  const keyring = new FakeKeyring()
  const clock = new FakeClock()
  const cache = new LocalCryptoMaterialsCache({ capacity: 10 })
  const managerWith = (options: Partial<CachingOptions> = {}) =>
    cachingManager({ cache, maxAgeSeconds: 60, clock, ...options, keyring } as CachingOptions)
  return { keyring, clock, cache, managerWith }
}

/** Gives every request the same entry, whatever it asked for: a cache that the attacker filled. */
class PoisonedCache extends LocalCryptoMaterialsCache {
  poison: CacheEntry | undefined
  override get(): CacheEntry | undefined {
    return this.poison
  }
  override put(id: string, entry: CacheEntry): void {
    this.poison ??= entry
    super.put(id, entry)
  }
}

describe('CVE-2026-6550: a shared cache', () => {
  test('never hands materials without commitment to a client whose policy requires it', async () => {
    const { managerWith, keyring } = sharing()
    const lax = managerWith({ partition: 'shared' })
    const strict = managerWith({ partition: 'shared' })
    const common = { suite: undefined, context: new Map([['a', '1']]) }
    const without = await lax.encryptionMaterials(
      toEncrypt({ ...common, commitmentPolicy: 'FORBID_ENCRYPT_ALLOW_DECRYPT' }),
    )
    const strictMaterials = await strict.encryptionMaterials(toEncrypt(common))
    assert.ok(!without.suite.commits)
    assert.ok(strictMaterials.suite.commits)
    assert.equal(keyring.encryptRequests.length, 2)
  })

  test('never lets a client read what its policy refuses, because another has read it', async () => {
    const { managerWith } = sharing()
    const lax = managerWith({ partition: 'shared' })
    const strict = managerWith({ partition: 'shared' })
    const message = await lax.encryptionMaterials(
      toEncrypt({ suite: plain, commitmentPolicy: 'FORBID_ENCRYPT_ALLOW_DECRYPT' }),
    )
    const request = toDecrypt(message)
    await lax.decryptionMaterials({ ...request, commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' })
    await assert.rejects(strict.decryptionMaterials(request), code('PolicyViolation'))
  })

  test('has its materials checked again even where the cache answers with others', async () => {
    const cache = new PoisonedCache({ capacity: 10 })
    const keyring = new FakeKeyring()
    const manager = cachingManager({ keyring, cache, maxAgeSeconds: 60 })
    await manager.encryptionMaterials(
      toEncrypt({ suite: plain, commitmentPolicy: 'FORBID_ENCRYPT_ALLOW_DECRYPT' }),
    )
    for (const suite of [undefined, toEncrypt().suite]) {
      const attacked = manager.encryptionMaterials(toEncrypt({ suite }))
      await assert.rejects(attacked, code('PolicyViolation'))
    }
  })

  test('keeps no materials of a manager beneath that ignored the policy', async () => {
    const keyring = new FakeKeyring()
    const beneath = defaultManager(keyring)
    const ignoring: MaterialsManager = {
      ...beneath,
      encryptionMaterials: (request) =>
        beneath.encryptionMaterials({
          ...request,
          suite: plain,
          commitmentPolicy: 'FORBID_ENCRYPT_ALLOW_DECRYPT',
        }),
    }
    const cache = new LocalCryptoMaterialsCache({ capacity: 10 })
    const manager = cachingManager({ manager: ignoring, cache, maxAgeSeconds: 60 })
    const refused = manager.encryptionMaterials(toEncrypt({ suite: undefined }))
    await assert.rejects(refused, code('PolicyViolation'))
    assert.equal(cache.size, 0)
    assert.ok(keyring.given.every(isZero))
  })
})

describe('managers that share a cache', () => {
  test('keep their data keys apart unless they have the same partition', async () => {
    const { managerWith } = sharing()
    const managers = [{}, {}, { partition: 'a' }, { partition: 'b' }].map(managerWith)
    const numbers: number[] = []
    for (const manager of [...managers, ...managers])
      numbers.push(callOf(await manager.encryptionMaterials(toEncrypt())))
    assert.deepEqual(numbers, [0, 1, 2, 3, 0, 1, 2, 3])
    for (const manager of managers) {
      const { entries, hits, misses } = manager.stats()
      assert.deepEqual([entries.length, hits, misses], [1, 1, 1])
    }
  })

  test('and a partition ask for one data key, and count apart', async () => {
    const { managerWith, keyring } = sharing()
    const [a, b] = [managerWith({ partition: 'p' }), managerWith({ partition: 'p' })]
    await Promise.all([a.encryptionMaterials(toEncrypt()), b.encryptionMaterials(toEncrypt())])
    await b.encryptionMaterials(toEncrypt())
    assert.equal(keyring.encryptRequests.length, 1)
    const counts = [a, b].map((manager) => {
      const { hits, misses, calls, callsSaved, entries } = manager.stats()
      return [hits, misses, calls, callsSaved, entries[0]?.messages]
    })
    assert.deepEqual(counts, [
      [0, 1, 1, 0, 3],
      [1, 1, 0, 2, 3],
    ])
  })

  test('carry no data key beyond the limits of any manager that has used it', async () => {
    const { managerWith, clock } = sharing()
    const wide = managerWith({ partition: 'p' })
    const narrow = managerWith({ partition: 'p', maxMessagesEncrypted: 3, maxAgeSeconds: 30 })
    const next = async (manager: MaterialsManager) =>
      callOf(await manager.encryptionMaterials(toEncrypt()))
    assert.deepEqual([await next(wide), await next(wide)], [0, 0])
    assert.deepEqual([await next(narrow), await next(wide)], [0, 1])
    clock.advance(29)
    assert.equal(await next(narrow), 1)
    clock.advance(1)
    assert.equal(await next(wide), 2)
    clock.advance(59)
    assert.equal(await next(narrow), 3, 'too old for this one')
  })
})
