import assert from 'node:assert/strict'
import { createCipheriv, createHmac } from 'node:crypto'
import { describe, test } from 'node:test'
import { branchKeyCache } from '../../src/keyrings/branch-keys/cache.ts'
import { memoryBranchKeyStore } from '../../src/keyrings/branch-keys/memory.ts'
import type { BranchKeyStore } from '../../src/keyrings/branch-keys/store.ts'
import { hierarchicalKeyring } from '../../src/keyrings/hierarchical.ts'
import { encodeContext } from '../../src/format/context.ts'
import {
  agrees,
  oneSuitePerKeyLength,
  refuses,
  signed,
  someContext,
  tampered,
  unwrap,
  withCode,
  wrap,
} from './trying.ts'

/** A store that counts what it is asked, and keeps what it gave out. */
const counting = (store: BranchKeyStore) => {
  const given: Uint8Array[] = []
  const give = async (key: ReturnType<BranchKeyStore['activeBranchKey']>) => {
    const found = await key
    given.push(found.material)
    return found
  }
  return {
    given,
    activeBranchKey: (id: string) => give(store.activeBranchKey(id)),
    branchKeyVersion: (id: string, version: string) => give(store.branchKeyVersion(id, version)),
  }
}

const setUp = async (ttlSeconds = 60) => {
  const admin = memoryBranchKeyStore()
  const branchKeyId = await admin.createBranchKey({ branchKeyId: 'tenant é' })
  const keyStore = counting(admin)
  const time = { ms: 0 }
  const clock = { nowMs: () => time.ms }
  const cache = branchKeyCache({ clock })
  const keyring = hierarchicalKeyring({ keyStore, branchKeyId, ttlSeconds, cache })
  return { admin, keyStore, branchKeyId, keyring, cache, time, clock }
}

const isZero = (bytes: Uint8Array | undefined) => bytes?.every((byte) => byte === 0)
/** Zeroing follows the settled look-up by a few microtasks. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('a hierarchical keyring', () => {
  test('wraps the data key of any suite under the active branch key', async () => {
    const { keyring, branchKeyId } = await setUp()
    for (const suite of [...oneSuitePerKeyLength, signed]) {
      const { encryptedDataKeys } = await agrees(keyring, keyring, { suite })
      const [wrapped] = encryptedDataKeys
      assert.equal(wrapped?.providerId, 'aws-kms-hierarchy')
      assert.equal(Buffer.from(wrapped.providerInfo).toString(), branchKeyId)
      assert.equal(wrapped.ciphertext.length, 16 + 12 + 16 + suite.keyBytes + 16)
    }
  })

  test('reads what the specification says, derived here a second time', async () => {
    const version = '01234567-89ab-cdef-0123-456789abcdef'
    const material = Buffer.alloc(32, 1)
    const keyStore = memoryBranchKeyStore([{ branchKeyId: 'b', version, material }])
    const keyring = hierarchicalKeyring({ keyStore, branchKeyId: 'b', ttlSeconds: 1 })
    const dataKey = Buffer.alloc(32, 2)
    const [salt, iv] = [Buffer.alloc(16, 3), Buffer.alloc(12, 4)]
    const versionBytes = Buffer.from('0123456789abcdef0123456789abcdef', 'hex')
    const label = Buffer.from('aws-kms-hierarchy')
    const wrappingKey = createHmac('sha256', material)
      .update(Buffer.from([0, 0, 0, 1]))
      .update(label)
      .update(Buffer.from([0]))
      .update(salt)
      .update(Buffer.from([0, 0, 1, 0]))
      .digest()
    const cipher = createCipheriv('aes-256-gcm', wrappingKey, iv)
    cipher.setAAD(
      Buffer.concat([label, Buffer.from('b'), versionBytes, encodeContext(someContext)]),
    )
    const sealed = Buffer.concat([cipher.update(dataKey), cipher.final(), cipher.getAuthTag()])
    const answer = await unwrap(keyring, [
      {
        providerId: 'aws-kms-hierarchy',
        providerInfo: Buffer.from('b'),
        ciphertext: Buffer.concat([salt, iv, versionBytes, sealed]),
      },
    ])
    assert.ok('dataKey' in answer)
    assert.deepEqual(Buffer.from(answer.dataKey), dataKey)
  })

  test('makes one call to the store for 3,000 concurrent look-ups', async () => {
    const { keyring, keyStore, cache } = await setUp()
    const results = await Promise.all(Array.from({ length: 3_000 }, () => wrap(keyring)))
    assert.equal(keyStore.given.length, 1)
    cache.clear()
    await Promise.all(
      results.map(async ({ encryptedDataKeys }) => {
        assert.ok('dataKey' in (await unwrap(keyring, encryptedDataKeys)))
      }),
    )
    assert.equal(keyStore.given.length, 2)
  })

  test('uses a branch key for its time to live, counted from the look-up', async () => {
    const { admin, keyring, keyStore, branchKeyId, time } = await setUp(10)
    const old = await wrap(keyring)
    await admin.versionBranchKey(branchKeyId)
    time.ms = 9_999
    const same = await wrap(keyring)
    assert.equal(keyStore.given.length, 1)
    time.ms = 10_000
    const rotated = await wrap(keyring)
    await settled()
    assert.equal(keyStore.given.length, 2)
    assert.ok(isZero(keyStore.given[0]))
    const versions = [old, same, rotated].map(({ encryptedDataKeys: [wrapped] }) =>
      Buffer.from(wrapped!.ciphertext.subarray(28, 44)).toString('hex'),
    )
    assert.equal(versions[0], versions[1])
    assert.notEqual(versions[0], versions[2])
    for (const { encryptedDataKeys } of [old, same, rotated])
      assert.ok('dataKey' in (await unwrap(keyring, encryptedDataKeys)))
  })

  test('refuses another context and every flipped bit', async () => {
    const { keyring } = await setUp()
    const result = await wrap(keyring)
    await refuses(keyring, result, 1, { context: new Map() })
    const [wrapped] = result.encryptedDataKeys
    assert.ok(wrapped)
    for (const each of tampered(wrapped))
      await refuses(keyring, { ...result, encryptedDataKeys: [each] }, 1)
  })

  test('decrypts for the branch key that the caller means, never for the one in a message', async () => {
    const { admin, keyStore, keyring } = await setUp()
    await admin.createBranchKey({ branchKeyId: 'b' })
    const other = hierarchicalKeyring({ keyStore, branchKeyId: 'b', ttlSeconds: 60 })
    const result = await wrap(other)
    await refuses(keyring, result, 0)
    const [wrapped] = result.encryptedDataKeys
    assert.ok(wrapped)
    const foreign = { ...wrapped, providerId: 'aws-kms' }
    await refuses(other, { ...result, encryptedDataKeys: [foreign] }, 0)
  })

  test('finds the branch key by the context', async () => {
    const { admin, keyStore } = await setUp()
    for (const branchKeyId of ['a', 'b']) await admin.createBranchKey({ branchKeyId })
    const branchKeyIdFor = (context: ReadonlyMap<string, string>) => context.get('tenant') ?? ''
    const keyring = hierarchicalKeyring({ keyStore, branchKeyIdFor, ttlSeconds: 60 })
    for (const tenant of ['a', 'b']) {
      const { encryptedDataKeys } = await agrees(keyring, keyring, {
        context: new Map([['tenant', tenant]]),
      })
      assert.equal(Buffer.from(encryptedDataKeys[0]!.providerInfo).toString(), tenant)
    }
    await assert.rejects(wrap(keyring, { context: new Map() }), withCode('InvalidInput'))
  })

  test('refuses a store that answers with another key', async () => {
    const { admin, branchKeyId, keyring } = await setUp()
    const result = await wrap(keyring)
    await admin.createBranchKey({ branchKeyId: 'b' })
    const liar: BranchKeyStore = {
      activeBranchKey: () => admin.activeBranchKey('b'),
      branchKeyVersion: () => admin.activeBranchKey('b'),
    }
    const misled = hierarchicalKeyring({ keyStore: liar, branchKeyId, ttlSeconds: 60 })
    await assert.rejects(wrap(misled), withCode('KeyringFailed'))
    await refuses(misled, result, 1)
  })

  test('needs a time to live and one way to the branch key', async () => {
    const { keyStore, branchKeyId } = await setUp()
    const invalid = withCode('InvalidInput')
    for (const ttlSeconds of [0, -1, NaN])
      assert.throws(() => hierarchicalKeyring({ keyStore, branchKeyId, ttlSeconds }), invalid)
    assert.throws(() => hierarchicalKeyring({ keyStore, ttlSeconds: 1 } as never), invalid)
    const branchKeyIdForEmpty = { keyStore, branchKeyId: '', ttlSeconds: 1 }
    assert.throws(() => hierarchicalKeyring(branchKeyIdForEmpty), invalid)
  })
})

describe('a branch key cache', () => {
  test('zeroes what it evicts, but not under those who are reading', async () => {
    const { admin, clock } = await setUp()
    const keyStore = counting(admin)
    for (const branchKeyId of ['a', 'b']) await admin.createBranchKey({ branchKeyId })
    const cache = branchKeyCache({ capacity: 1, clock })
    const [a, b] = ['a', 'b'].map((branchKeyId) =>
      hierarchicalKeyring({ keyStore, branchKeyId, ttlSeconds: 60, cache }),
    )
    const both = await Promise.all([wrap(a!), wrap(b!)])
    assert.ok('dataKey' in (await unwrap(a!, both[0].encryptedDataKeys)))
    await settled()
    assert.equal(cache.size, 1)
    assert.equal(keyStore.given.length, 3)
    assert.deepEqual(keyStore.given.map(isZero), [true, true, false])
    cache.clear()
    await settled()
    assert.ok(keyStore.given.every(isZero))
  })

  test('keeps nothing with a capacity of none, and no failure', async () => {
    const { admin, branchKeyId } = await setUp()
    const keyStore = counting(admin)
    const cache = branchKeyCache({ capacity: 0 })
    const keyring = hierarchicalKeyring({ keyStore, branchKeyId, ttlSeconds: 60, cache })
    await agrees(keyring, keyring)
    await settled()
    assert.equal(cache.size, 0)
    assert.ok(keyStore.given.every(isZero))
    const kept = branchKeyCache()
    const late = hierarchicalKeyring({ keyStore, branchKeyId: 'late', ttlSeconds: 60, cache: kept })
    await assert.rejects(wrap(late), withCode('KeyringFailed'))
    await admin.createBranchKey({ branchKeyId: 'late' })
    await agrees(late, late)
  })

  test('keeps apart the keys of several stores, and each keyring to its own time', async () => {
    const first = await setUp()
    const second = await setUp()
    const shared = (keyStore: BranchKeyStore, ttlSeconds: number) =>
      hierarchicalKeyring({
        keyStore,
        branchKeyId: first.branchKeyId,
        ttlSeconds,
        cache: first.cache,
      })
    const result = await wrap(shared(first.keyStore, 60))
    await refuses(shared(second.keyStore, 60), result, 1)
    await wrap(shared(second.keyStore, 60))
    assert.equal(second.keyStore.given.length, 1)
    first.time.ms = 5_000
    await wrap(shared(first.keyStore, 60))
    assert.equal(first.keyStore.given.length, 1)
    await wrap(shared(first.keyStore, 5))
    assert.equal(first.keyStore.given.length, 2)
  })
})
