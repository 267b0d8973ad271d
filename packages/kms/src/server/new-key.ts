import { KmsError } from '../api/errors.ts'
import type { Input } from '../api/operations.ts'
import { newMaterialId } from '../core/crypto/material.ts'
import { requireImportable } from '../core/import/importable.ts'
import type { KeyOrigin, KeyRecord } from '../core/keys/key.ts'
import { type KeySpecRow, type KeyUsage, requireKeySpec } from '../core/keys/key-spec.ts'
import { materialName, type MaterialRecord, wrapMaterial } from '../core/keys/material.ts'
import { putKeyRow, putMaterialRow } from '../core/keys/rows.ts'
import type { Call } from './call.ts'
import { prepareOuterKey, type StorePlan, storePlanOf } from './key-stores/new-key.ts'

/** What CreateKey is asked for, all of it possible. */
export type NewKeyPlan = {
  readonly spec: KeySpecRow
  readonly usage: KeyUsage
  readonly origin: KeyOrigin
  /** The custom key store that is to hold it. */
  readonly store: StorePlan | undefined
}

/** Throws for a combination that AWS does not have, in its words. */
export const requireNewKey = (input: Input<'CreateKey'>): NewKeyPlan => {
  if (input.KeySpec !== undefined && input.CustomerMasterKeySpec !== undefined)
    throw new KmsError(
      'ValidationException',
      'You cannot specify KeySpec and CustomerMasterKeySpec in the same request. ' +
        'CustomerMasterKeySpec is deprecated.',
    )
  const name = input.KeySpec ?? input.CustomerMasterKeySpec ?? 'SYMMETRIC_DEFAULT'
  if (name !== 'SYMMETRIC_DEFAULT' && input.KeyUsage === undefined)
    throw new KmsError(
      'ValidationException',
      'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.',
    )
  const spec = requireKeySpec(name)
  const usage = input.KeyUsage ?? 'ENCRYPT_DECRYPT'
  if (spec.algorithms[usage] === undefined)
    throw new KmsError(
      'ValidationException',
      `KeyUsage ${usage} is not compatible with KeySpec ${spec.name}`,
    )
  const origin = input.Origin ?? 'AWS_KMS'
  const store = storePlanOf(origin, input)
  if (origin === 'EXTERNAL') requireImportable(spec.name)
  return { spec, usage, origin, store }
}

/**
 * Makes what takes long before the change gets its turn: the private key of an asymmetric key, as
 * PKCS#8, or the key of a token, of which it is the id. `undefined` where the material is drawn from
 * randomness, or imported.
 */
export const prepareNewKey = async (
  input: Input<'CreateKey'>,
  call: Call,
): Promise<Uint8Array | undefined> => {
  const { spec, origin, store } = requireNewKey(input)
  if (store !== undefined) return prepareOuterKey(call, store)
  if (origin !== 'AWS_KMS' || spec.material !== 'keyPair') return undefined
  const { privateKey, publicKey } = await call.keyWork.generateKeyPair(spec.name)
  publicKey.fill(0)
  return privateKey
}

/** Wraps material that is made here for a new key, and erases it. */
export const newMaterial = (call: Call, keyId: string, spec: KeySpecRow): MaterialRecord => {
  const { place, random, hierarchy, clock } = call
  const bytes = spec.material === 'keyPair' ? call.prepared : random.bytes(spec.materialBytes)
  if (bytes === undefined) throw new TypeError('the private key of a new key is prepared')
  try {
    const name = materialName(place, keyId, spec.name, newMaterialId(random))
    return wrapMaterial(name, bytes, hierarchy, clock.nowMs())
  } finally {
    bytes.fill(0)
  }
}

/** Puts a generation of a key's material into the change. */
export const putMaterial = (call: Call, material: MaterialRecord): void => {
  putMaterialRow(call.change, material)
}

/** Writes a key's record; its row falls due when its waiting period ends. */
export const putKey = (call: Call, record: KeyRecord): void => {
  putKeyRow(call.change, record)
}
