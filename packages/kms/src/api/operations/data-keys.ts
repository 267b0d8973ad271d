import {
  ciphertextForRecipient,
  ciphertextShape,
  dataKeySpecShape,
  dryRun,
  grantTokens,
  keyIdShape,
  materialIdShape,
  numberOfBytesShape,
  plaintextShape,
  recipient,
} from '../members.ts'
import { anyKey, operation, useErrors } from '../operation.ts'
import { optional, required, textMap } from '../shapes.ts'

const keyId = required(keyIdShape, 'Key id, key ARN, alias name or alias ARN that wraps it.')
const context = optional(textMap, 'Authenticated; Decrypt must repeat it exactly.')
const numberOfBytes = optional(numberOfBytesShape, 'Length of the data key, 1 to 1024 bytes.')
const keySpec = optional(dataKeySpecShape, 'AES_128 or AES_256; either this or NumberOfBytes.')

export const GenerateDataKey = operation({
  doc: 'Makes a data key, and returns it in clear and encrypted under a key.',
  input: {
    KeyId: keyId,
    EncryptionContext: context,
    NumberOfBytes: numberOfBytes,
    KeySpec: keySpec,
    GrantTokens: grantTokens,
    Recipient: recipient,
    DryRun: dryRun,
  },
  output: {
    CiphertextBlob: required(ciphertextShape, 'The data key, encrypted: keep it with the data.'),
    Plaintext: optional(plaintextShape, 'The data key: use it, then erase it.'),
    KeyId: required(keyIdShape, 'ARN of the key that encrypted it.'),
    CiphertextForRecipient: ciphertextForRecipient,
    KeyMaterialId: optional(materialIdShape, 'Id of the material that encrypted it.'),
  },
  authorize: [
    { action: 'kms:GenerateDataKey', resource: anyKey('KeyId'), context: 'EncryptionContext' },
  ],
  usage: 'ENCRYPT_DECRYPT',
  keyState: 'usable',
  changes: false,
  audit: ['KeyId', 'EncryptionContext', 'NumberOfBytes', 'KeySpec', 'DryRun'],
  auditOutput: [],
  errors: useErrors,
})

export const GenerateDataKeyWithoutPlaintext = operation({
  doc: 'Makes a data key for later, and returns it encrypted alone.',
  input: {
    KeyId: keyId,
    EncryptionContext: context,
    KeySpec: keySpec,
    NumberOfBytes: numberOfBytes,
    GrantTokens: grantTokens,
    DryRun: dryRun,
  },
  output: {
    CiphertextBlob: required(ciphertextShape, 'The data key, encrypted.'),
    KeyId: required(keyIdShape, 'ARN of the key that encrypted it.'),
    KeyMaterialId: optional(materialIdShape, 'Id of the material that encrypted it.'),
  },
  authorize: [
    {
      action: 'kms:GenerateDataKeyWithoutPlaintext',
      resource: anyKey('KeyId'),
      context: 'EncryptionContext',
    },
  ],
  usage: 'ENCRYPT_DECRYPT',
  keyState: 'usable',
  changes: false,
  audit: ['KeyId', 'EncryptionContext', 'NumberOfBytes', 'KeySpec', 'DryRun'],
  auditOutput: [],
  errors: useErrors,
})
