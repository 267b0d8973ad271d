import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { memoryBranchKeyStore } from '../../src/keyrings/branch-keys/memory.ts'
import { memoryBranchKeyRecords } from '../../src/keyrings/branch-keys/records.ts'
import { sqliteBranchKeyStore } from '../../src/keyrings/branch-keys/sqlite.ts'
import type { BranchKeyAdmin } from '../../src/keyrings/branch-keys/store.ts'
import { wrappedBranchKeyStore } from '../../src/keyrings/branch-keys/wrapped.ts'
import { hierarchicalKeyring } from '../../src/keyrings/hierarchical.ts'
import { StandInKms } from './stand-in-kms.ts'
import { agrees, unwrap, withCode, wrap } from './trying.ts'

const client = new StandInKms()
const kmsKeyArn = client.createKey()
const now = () => new Date('2026-11-24T00:00:00Z')

/** Runs `use` with the path of a database that is gone afterwards. */
const withFile = async (use: (file: string) => Promise<void>): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'branch-keys-'))
  try {
    await use(join(folder, 'keys.db'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const stores: Readonly<
  Record<string, (use: (store: BranchKeyAdmin) => Promise<void>) => Promise<void>>
> = {
  'in memory': (use) => use(memoryBranchKeyStore()),
  'in memory, wrapped by KMS': (use) =>
    use(wrappedBranchKeyStore(memoryBranchKeyRecords(), { client, kmsKeyArn, name: 'store' })),
  'in a SQLite file': (use) =>
    withFile(async (file) => {
      using store = sqliteBranchKeyStore({ file, client, kmsKeyArn, name: 'store' })
      await use(store)
    }),
}

for (const [name, withStore] of Object.entries(stores))
  describe(`a branch key store ${name}`, () => {
    test('makes a branch key with an active version', () =>
      withStore(async (store) => {
        const id = await store.createBranchKey()
        assert.match(id, /^[0-9a-f-]{36}$/)
        const active = await store.activeBranchKey(id)
        assert.equal(active.branchKeyId, id)
        assert.match(active.version, /^[0-9a-f-]{36}$/)
        assert.equal(active.material.length, 32)
        assert.deepEqual(await store.branchKeyVersion(id, active.version), active)
      }))

    test('rotates: a new version is active, the old one stays', () =>
      withStore(async (store) => {
        const id = await store.createBranchKey({ branchKeyId: 'tenant', context: { team: 'a' } })
        const first = await store.activeBranchKey(id)
        const version = await store.versionBranchKey(id)
        const second = await store.activeBranchKey(id)
        assert.equal(second.version, version)
        assert.notDeepEqual(second.material, first.material)
        assert.deepEqual(await store.branchKeyVersion(id, first.version), first)
        assert.deepEqual(await store.branchKeyVersion(id, version), second)
      }))

    test('gives out copies, which their reader may zero', () =>
      withStore(async (store) => {
        const id = await store.createBranchKey()
        const first = await store.activeBranchKey(id)
        const before = first.material.slice()
        first.material.fill(0)
        assert.deepEqual((await store.activeBranchKey(id)).material, before)
      }))

    test('refuses an id that is taken, and ids and versions that it does not know', () =>
      withStore(async (store) => {
        const id = await store.createBranchKey({ branchKeyId: 'tenant' })
        const before = await store.activeBranchKey(id)
        await assert.rejects(store.createBranchKey({ branchKeyId: id }), withCode('InvalidInput'))
        await assert.rejects(store.createBranchKey({ branchKeyId: '' }), withCode('InvalidInput'))
        assert.deepEqual(await store.activeBranchKey(id), before)
        const none = withCode('NoDataKey')
        await assert.rejects(store.activeBranchKey('other'), none)
        await assert.rejects(store.versionBranchKey('other'), none)
        await assert.rejects(store.branchKeyVersion('other', before.version), none)
        await assert.rejects(store.branchKeyVersion(id, 'active'), none)
        await assert.rejects(store.branchKeyVersion(id, before.version.toUpperCase()), none)
      }))
  })

describe('a branch key store that KMS wraps', () => {
  const options = { client, kmsKeyArn, name: 'store', now }

  test('never has KMS give out a branch key when one is made', async () => {
    client.calls.length = 0
    const store = wrappedBranchKeyStore(memoryBranchKeyRecords(), options)
    await store.createBranchKey({ branchKeyId: 'tenant', context: { team: 'a' } })
    assert.deepEqual(
      client.calls.map(({ operation }) => operation),
      ['generateDataKeyWithoutPlaintext', 'reEncrypt'],
    )
    const { DestinationEncryptionContext: context } = client.calls[1]!.input
    const { version } = await store.activeBranchKey('tenant')
    assert.deepEqual(context, {
      'aws-crypto-ec:team': 'a',
      'branch-key-id': 'tenant',
      type: 'branch:ACTIVE',
      version: `branch:version:${version}`,
      'create-time': '2026-11-24T00:00:00.000Z',
      tablename: 'store',
      'kms-arn': kmsKeyArn,
      'hierarchy-version': '1',
    })
  })

  test('is not read under another name, or with records that were changed', async () => {
    const records = memoryBranchKeyRecords()
    const store = wrappedBranchKeyStore(records, options)
    await store.createBranchKey({ branchKeyId: 'a' })
    await store.createBranchKey({ branchKeyId: 'b' })
    const refused = withCode('NoDataKey')
    const renamed = wrappedBranchKeyStore(records, { ...options, name: 'other' })
    await assert.rejects(renamed.activeBranchKey('a'), refused)
    const b = await records.active('b')
    assert.ok(b)
    const changes = [
      { wrapped: b.wrapped },
      { createdAt: '2020-01-01T00:00:00.000Z' },
      { version: b.version },
      { context: new Map([['team', 'a']]) },
      { branchKeyId: 'b' },
    ]
    for (const change of changes) {
      const record = await records.active('a')
      const forged = { ...records, active: async () => record && { ...record, ...change } }
      const misled = wrappedBranchKeyStore(forged, options)
      await assert.rejects(misled.activeBranchKey('a'), refused)
      await assert.rejects(misled.versionBranchKey('a'))
    }
  })

  test('does not believe answers of KMS for another key', async () => {
    const store = wrappedBranchKeyStore(memoryBranchKeyRecords(), options)
    const id = await store.createBranchKey()
    const other = client.createKey()
    for (const lie of [{ KeyId: other }, { SourceKeyId: other }, { CiphertextBlob: undefined }]) {
      client.alter = (_, answer) => ({ ...answer, ...lie })
      await assert.rejects(store.createBranchKey(), withCode('KeyringFailed'))
      await assert.rejects(store.versionBranchKey(id), withCode('KeyringFailed'))
    }
    for (const lie of [{ KeyId: other }, { Plaintext: new Uint8Array(16) }]) {
      client.alter = (_, answer) => ({ ...answer, ...lie })
      await assert.rejects(store.activeBranchKey(id), withCode('NoDataKey'))
    }
    client.alter = (_, answer) => answer
  })

  test('lets one of two concurrent rotations win, and keeps the store whole', () =>
    withFile(async (file) => {
      using one = sqliteBranchKeyStore({ file, ...options })
      using two = sqliteBranchKeyStore({ file, ...options })
      const id = await one.createBranchKey()
      const results = await Promise.allSettled([one.versionBranchKey(id), two.versionBranchKey(id)])
      const versions = results.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
      assert.equal(versions.length, 1)
      assert.equal((await two.activeBranchKey(id)).version, versions[0])
    }))

  test('survives a restart in a SQLite file, which holds no branch key in the clear', () =>
    withFile(async (file) => {
      const first = sqliteBranchKeyStore({ file, ...options })
      const branchKeyId = await first.createBranchKey({ context: { team: 'a' } })
      const writer = hierarchicalKeyring({ keyStore: first, branchKeyId, ttlSeconds: 60 })
      const { encryptedDataKeys } = await wrap(writer)
      await first.versionBranchKey(branchKeyId)
      const { material } = await first.activeBranchKey(branchKeyId)
      first.close()
      first.close()
      using second = sqliteBranchKeyStore({ file, ...options })
      const reader = hierarchicalKeyring({ keyStore: second, branchKeyId, ttlSeconds: 60 })
      assert.ok('dataKey' in (await unwrap(reader, encryptedDataKeys)))
      await agrees(reader, reader)
      const database = new DatabaseSync(file)
      const rows = database.prepare('SELECT * FROM branch_keys').all()
      database.close()
      assert.equal(rows.length, 3)
      for (const row of rows)
        assert.ok(!Buffer.from(row['wrapped'] as Uint8Array).includes(material))
    }))

  test('refuses a damaged record of a SQLite file', () =>
    withFile(async (file) => {
      using store = sqliteBranchKeyStore({ file, ...options })
      const id = await store.createBranchKey()
      const database = new DatabaseSync(file)
      for (const context of ['{', '{}', '[["a"]]']) {
        database.prepare('UPDATE branch_keys SET context = ?').run(context)
        await assert.rejects(store.activeBranchKey(id), withCode('KeyringFailed'))
      }
      database.close()
    }))

  test('needs the ARN of a key and a name', () => {
    const records = memoryBranchKeyRecords()
    const invalid = withCode('InvalidInput')
    assert.throws(() => wrappedBranchKeyStore(records, { ...options, name: '' }), invalid)
    const alias = { ...options, kmsKeyArn: 'alias/app' }
    assert.throws(() => wrappedBranchKeyStore(records, alias), invalid)
  })
})
