import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createKey, invalid, refused, succeeded } from './expect.ts'
import { all, type Entry, openRotationScene } from './rotation-scene.ts'

const { service, call, rotations, materialId, rotate } = await openRotationScene()

describe('ListKeyRotations', () => {
  it('decodes: what to include, limits and markers', async () => {
    const { KeyId } = await createKey(service)
    for (let n = 0; n < 4; n += 1) await rotate(KeyId)
    const expected = await rotations(KeyId, all)
    assert.equal(expected.length, 5)
    const pages: Entry[] = []
    let Marker: unknown
    do {
      const page = succeeded(await call('ListKeyRotations', { KeyId, ...all, Limit: 2, Marker }))
      pages.push(...(page['Rotations'] as Entry[]))
      Marker = page['NextMarker']
      assert.equal(page['Truncated'], Marker !== undefined)
    } while (Marker !== undefined)
    assert.deepEqual(pages, expected)
    const { NextMarker } = succeeded(await call('ListKeyRotations', { KeyId, ...all, Limit: 2 }))
    const other = await call('ListKeyRotations', { KeyId, Marker: NextMarker })
    refused(other, 'InvalidMarkerException', 'The marker is not valid.')
    const values = 'ALL_KEY_MATERIAL, ROTATIONS_ONLY'
    const wrong = await call('ListKeyRotations', { KeyId, IncludeKeyMaterial: 'SOME' })
    const constraint = `satisfy enum value set: [${values}]`
    invalid(wrong, " 'SOME'", 'includeKeyMaterial', constraint)
  })

  it('does: lists rotations, or all material, the oldest first', async () => {
    const { KeyId } = await createKey(service)
    const first = await materialId(KeyId)
    assert.deepEqual(succeeded(await call('ListKeyRotations', { KeyId })), {
      Rotations: [],
      Truncated: false,
    })
    assert.deepEqual(await rotations(KeyId, all), [
      { KeyId, KeyMaterialId: first, KeyMaterialState: 'CURRENT' },
    ])
    const atMs: number[] = []
    const ids: string[] = []
    for (let n = 0; n < 2; n += 1) {
      service.clock.advance(1500)
      atMs.push(service.clock.nowMs())
      await rotate(KeyId)
      ids.push(await materialId(KeyId))
    }
    const listed = ids.map((KeyMaterialId, index) => ({
      KeyId,
      KeyMaterialId,
      KeyMaterialState: index === 1 ? 'CURRENT' : 'NON_CURRENT',
      RotationDate: (atMs[index] ?? 0) / 1000,
      RotationType: 'ON_DEMAND',
    }))
    assert.deepEqual(await rotations(KeyId), listed)
    assert.deepEqual(await rotations(KeyId, { IncludeKeyMaterial: 'ROTATIONS_ONLY' }), listed)
    assert.deepEqual(await rotations(KeyId, all), [
      { KeyId, KeyMaterialId: first, KeyMaterialState: 'NON_CURRENT' },
      ...listed,
    ])
  })

  it('does: keeps the order of rotations within a millisecond', async () => {
    const { KeyId } = await createKey(service)
    const ids = [await materialId(KeyId)]
    for (let n = 0; n < 5; n += 1) {
      await rotate(KeyId)
      ids.push(await materialId(KeyId))
    }
    assert.deepEqual(
      (await rotations(KeyId, all)).map(({ KeyMaterialId }) => KeyMaterialId),
      ids,
    )
  })
})
