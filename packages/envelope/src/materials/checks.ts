import { timingSafeEqual } from 'node:crypto'
import { EnvelopeError } from '../errors.ts'
import { requireSuiteForDecrypt, requireSuiteForEncrypt } from './commitment.ts'
import type {
  DecryptionMaterials,
  DecryptionMaterialsRequest,
  EncryptionMaterials,
  EncryptionMaterialsRequest,
} from './types.ts'

/**
 * Refuses materials that do not answer the request, whoever made or kept them: another suite than
 * the one asked for, one that the commitment policy forbids (CVE-2026-6550), another data key than
 * the one to be wrapped, too many data keys, or parts that do not fit the suite. Leaves the data key
 * to the caller.
 */
export const requireEncryptionMaterials = (
  request: EncryptionMaterialsRequest,
  materials: EncryptionMaterials,
): void => {
  const { suite, encryptedDataKeys } = materials
  requireSuiteForEncrypt(request.commitmentPolicy, suite)
  if (request.suite !== undefined && request.suite.id !== suite.id) throw unfit('another suite')
  requireParts(materials, materials.signingKey)
  if (request.dataKey !== undefined && !timingSafeEqual(request.dataKey, materials.dataKey))
    throw unfit('another data key than the one to be wrapped')
  if (encryptedDataKeys.length === 0) throw unfit('no encrypted data key')
  requireDataKeyCount(encryptedDataKeys.length, request.maxEncryptedDataKeys)
}

/** The same for decryption. */
export const requireDecryptionMaterials = (
  request: DecryptionMaterialsRequest,
  materials: DecryptionMaterials,
): void => {
  requireSuiteForDecrypt(request.commitmentPolicy, materials.suite)
  if (request.suite.id !== materials.suite.id) throw unfit('another suite')
  requireParts(materials, materials.verificationKey)
}

/** Throws `PolicyViolation` for more data keys than a message may have; no maximum, no check. */
export const requireDataKeyCount = (count: number, max: number | undefined): void => {
  if (max === undefined || count <= max) return
  throw new EnvelopeError(
    'PolicyViolation',
    `The message would have ${count} encrypted data keys, more than the ${max} allowed.`,
  )
}

const requireParts = (
  materials: EncryptionMaterials | DecryptionMaterials,
  signatureKey: unknown,
): void => {
  const { suite, dataKey } = materials
  if (dataKey.length !== suite.keyBytes) throw unfit('a data key of the wrong length')
  if ((signatureKey === undefined) !== (suite.signature === undefined))
    throw unfit('a signature key where none belongs, or none where one does')
}

const unfit = (what: string): EnvelopeError =>
  new EnvelopeError('InvalidInput', `The materials manager gave out ${what}.`)
