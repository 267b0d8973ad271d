import {
  ciphertextShape,
  deletedMaterialIdShape,
  expirationModelShape,
  importTypeShape,
  keyIdShape,
  keyMaterialDescriptionShape,
  materialIdShape,
  plaintextShape,
  wrappingAlgorithmShape,
  wrappingKeySpecShape,
} from '../members.ts'
import { operation, ownKey, stateErrors } from '../operation.ts'
import { optional, required, time } from '../shapes.ts'

const ownKeyId = required(keyIdShape, 'Key id or key ARN; its Origin has to be EXTERNAL.')

export const GetParametersForImport = operation({
  doc: 'Makes a public key to encrypt key material with, and the token that goes with it, for 24 hours.',
  input: {
    KeyId: ownKeyId,
    WrappingAlgorithm: required(wrappingAlgorithmShape, 'How the material will be encrypted.'),
    WrappingKeySpec: required(wrappingKeySpecShape, 'The kind of public key.'),
  },
  output: {
    KeyId: required(keyIdShape, 'ARN of the key.'),
    ImportToken: required(ciphertextShape, 'To be sent with the material that it is for.'),
    PublicKey: required(plaintextShape, 'Encrypts the material; DER of a SubjectPublicKeyInfo.'),
    ParametersValidTo: required(time, 'When public key and token can no longer be used.'),
  },
  authorize: [{ action: 'kms:GetParametersForImport', resource: ownKey('KeyId') }],
  origin: 'EXTERNAL',
  keyState: 'notPendingDeletion',
  changes: false,
  audit: ['KeyId', 'WrappingAlgorithm', 'WrappingKeySpec'],
  auditOutput: [],
  errors: [...stateErrors, 'UnsupportedOperationException'],
})

export const ImportKeyMaterial = operation({
  doc: 'Imports key material, encrypted with the public key of GetParametersForImport, or imports it again.',
  input: {
    KeyId: ownKeyId,
    ImportToken: required(ciphertextShape, 'Of the answer that the public key came with.'),
    EncryptedKeyMaterial: required(ciphertextShape, 'The material, encrypted.'),
    ValidTo: optional(time, 'When the material expires, within 365 days; only if it does.'),
    ExpirationModel: optional(
      expirationModelShape,
      'Whether the material expires; absent: KEY_MATERIAL_EXPIRES.',
    ),
    ImportType: optional(
      importTypeShape,
      'Of symmetric keys: whether the material is a new one; absent: only the first is.',
    ),
    KeyMaterialDescription: optional(
      keyMaterialDescriptionShape,
      'Of symmetric keys: what the material is; absent: what was said of it before.',
    ),
    KeyMaterialId: optional(
      materialIdShape,
      'Of symmetric keys: the id that the material has to have.',
    ),
  },
  output: {
    KeyId: required(keyIdShape, 'ARN of the key.'),
    KeyMaterialId: optional(materialIdShape, 'Of symmetric keys: the id of the material.'),
  },
  authorize: [{ action: 'kms:ImportKeyMaterial', resource: ownKey('KeyId') }],
  origin: 'EXTERNAL',
  keyState: 'notPendingDeletion',
  changes: true,
  audit: [
    'KeyId',
    'ValidTo',
    'ExpirationModel',
    'ImportType',
    'KeyMaterialDescription',
    'KeyMaterialId',
  ],
  auditOutput: ['KeyId', 'KeyMaterialId'],
  errors: [
    ...stateErrors,
    'UnsupportedOperationException',
    'InvalidCiphertextException',
    'IncorrectKeyMaterialException',
    'ExpiredImportTokenException',
    'InvalidImportTokenException',
  ],
})

export const DeleteImportedKeyMaterial = operation({
  doc: 'Deletes imported key material. The key cannot be used until the same material is imported again.',
  input: {
    KeyId: ownKeyId,
    KeyMaterialId: optional(
      materialIdShape,
      'Of symmetric keys: which material; absent: the current one.',
    ),
  },
  output: {
    KeyId: required(keyIdShape, 'ARN of the key.'),
    KeyMaterialId: optional(deletedMaterialIdShape, 'Of symmetric keys: the id of the material.'),
  },
  authorize: [{ action: 'kms:DeleteImportedKeyMaterial', resource: ownKey('KeyId') }],
  origin: 'EXTERNAL',
  keyState: 'any',
  changes: true,
  audit: ['KeyId', 'KeyMaterialId'],
  auditOutput: ['KeyId', 'KeyMaterialId'],
  errors: [...stateErrors, 'UnsupportedOperationException'],
})
