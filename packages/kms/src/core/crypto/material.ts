import { createHmac, type KeyObject } from 'node:crypto'
import type { Random } from '../ports.ts'
import { utf8 } from './bytes.ts'
import { kdfKeyOf } from './kdf.ts'

/** Symmetric material is exactly this long. */
const materialBytes = 32

/** Length of a material's id; its first half stands in every ciphertext. */
const materialIdBytes = 32

/** One generation of a symmetric key, ready for use. It holds K_enc, never the material itself. */
export type Material = {
  readonly id: Uint8Array
  readonly kdfKey: KeyObject
}

/** Fresh symmetric material, in a buffer that the caller zeroes once it is wrapped. */
export const newMaterialBytes = (random: Random): Uint8Array => random.bytes(materialBytes)

/** The id of material that was made here: random, so that it tells nothing. */
export const newMaterialId = (random: Random): Uint8Array => random.bytes(materialIdBytes)

/**
 * The id of imported material, the same whenever the same bytes are imported into the same key, and
 * unrelated for another key: a re-import is recognised, equal material elsewhere is not.
 */
export const externalMaterialId = (
  material: Uint8Array,
  account: string,
  keyId: string,
): Uint8Array => {
  if (account.includes('\0') || keyId.includes('\0'))
    throw new TypeError('an account or a key id has no NUL')
  const named = utf8(`keyhold/material-id/v1\0${account}\0${keyId}`)
  return new Uint8Array(createHmac('sha512', material).update(named).digest().subarray(0, 32))
}

/** Does not keep `bytes`, which the caller zeroes. Throws TypeError for a wrong length of either. */
export const loadMaterial = (id: Uint8Array, bytes: Uint8Array): Material => {
  if (id.length !== materialIdBytes) throw new TypeError('a material id is 32 bytes')
  if (bytes.length !== materialBytes) throw new TypeError('symmetric material is 32 bytes')
  return { id: new Uint8Array(id), kdfKey: kdfKeyOf(bytes) }
}
