import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { publicKeyName } from '../../src/context.ts'
import { decrypt } from '../../src/decrypt.ts'
import { encrypt } from '../../src/encrypt.ts'
import { type SuiteName, suites } from '../../src/format/suites.ts'
import { hierarchicalKeyring } from '../../src/keyrings/hierarchical.ts'
import { memoryBranchKeyStore } from '../../src/keyrings/branch-keys/memory.ts'
import { kmsKeyring } from '../../src/keyrings/kms.ts'
import { multiKeyring } from '../../src/keyrings/multi.ts'
import { rawAesKeyring } from '../../src/keyrings/raw-aes.ts'
import { LocalCryptoMaterialsCache } from '../../src/materials/cache.ts'
import { cachingManager } from '../../src/materials/caching.ts'
import { requiredContextManager } from '../../src/materials/required-context.ts'
import type { Keyring } from '../../src/materials/types.ts'
import { rewrap } from '../../src/rewrap/rewrap.ts'
import { StandInKms } from '../keyrings/stand-in-kms.ts'
import {
  failsWith,
  plaintextOf,
  reading,
  signedV1,
  signedV2,
  testKeyring,
  unsignedV1,
  unsignedV2,
  writing,
} from '../messages.ts'
import { newKeyring, readingNew, rewrapping } from './setting.ts'

const data = plaintextOf(100)
const every: readonly SuiteName[] = [unsignedV1, signedV1, unsignedV2, signedV2]
const kms = new StandInKms()

const written = async (suite: SuiteName, others: Parameters<typeof writing>[1] = {}) =>
  (await encrypt(data, writing(suite, { context: { tenant: 'a', kind: 'b' }, ...others }))).message

describe('a key service', () => {
  for (const suite of every)
    it(`wraps the data key of a message of ${suite} for each new key`, async () => {
      const [from, generator, further] = [kms.createKey(), kms.createKey(), kms.createKey()]
      const old = await written(suite, { keyring: kmsKeyring({ client: kms, generator: from }) })
      kms.calls.length = 0
      const { message, header } = await rewrap(old, {
        from: { ...reading, keyring: kmsKeyring({ client: kms, generator: from }) },
        to: { keyring: kmsKeyring({ client: kms, generator, keys: [further] }) },
      })
      const asked = kms.calls.map(({ operation, input }) => [operation, input['KeyId']])
      const isKept = !suites[suite].commits
      assert.deepEqual(asked, [
        ['decrypt', from],
        [isKept ? 'encrypt' : 'generateDataKey', generator],
        ['encrypt', further],
      ])
      // The wrapping is bound to the new context, with the key of the new signature.
      const bound = kms.calls[1]?.input['EncryptionContext'] as Record<string, string>
      assert.equal(bound[publicKeyName], header.context.get(publicKeyName))
      for (const arn of [generator, further]) {
        const keyring = kmsKeyring({ client: kms, generator: arn })
        assert.deepEqual((await decrypt(message, { ...reading, keyring })).plaintext, data)
      }
    })

  it('is not asked for more data keys than the new message may have', async () => {
    const keyring = kmsKeyring({
      client: kms,
      generator: kms.createKey(),
      keys: [kms.createKey()],
    })
    for (const suite of every) {
      const to = { keyring, maxEncryptedDataKeys: 1 }
      const rewrapped = rewrap(await written(suite), rewrapping({ to }))
      await assert.rejects(rewrapped, failsWith('PolicyViolation'))
    }
  })
})

describe('several keyrings', () => {
  it('may follow one, and one may follow several', async () => {
    const third = rawAesKeyring({ namespace: 'test', name: '3', key: new Uint8Array(16).fill(3) })
    const store = memoryBranchKeyStore()
    const branchKeyId = await store.createBranchKey()
    const branch = hierarchicalKeyring({ keyStore: store, branchKeyId, ttlSeconds: 60 })
    for (const suite of every) {
      const keyring = multiKeyring({ generator: newKeyring, children: [third, branch] })
      const several = await rewrap(await written(suite), rewrapping({ to: { keyring } }))
      assert.equal(several.header.encryptedDataKeys.length, 3)
      for (const one of [newKeyring, third, branch]) {
        const from = { ...reading, keyring: one }
        assert.deepEqual((await decrypt(several.message, from)).plaintext, data)
        const back = await rewrap(several.message, { from, to: { keyring: testKeyring } })
        assert.equal(back.header.encryptedDataKeys.length, 1)
        assert.deepEqual((await decrypt(back.message, reading)).plaintext, data)
      }
    }
  })
})

describe('pairs that a message leaves out', () => {
  const manager = requiredContextManager({ keyring: testKeyring, requiredKeys: ['tenant'] })
  const leavingOut = { manager, keyring: undefined }

  for (const suite of every)
    it(`stay out of the new one, and are still needed to read it: ${suite}`, async () => {
      const old = await written(suite, leavingOut)
      const reproducedContext = { tenant: 'a' }
      const from = { ...reading, reproducedContext }
      const { message, header, context } = await rewrap(old, rewrapping({ from }))
      assert.deepEqual([header.context.has('tenant'), header.context.get('kind')], [false, 'b'])
      assert.deepEqual([context.get('tenant'), context.get('kind')], ['a', 'b'])
      const read = await decrypt(message, { ...readingNew, reproducedContext })
      assert.deepEqual(read.plaintext, data)
      assert.deepEqual(read.context, context)
      for (const wrong of [undefined, { tenant: 'b' }])
        await assert.rejects(
          decrypt(message, { ...readingNew, reproducedContext: wrong }),
          failsWith('NoDataKey'),
        )
    })

  it('have to be given: without them a message is not rewrapped', async () => {
    for (const suite of every) {
      const old = await written(suite, leavingOut)
      for (const reproducedContext of [undefined, { tenant: 'b' }]) {
        const from = { ...reading, reproducedContext }
        await assert.rejects(rewrap(old, rewrapping({ from })), failsWith('NoDataKey'))
      }
    }
  })

  it('may become more: what the new manager requires is left out as well', async () => {
    const to = {
      manager: requiredContextManager({ keyring: newKeyring, requiredKeys: ['kind'] }),
    }
    for (const suite of every) {
      const from = { ...reading, reproducedContext: { tenant: 'a' } }
      const { message, header } = await rewrap(
        await written(suite, leavingOut),
        rewrapping({ from, to }),
      )
      assert.deepEqual(
        [...header.context.keys()].filter((key) => key !== publicKeyName),
        [],
      )
      const reproducedContext = { tenant: 'a', kind: 'b' }
      const read = await decrypt(message, { ...readingNew, reproducedContext })
      assert.deepEqual(read.plaintext, data)
    }
  })
})

describe('caching', () => {
  it('serves the old data key, and the new one of version 2, but never stands in for version 1', async () => {
    for (const suite of every) {
      using cache = new LocalCryptoMaterialsCache({ capacity: 10 })
      const limits = { cache, maxAgeSeconds: 60 }
      const from = { ...reading, manager: cachingManager({ ...limits, keyring: testKeyring }) }
      const manager = cachingManager({ ...limits, keyring: newKeyring })
      const old = await written(suite)
      const options = { from: { ...from, keyring: undefined }, to: { manager } }
      const all = [await rewrap(old, options), await rewrap(old, options)]
      for (const { message } of all)
        assert.deepEqual((await decrypt(message, readingNew)).plaintext, data)
      const isKept = !suites[suite].commits
      assert.deepEqual([from.manager.stats().calls, manager.stats().calls], [1, isKept ? 2 : 1])
      assert.equal(
        manager.stats().entries.filter(({ kind }) => kind === 'encrypt').length,
        isKept ? 0 : 1,
      )
    }
  })

  it('counts the plaintext, not the bound that was declared for it', async () => {
    using cache = new LocalCryptoMaterialsCache({ capacity: 10 })
    const manager = cachingManager({ cache, maxAgeSeconds: 60, keyring: newKeyring })
    await rewrap(await written(unsignedV2), rewrapping({ to: { manager } }))
    assert.deepEqual(
      manager.stats().entries.map(({ bytes }) => bytes),
      [data.length],
    )
  })
})

describe('plain data keys', () => {
  it('are zeroed, whether it succeeds or fails', async () => {
    const given: Uint8Array[] = []
    const remembering = (keyring: Keyring): Keyring => ({
      onEncrypt: async (request) => {
        const result = await keyring.onEncrypt(request)
        given.push(result.dataKey)
        return result
      },
      onDecrypt: async (request) => {
        const result = await keyring.onDecrypt(request)
        if ('dataKey' in result) given.push(result.dataKey)
        return result
      },
    })
    const from = { ...reading, keyring: remembering(testKeyring) }
    const to = { keyring: remembering(newKeyring) }
    for (const suite of every) {
      const old = await written(suite)
      await rewrap(old, { from, to })
      await assert.rejects(rewrap(old.slice(0, -1), { from, to }))
      await assert.rejects(rewrap(old, { from, to: { ...to, maxEncryptedDataKeys: 0.5 } }))
      await assert.rejects(rewrap(old, { from, to, accept: () => assert.fail('no') }))
    }
    assert.equal(given.length, every.length * 5)
    for (const dataKey of given) assert.ok(dataKey.every((byte) => byte === 0))
  })
})
