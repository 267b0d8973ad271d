import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  currentOf,
  dropMaterial,
  lackingMaterial,
  withMaterials,
} from '../../../src/core/keys/imported.ts'
import type { KeyRecord } from '../../../src/core/keys/key.ts'
import type { MaterialRecord } from '../../../src/core/keys/material.ts'
import { Change } from '../../../src/core/state/change.ts'

const nowMs = Date.UTC(2026, 10, 26)
const region = 'eu-central-1'
const idOf = (letter: string): string => letter.repeat(64)

const key: KeyRecord = {
  region,
  account: '111122223333',
  keyId: 'mrk-1',
  createdAtMs: 0,
  description: '',
  state: 'Enabled',
  spec: 'SYMMETRIC_DEFAULT',
  usage: 'ENCRYPT_DECRYPT',
  origin: 'EXTERNAL',
  multiRegion: false,
  currentMaterialId: idOf('a'),
  expiration: {},
  tags: [],
}
const material = (letter: string, more: Partial<MaterialRecord> = {}): MaterialRecord => ({
  region,
  account: key.account,
  keyId: key.keyId,
  materialId: idOf(letter),
  purpose: 'encrypt',
  spec: 'SYMMETRIC_DEFAULT',
  wrapped: 'bytes',
  createdAtMs: 0,
  imported: {},
  ...more,
})
const until = (validToMs: number) => ({ imported: { validToMs } })
const { wrapped: _bytes, ...absent } = material('b')

/** What a change does: rows written, and rows removed. */
const effects = (change: Change) =>
  change.rows.map(({ table, id, content }) => [
    `${table} ${id}`,
    content === undefined ? 'removed' : (JSON.parse(content) as Record<string, unknown>),
  ])

test('a key works with all of its material, until the first of it expires', () => {
  const all = [material('a', until(nowMs + 2)), material('b', until(nowMs + 1)), material('c')]
  assert.deepEqual(withMaterials({ ...key, state: 'PendingImport' }, all, nowMs), {
    ...key,
    expiration: { validToMs: nowMs + 1 },
  })
  assert.deepEqual(withMaterials(key, [material('a')], nowMs).expiration, {})
})

test('a key lacks its material if any of it is gone or has expired, but for what waits', () => {
  const lacking = lackingMaterial(key)
  assert.equal(lacking.state, 'PendingImport')
  assert.equal(lacking.expiration, undefined)
  for (const lost of [absent, material('b', until(nowMs))]) {
    assert.deepEqual(withMaterials(key, [material('a'), lost], nowMs), lacking)
    const waiting = { ...lost, isPending: true as const }
    assert.deepEqual(withMaterials(key, [material('a'), waiting], nowMs), key)
  }
})

test('a key that awaits its deletion goes on to do so, with and without material', () => {
  const doomed: KeyRecord = { ...key, state: 'PendingDeletion', deletionAtMs: nowMs + 1 }
  assert.equal(lackingMaterial(doomed).state, 'PendingDeletion')
  assert.equal(withMaterials(doomed, [material('a')], nowMs).state, 'PendingDeletion')
})

test('a disabled key stays disabled while its material is there', () => {
  const disabled: KeyRecord = { ...key, state: 'Disabled' }
  assert.equal(withMaterials(disabled, [material('a')], nowMs).state, 'Disabled')
  assert.equal(lackingMaterial(disabled).state, 'PendingImport')
})

test('the newest material that does not wait is the current one', () => {
  const rotation = (atMs: number) => ({ rotation: { atMs, type: 'ON_DEMAND' as const } })
  const all = [
    material('c', rotation(2)),
    material('a'),
    material('d', { isPending: true }),
    material('b', rotation(1)),
  ]
  assert.equal(currentOf(all)?.materialId, idOf('c'))
  assert.equal(currentOf([material('d', { isPending: true })]), undefined)
})

test('dropped material leaves its row without the bytes, and the key without material', () => {
  const change = new Change()
  const described = { imported: { description: 'one', validToMs: nowMs } }
  dropMaterial(change, key, material('a', described))
  const row = { ...material('a', { imported: { description: 'one' } }), wrapped: undefined }
  assert.deepEqual(effects(change), [
    [`material ${region}/${'a'.repeat(32)}`, JSON.parse(JSON.stringify(row))],
    [`key ${region}/111122223333/mrk-1`, JSON.parse(JSON.stringify(lackingMaterial(key)))],
  ])
})

test('dropped material that waits is forgotten everywhere by its primary, and by a replica not', () => {
  const regions = { primary: region, replicas: ['us-east-1'] }
  const waiting = material('b', { isPending: true })
  const atPrimary = new Change()
  dropMaterial(atPrimary, { ...key, regions }, waiting)
  assert.deepEqual(effects(atPrimary), [
    [`material ${region}/${'b'.repeat(32)}`, 'removed'],
    [`material us-east-1/${'b'.repeat(32)}`, 'removed'],
  ])
  const atReplica = new Change()
  const replica = { ...key, region: 'us-east-1', regions }
  dropMaterial(atReplica, replica, { ...waiting, region: 'us-east-1' })
  const [[name, row] = []] = effects(atReplica)
  assert.equal(name, `material us-east-1/${'b'.repeat(32)}`)
  const { wrapped, isPending } = row as Record<string, unknown>
  assert.deepEqual([wrapped, isPending], [undefined, true])
  assert.equal(atReplica.rows.length, 1)
})
