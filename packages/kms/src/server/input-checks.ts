import { KmsError } from '../api/errors.ts'
import type { OperationName, Input } from '../api/operations.ts'
import { requireNewStoreMembers, requireOneStore } from './key-stores/members.ts'
import { missing } from './missing.ts'

/**
 * What AWS asks of an input beyond its shapes, and before it looks any key up: rules between
 * members, and bounds that its documentation makes narrower than its model.
 */
export const inputChecks: { readonly [N in OperationName]?: (input: Input<N>) => void } = {
  Decrypt: ({ EncryptionAlgorithm, KeyId }) => requireNamedKey('keyId', EncryptionAlgorithm, KeyId),
  ReEncrypt: ({ SourceEncryptionAlgorithm, SourceKeyId }) =>
    requireNamedKey('sourceKeyId', SourceEncryptionAlgorithm, SourceKeyId),
  GenerateDataKey: (input) => requireOneLength(input),
  GenerateDataKeyWithoutPlaintext: (input) => requireOneLength(input),
  GenerateRandom: ({ NumberOfBytes }) => {
    if (NumberOfBytes === undefined)
      throw new KmsError('ValidationException', 'NumberOfBytes is required.')
  },
  CreateGrant: ({ Operations, GranteePrincipal }) => {
    if (Operations.length === 0) throw missing('operations')
    if (GranteePrincipal === undefined) throw missing('granteePrincipal')
  },
  ListRetirableGrants: ({ RetiringPrincipal }) => {
    if (RetiringPrincipal === undefined) throw missing('retiringPrincipal')
  },
  RetireGrant: ({ GrantToken, KeyId, GrantId }) => {
    const isNamed = KeyId !== undefined && GrantId !== undefined
    const isOther = KeyId !== undefined || GrantId !== undefined
    // AWS's own text for it is not known.
    if (GrantToken === undefined ? !isNamed : isOther)
      throw new KmsError(
        'ValidationException',
        'Either a grant token, or both a key ID and a grant ID, must be specified.',
      )
  },
  CreateCustomKeyStore: requireNewStoreMembers,
  DescribeCustomKeyStores: requireOneStore,
  ImportKeyMaterial: ({ ExpirationModel, ImportType, KeyMaterialId, ValidTo }) => {
    const expires = ExpirationModel !== 'KEY_MATERIAL_DOES_NOT_EXPIRE'
    if (expires !== (ValidTo !== undefined))
      throw new KmsError(
        'ValidationException',
        expires
          ? 'A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES'
          : 'A validTo date must not be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE',
      )
    if (KeyMaterialId !== undefined && ImportType === 'NEW_KEY_MATERIAL')
      throw new KmsError(
        'ValidationException',
        'A KeyMaterialId cannot be specified if the ImportType is NEW_KEY_MATERIAL',
      )
  },
  ScheduleKeyDeletion: ({ PendingWindowInDays: days }) => {
    if (days === undefined) return
    if (days < 7) throw outOfBounds('pendingWindowInDays', days, 'greater than or equal to 7')
    if (days > 30) throw outOfBounds('pendingWindowInDays', days, 'less than or equal to 30')
  },
}

/** The text of a bound that the shape does not have. */
export const outOfBounds = (path: string, value: number, bound: string): KmsError =>
  new KmsError(
    'ValidationException',
    `1 validation error detected: Value '${value}' at '${path}' failed to satisfy constraint: ` +
      `Member must have value ${bound}`,
  )

/** A ciphertext of an asymmetric key does not say which key that was. */
const requireNamedKey = (
  path: string,
  algorithm: string | undefined,
  keyId: string | undefined,
): void => {
  if (algorithm !== undefined && algorithm !== 'SYMMETRIC_DEFAULT' && keyId === undefined)
    throw missing(path)
}

const requireOneLength = (input: {
  readonly KeySpec?: unknown
  readonly NumberOfBytes?: unknown
}): void => {
  if ((input.KeySpec === undefined) !== (input.NumberOfBytes === undefined)) return
  throw new KmsError('ValidationException', 'Please specify either number of bytes or key spec.')
}
