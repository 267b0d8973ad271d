import {
  ciphertextForRecipient,
  dryRun,
  grantTokens,
  keyAgreementAlgorithmShape,
  keyIdShape,
  originShape,
  plaintextShape,
  publicKeyShape,
  recipient,
} from '../members.ts'
import { anyKey, operation, useErrors } from '../operation.ts'
import { optional, required } from '../shapes.ts'

export const DeriveSharedSecret = operation({
  doc: 'Derives the secret that a key shares with the holder of another key pair (ECDH).',
  input: {
    KeyId: required(keyIdShape, 'Key id, key ARN, alias name or alias ARN of a KEY_AGREEMENT key.'),
    KeyAgreementAlgorithm: required(keyAgreementAlgorithmShape, 'ECDH is the only one.'),
    PublicKey: required(
      publicKeyShape,
      'The other public key: DER SubjectPublicKeyInfo that names the curve of the key.',
    ),
    GrantTokens: grantTokens,
    DryRun: dryRun,
    Recipient: recipient,
  },
  output: {
    KeyId: required(keyIdShape, 'ARN of the key that derived it.'),
    SharedSecret: optional(
      plaintextShape,
      'The raw secret, as long as the field of the curve: derive keys from it, then erase it.',
    ),
    CiphertextForRecipient: ciphertextForRecipient,
    KeyAgreementAlgorithm: required(keyAgreementAlgorithmShape, 'ECDH.'),
    KeyOrigin: required(originShape, 'Where the material of the key came from.'),
  },
  authorize: [{ action: 'kms:DeriveSharedSecret', resource: anyKey('KeyId') }],
  usage: 'KEY_AGREEMENT',
  keyState: 'usable',
  changes: false,
  audit: ['KeyId', 'KeyAgreementAlgorithm', 'DryRun'],
  auditOutput: [],
  errors: useErrors,
})
