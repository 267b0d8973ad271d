import {
  ciphertextForRecipient,
  ciphertextShape,
  dryRun,
  encryptionAlgorithmShape,
  grantTokens,
  keyIdShape,
  materialIdShape,
  plaintextShape,
  recipient,
} from '../members.ts'
import { anyKey, operation, useErrors } from '../operation.ts'
import { listOf, oneOf, optional, required, textMap } from '../shapes.ts'

const dryRunModifiers = optional(
  listOf(oneOf(['IGNORE_CIPHERTEXT'])),
  'With DryRun: checks the permissions alone, without a ciphertext.',
)

export const Encrypt = operation({
  doc: 'Encrypts up to 4096 bytes under a key. Larger data belongs under a data key: see GenerateDataKey.',
  input: {
    KeyId: required(keyIdShape, 'Key id, key ARN, alias name or alias ARN.'),
    Plaintext: required(plaintextShape, 'The data to encrypt.'),
    EncryptionContext: optional(
      textMap,
      'Authenticated but not encrypted; Decrypt must repeat it exactly. Not a place for secrets.',
    ),
    GrantTokens: grantTokens,
    EncryptionAlgorithm: optional(encryptionAlgorithmShape, 'Absent: SYMMETRIC_DEFAULT.'),
    DryRun: dryRun,
  },
  output: {
    CiphertextBlob: required(ciphertextShape, 'Opaque; it carries the id of its key material.'),
    KeyId: required(keyIdShape, 'ARN of the key that encrypted.'),
    EncryptionAlgorithm: required(encryptionAlgorithmShape, 'The algorithm that was used.'),
  },
  authorize: [{ action: 'kms:Encrypt', resource: anyKey('KeyId'), context: 'EncryptionContext' }],
  usage: 'ENCRYPT_DECRYPT',
  keyState: 'usable',
  changes: false,
  audit: ['KeyId', 'EncryptionContext', 'EncryptionAlgorithm', 'DryRun'],
  auditOutput: [],
  errors: useErrors,
})

export const Decrypt = operation({
  doc: 'Decrypts what Encrypt or GenerateDataKey made. Name the key that you expect.',
  input: {
    CiphertextBlob: optional(ciphertextShape, 'The ciphertext.'),
    EncryptionContext: optional(textMap, 'The context that it was encrypted with, exactly.'),
    GrantTokens: grantTokens,
    KeyId: optional(
      keyIdShape,
      'The key that must have encrypted it, in any form; needed if it is asymmetric.',
    ),
    EncryptionAlgorithm: optional(encryptionAlgorithmShape, 'Absent: SYMMETRIC_DEFAULT.'),
    Recipient: recipient,
    DryRun: dryRun,
    DryRunModifiers: dryRunModifiers,
  },
  output: {
    KeyId: required(keyIdShape, 'ARN of the key that decrypted.'),
    Plaintext: optional(plaintextShape, 'The data.'),
    EncryptionAlgorithm: required(encryptionAlgorithmShape, 'The algorithm that was used.'),
    CiphertextForRecipient: ciphertextForRecipient,
    KeyMaterialId: optional(materialIdShape, 'Id of the material that decrypted.'),
  },
  authorize: [
    {
      action: 'kms:Decrypt',
      resource: {
        of: 'ciphertext',
        member: 'CiphertextBlob',
        key: 'KeyId',
        algorithm: 'EncryptionAlgorithm',
      },
      context: 'EncryptionContext',
    },
  ],
  usage: 'ENCRYPT_DECRYPT',
  keyState: 'usable',
  changes: false,
  audit: ['KeyId', 'EncryptionContext', 'EncryptionAlgorithm', 'DryRun', 'DryRunModifiers'],
  auditOutput: [],
  errors: [...useErrors, 'InvalidCiphertextException', 'IncorrectKeyException'],
})

export const ReEncrypt = operation({
  doc: 'Decrypts a ciphertext and encrypts it again under another key or context, all inside the service.',
  input: {
    CiphertextBlob: optional(ciphertextShape, 'The ciphertext.'),
    SourceEncryptionContext: optional(textMap, 'The context that it was encrypted with.'),
    SourceKeyId: optional(
      keyIdShape,
      'The key that must have encrypted it; needed if it is asymmetric.',
    ),
    DestinationKeyId: required(keyIdShape, 'The key that is to encrypt it, in any of the forms.'),
    DestinationEncryptionContext: optional(textMap, 'The context of the new ciphertext.'),
    SourceEncryptionAlgorithm: optional(encryptionAlgorithmShape, 'Absent: SYMMETRIC_DEFAULT.'),
    DestinationEncryptionAlgorithm: optional(
      encryptionAlgorithmShape,
      'Absent: SYMMETRIC_DEFAULT.',
    ),
    GrantTokens: grantTokens,
    DryRun: dryRun,
    DryRunModifiers: dryRunModifiers,
  },
  output: {
    CiphertextBlob: required(ciphertextShape, 'The new ciphertext.'),
    SourceKeyId: required(keyIdShape, 'ARN of the key that decrypted.'),
    KeyId: required(keyIdShape, 'ARN of the key that encrypted.'),
    SourceEncryptionAlgorithm: required(encryptionAlgorithmShape, 'What decrypted.'),
    DestinationEncryptionAlgorithm: required(encryptionAlgorithmShape, 'What encrypted.'),
    SourceKeyMaterialId: optional(materialIdShape, 'Id of the material that decrypted.'),
    DestinationKeyMaterialId: optional(materialIdShape, 'Id of the material that encrypted.'),
  },
  authorize: [
    {
      action: 'kms:ReEncryptFrom',
      resource: {
        of: 'ciphertext',
        member: 'CiphertextBlob',
        key: 'SourceKeyId',
        algorithm: 'SourceEncryptionAlgorithm',
      },
      context: 'SourceEncryptionContext',
    },
    {
      action: 'kms:ReEncryptTo',
      resource: anyKey('DestinationKeyId'),
      context: 'DestinationEncryptionContext',
    },
  ],
  usage: 'ENCRYPT_DECRYPT',
  keyState: 'usable',
  changes: false,
  audit: [
    'SourceEncryptionContext',
    'SourceKeyId',
    'DestinationKeyId',
    'DestinationEncryptionContext',
    'SourceEncryptionAlgorithm',
    'DestinationEncryptionAlgorithm',
    'DryRun',
    'DryRunModifiers',
  ],
  auditOutput: [],
  errors: [...useErrors, 'InvalidCiphertextException', 'IncorrectKeyException'],
})
