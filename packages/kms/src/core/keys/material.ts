import { fromHex, toBase64, toHex } from '../crypto/bytes.ts'
import { loadMaterial, type Material, newMaterialBytes, newMaterialId } from '../crypto/material.ts'
import type { Random } from '../ports.ts'
import type { Hierarchy, SecretPlace } from '../seal/hierarchy.ts'
import type { Place } from './arn.ts'
import { keyRowId } from './key.ts'

/** What the store holds of one generation of a key's material. The row's parent is the key's row. */
export type MaterialRecord = {
  readonly region: string
  readonly account: string
  readonly keyId: string
  readonly materialId: string
  readonly purpose: 'encrypt'
  readonly spec: 'SYMMETRIC_DEFAULT'
  readonly wrapped: string
  readonly createdAtMs: number
}

/** A ciphertext names its material by the first half of the id, and the Region it is sent to. */
export const materialRowId = (region: string, materialIdHalf: string): string =>
  `${region}/${materialIdHalf}`

const placeOf = (record: Omit<MaterialRecord, 'wrapped' | 'createdAtMs'>): SecretPlace => ({
  table: 'material',
  rowId: materialRowId(record.region, record.materialId.slice(0, 32)),
  account: record.account,
  region: record.region,
  keyId: record.keyId,
  materialId: record.materialId,
  purpose: record.purpose,
  spec: record.spec,
})

/** Makes material for a key, wrapped for the store; the bytes themselves do not outlive the call. */
export const newMaterial = (
  place: Place,
  keyId: string,
  hierarchy: Hierarchy,
  random: Random,
  nowMs: number,
): MaterialRecord => {
  const bytes = newMaterialBytes(random)
  try {
    const described = {
      region: place.region,
      account: place.account,
      keyId,
      materialId: toHex(newMaterialId(random)),
      purpose: 'encrypt',
      spec: 'SYMMETRIC_DEFAULT',
    } as const
    const wrapped = toBase64(hierarchy.wrap(placeOf(described), bytes))
    return { ...described, wrapped, createdAtMs: nowMs }
  } finally {
    bytes.fill(0)
  }
}

/** Material that is ready for use, and the key that it belongs to. */
export type LoadedMaterial = {
  readonly material: Material
  /** Hex, 64 digits. */
  readonly materialId: string
  readonly keyRowId: string
  readonly place: Place
  readonly keyId: string
}

export const openMaterial = (record: MaterialRecord, hierarchy: Hierarchy): LoadedMaterial => {
  const bytes = hierarchy.unwrap(placeOf(record), Buffer.from(record.wrapped, 'base64'))
  try {
    return {
      material: loadMaterial(fromHex(record.materialId), bytes),
      materialId: record.materialId,
      keyRowId: keyRowId(record, record.keyId),
      place: { region: record.region, account: record.account },
      keyId: record.keyId,
    }
  } finally {
    bytes.fill(0)
  }
}
