import { createPrivateKey, createPublicKey, createSecretKey, type KeyObject } from 'node:crypto'
import { fromHex, toBase64, toHex } from '../crypto/bytes.ts'
import { loadMaterial, type Material } from '../crypto/material.ts'
import type { Hierarchy, SecretPlace } from '../seal/hierarchy.ts'
import type { Place } from './arn.ts'
import { keyRowId } from './key.ts'
import { keySpecRow, type KeySpecName } from './key-spec.ts'
import { materialRowOf } from './material-row.ts'

/** What the material of a key does; part of what its wrapping authenticates. */
export type MaterialPurpose = 'encrypt' | 'mac' | 'keyPair'

/** What the store holds of one generation of a key's material. The row's parent is the key's row. */
export type MaterialRecord = {
  readonly region: string
  readonly account: string
  readonly keyId: string
  readonly materialId: string
  readonly purpose: MaterialPurpose
  readonly spec: KeySpecName
  /**
   * The wrapped bytes: 32 of symmetric material, a MAC key, or a private key as PKCS#8. Absent once
   * imported material was deleted or has expired: the row stays, so that a re-import is recognised.
   */
  readonly wrapped?: string
  readonly createdAtMs: number
  /** When it became the key's material in place of another; absent for the first, and while it waits. */
  readonly rotation?: { readonly atMs: number; readonly type: 'AUTOMATIC' | 'ON_DEMAND' }
  /** Imported, and waiting to take the place of the current one. */
  readonly isPending?: true
  /** Of imported material: what its owner wrote, and when it expires, if it does. */
  readonly imported?: { readonly description?: string; readonly validToMs?: number }
}

/** Where a generation of material belongs. */
export type MaterialName = Omit<
  MaterialRecord,
  'wrapped' | 'createdAtMs' | 'rotation' | 'isPending' | 'imported'
>

const purposes = { symmetric: 'encrypt', mac: 'mac', keyPair: 'keyPair' } as const

/** Names material of a key. `materialId`: 32 bytes. */
export const materialName = (
  place: Place,
  keyId: string,
  spec: KeySpecName,
  materialId: Uint8Array,
): MaterialName => ({
  region: place.region,
  account: place.account,
  keyId,
  materialId: toHex(materialId),
  purpose: purposes[keySpecRow(spec).material],
  spec,
})

const placeOf = (name: MaterialName): SecretPlace => ({
  table: 'material',
  rowId: materialRowOf(name.region, name.materialId),
  account: name.account,
  region: name.region,
  keyId: name.keyId,
  materialId: name.materialId,
  purpose: name.purpose,
  spec: name.spec,
})

/** Wraps material for the store. Only reads `bytes`, which the caller zeroes. */
export const wrapMaterial = (
  name: MaterialName,
  bytes: Uint8Array,
  hierarchy: Hierarchy,
  nowMs: number,
): MaterialRecord => ({
  ...name,
  wrapped: toBase64(hierarchy.wrap(placeOf(name), bytes)),
  createdAtMs: nowMs,
})

/** The bytes of material, which the caller zeroes; `undefined` where they are not there any more. */
export const unwrapMaterial = (
  record: MaterialRecord,
  hierarchy: Hierarchy,
): Uint8Array | undefined =>
  record.wrapped === undefined
    ? undefined
    : hierarchy.unwrap(placeOf(record), Buffer.from(record.wrapped, 'base64'))

/** Material that is ready for use, and the key that it belongs to. */
type Loaded = {
  /** Hex, 64 digits. */
  readonly materialId: string
  readonly keyRowId: string
  readonly place: Place
  readonly keyId: string
  /** When imported material stops being used. */
  readonly validToMs: number | undefined
}
/** Symmetric material: it encrypts. */
export type LoadedMaterial = Loaded & { readonly purpose: 'encrypt'; readonly material: Material }
/** A private key and its public half, imported once. */
export type LoadedKeyPair = Loaded & {
  readonly purpose: 'keyPair'
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  /** The public key as DER SubjectPublicKeyInfo; shared, so it must not be changed. */
  readonly spki: Uint8Array
}
export type LoadedMacKey = Loaded & { readonly purpose: 'mac'; readonly key: KeyObject }

export type AnyLoaded = LoadedMaterial | LoadedKeyPair | LoadedMacKey

const openers = {
  encrypt: ({ materialId }, bytes) => ({
    purpose: 'encrypt',
    material: loadMaterial(fromHex(materialId), bytes),
  }),
  mac: (_record, bytes) => ({ purpose: 'mac', key: createSecretKey(bytes) }),
  keyPair: (_record, bytes) => {
    const privateKey = createPrivateKey({
      key: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length),
      format: 'der',
      type: 'pkcs8',
    })
    const publicKey = createPublicKey(privateKey)
    const spki = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }))
    return { purpose: 'keyPair', privateKey, publicKey, spki }
  },
} as const satisfies {
  readonly [P in MaterialPurpose]: (
    record: MaterialRecord,
    bytes: Uint8Array,
  ) => Omit<Extract<AnyLoaded, { purpose: P }>, keyof Loaded>
}

/** `undefined` where the material is not there any more. */
export const openMaterial = (
  record: MaterialRecord,
  hierarchy: Hierarchy,
): AnyLoaded | undefined => {
  const bytes = unwrapMaterial(record, hierarchy)
  if (bytes === undefined) return undefined
  try {
    return {
      ...openers[record.purpose](record, bytes),
      materialId: record.materialId,
      keyRowId: keyRowId(record, record.keyId),
      place: { region: record.region, account: record.account },
      keyId: record.keyId,
      validToMs: record.imported?.validToMs,
    }
  } finally {
    bytes.fill(0)
  }
}
