import {
  ciphertextForRecipient,
  ciphertextShape,
  dataKeyPairSpecShape,
  dryRun,
  grantTokens,
  keyIdShape,
  materialIdShape,
  plaintextShape,
  publicKeyShape,
  recipient,
} from '../members.ts'
import { anyKey, operation, useErrors } from '../operation.ts'
import { optional, required, textMap } from '../shapes.ts'

const keyId = required(
  keyIdShape,
  'Key id, key ARN, alias name or alias ARN of the symmetric key that encrypts the private key.',
)
const context = optional(textMap, 'Authenticated; Decrypt must repeat it exactly.')
const keyPairSpec = required(dataKeyPairSpecShape, 'The kind of key pair.')

const answer = {
  PrivateKeyCiphertextBlob: required(
    ciphertextShape,
    'The private key, encrypted: keep it with the data, and give it to Decrypt.',
  ),
  PublicKey: required(publicKeyShape, 'The public key: DER SubjectPublicKeyInfo.'),
  KeyId: required(keyIdShape, 'ARN of the key that encrypted it.'),
  KeyPairSpec: required(dataKeyPairSpecShape, 'The kind of key pair.'),
  KeyMaterialId: optional(materialIdShape, 'Id of the material that encrypted it.'),
}

const errors = [...useErrors, 'UnsupportedOperationException'] as const

export const GenerateDataKeyPair = operation({
  doc: 'Makes a key pair for use elsewhere; the private key comes in clear and encrypted.',
  input: {
    EncryptionContext: context,
    KeyId: keyId,
    KeyPairSpec: keyPairSpec,
    GrantTokens: grantTokens,
    Recipient: recipient,
    DryRun: dryRun,
  },
  output: {
    ...answer,
    PrivateKeyPlaintext: optional(
      plaintextShape,
      'The private key: DER PKCS #8. Use it, then erase it.',
    ),
    CiphertextForRecipient: ciphertextForRecipient,
  },
  authorize: [
    { action: 'kms:GenerateDataKeyPair', resource: anyKey('KeyId'), context: 'EncryptionContext' },
  ],
  usage: 'ENCRYPT_DECRYPT',
  keyState: 'usable',
  changes: false,
  audit: ['KeyId', 'EncryptionContext', 'KeyPairSpec', 'DryRun'],
  auditOutput: [],
  errors,
})

export const GenerateDataKeyPairWithoutPlaintext = operation({
  doc: 'Makes a key pair for later: the private key comes encrypted alone.',
  input: {
    EncryptionContext: context,
    KeyId: keyId,
    KeyPairSpec: keyPairSpec,
    GrantTokens: grantTokens,
    DryRun: dryRun,
  },
  output: answer,
  authorize: [
    {
      action: 'kms:GenerateDataKeyPairWithoutPlaintext',
      resource: anyKey('KeyId'),
      context: 'EncryptionContext',
    },
  ],
  usage: 'ENCRYPT_DECRYPT',
  keyState: 'usable',
  changes: false,
  audit: ['KeyId', 'EncryptionContext', 'KeyPairSpec', 'DryRun'],
  auditOutput: [],
  errors,
})
