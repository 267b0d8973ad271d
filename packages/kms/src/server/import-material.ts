import { KmsError } from '../api/errors.ts'
import type { Input } from '../api/operations.ts'
import { requireImportable } from '../core/import/importable.ts'
import { readMaterial } from '../core/import/material.ts'
import { openImportToken } from '../core/import/token.ts'
import { unwrapMaterial } from '../core/import/wrapping.ts'
import { keySpecRow, type KeySpecName } from '../core/keys/key-spec.ts'
import { type Call, targetKey } from './call.ts'

/** Only such keys have more than one material, and tell the ids of theirs. */
export const isSymmetric = (spec: KeySpecName): boolean => keySpecRow(spec).material === 'symmetric'

/** Members that are about one of several materials. */
type GenerationMembers = Pick<
  Input<'ImportKeyMaterial'>,
  'ImportType' | 'KeyMaterialDescription' | 'KeyMaterialId'
>

/** Refuses for other keys what AWS has for symmetric ones alone. */
export const requireGenerationMembers = (members: GenerationMembers, spec: KeySpecName): void => {
  if (isSymmetric(spec)) return
  for (const name of ['ImportType', 'KeyMaterialDescription', 'KeyMaterialId'] as const)
    if (members[name] !== undefined)
      throw new KmsError(
        'UnsupportedOperationException',
        `${name} is not supported for KeySpec ${spec}.`,
      )
}

const validityMaxMs = 365 * 86_400_000

const requireValidTo = (validToMs: number | undefined, nowMs: number): void => {
  if (validToMs === undefined) return
  if (validToMs <= nowMs)
    throw new KmsError('ValidationException', 'ValidTo must be in the future.')
  if (validToMs > nowMs + validityMaxMs)
    throw new KmsError('ValidationException', 'ValidTo must be within 365 days.')
}

/** Unwraps and checks what is imported, before the change gets its turn. */
export const prepareImport = async (
  input: Input<'ImportKeyMaterial'>,
  call: Call,
): Promise<Uint8Array> => {
  const { record } = targetKey(call)
  requireImportable(record.spec)
  requireGenerationMembers(input, record.spec)
  const nowMs = call.clock.nowMs()
  requireValidTo(input.ValidTo, nowMs)
  const keyOf = (version: number) => call.hierarchy.tokenKeyOf('import', version)
  const { algorithm, privateKey } = openImportToken(keyOf, record, input.ImportToken, nowMs)
  const { EncryptedKeyMaterial: wrapped } = input
  const unwrapped = await unwrapMaterial(algorithm, privateKey, wrapped, call.keyWork)
  try {
    return readMaterial(record.spec, unwrapped)
  } finally {
    unwrapped.fill(0)
  }
}
