import {
  ciphertextShape,
  dryRun,
  encapsulationAlgorithmShape,
  encryptionAlgorithmShape,
  grantTokens,
  keyAgreementAlgorithmShape,
  keyIdShape,
  keySpecShape,
  keyUsageShape,
  legacyKeySpecShape,
  plaintextShape,
  publicKeyShape,
  signingAlgorithmShape,
} from '../members.ts'
import { anyKey, operation, useErrors } from '../operation.ts'
import { flag, listOf, oneOf, optional, required } from '../shapes.ts'

const keyId = required(keyIdShape, 'Key id, key ARN, alias name or alias ARN of a signing key.')
const messageType = optional(
  oneOf(['RAW', 'DIGEST', 'EXTERNAL_MU']),
  'Whether Message is the whole message (RAW), its digest, or the mu of ML-DSA. Absent: RAW.',
)
/** What symmetric keys encrypt with passes the list, and no key signs with it (seen on AWS). */
const signingAlgorithm = required(
  { ...signingAlgorithmShape, passes: 'SYMMETRIC_DEFAULT' },
  'An algorithm that the key has.',
)

export const Sign = operation({
  doc: 'Signs a message of up to 4096 bytes, or the digest of one of any size.',
  input: {
    KeyId: keyId,
    Message: required(plaintextShape, 'The message, or what MessageType says.'),
    MessageType: messageType,
    GrantTokens: grantTokens,
    SigningAlgorithm: signingAlgorithm,
    DryRun: dryRun,
  },
  output: {
    KeyId: required(keyIdShape, 'ARN of the key that signed.'),
    Signature: required(ciphertextShape, 'The signature; of ECDSA in DER.'),
    SigningAlgorithm: required(signingAlgorithmShape, 'The algorithm that was used.'),
  },
  authorize: [{ action: 'kms:Sign', resource: anyKey('KeyId') }],
  usage: 'SIGN_VERIFY',
  keyState: 'usable',
  changes: false,
  audit: ['KeyId', 'MessageType', 'SigningAlgorithm', 'DryRun'],
  auditOutput: [],
  errors: useErrors,
})

export const Verify = operation({
  doc: 'Verifies a signature. One that does not hold is an error, KMSInvalidSignatureException.',
  input: {
    KeyId: keyId,
    Message: required(plaintextShape, 'The message, or what MessageType says.'),
    MessageType: messageType,
    Signature: required(ciphertextShape, 'The signature.'),
    SigningAlgorithm: signingAlgorithm,
    GrantTokens: grantTokens,
    DryRun: dryRun,
  },
  output: {
    KeyId: required(keyIdShape, 'ARN of the key that verified it.'),
    SignatureValid: required(flag, 'Always true: a signature that does not hold is an error.'),
    SigningAlgorithm: required(signingAlgorithmShape, 'The algorithm that was used.'),
  },
  authorize: [{ action: 'kms:Verify', resource: anyKey('KeyId') }],
  usage: 'SIGN_VERIFY',
  keyState: 'usable',
  changes: false,
  audit: ['KeyId', 'MessageType', 'SigningAlgorithm', 'DryRun'],
  auditOutput: [],
  errors: [...useErrors, 'KMSInvalidSignatureException'],
})

export const GetPublicKey = operation({
  doc: 'Returns the public key of an asymmetric key, for use outside of the service.',
  input: {
    KeyId: required(keyIdShape, 'Key id, key ARN, alias name or alias ARN of an asymmetric key.'),
    GrantTokens: grantTokens,
  },
  output: {
    KeyId: required(keyIdShape, 'ARN of the key.'),
    PublicKey: required(publicKeyShape, 'The public key: X.509 SubjectPublicKeyInfo, in DER.'),
    CustomerMasterKeySpec: optional(legacyKeySpecShape, 'The deprecated name of KeySpec.'),
    KeySpec: required(keySpecShape, 'The kind of key.'),
    KeyUsage: required(keyUsageShape, 'What the key may be used for.'),
    EncryptionAlgorithms: optional(listOf(encryptionAlgorithmShape), 'For ENCRYPT_DECRYPT keys.'),
    SigningAlgorithms: optional(listOf(signingAlgorithmShape), 'For SIGN_VERIFY keys.'),
    KeyAgreementAlgorithms: optional(listOf(keyAgreementAlgorithmShape), 'For KEY_AGREEMENT keys.'),
    EncapsulationAlgorithms: optional(
      listOf(encapsulationAlgorithmShape),
      'For ENCAPSULATE_DECAPSULATE keys.',
    ),
  },
  authorize: [{ action: 'kms:GetPublicKey', resource: anyKey('KeyId') }],
  keyState: 'hasMaterial',
  changes: false,
  audit: ['KeyId'],
  auditOutput: [],
  errors: [
    'NotFoundException',
    'DisabledException',
    'KeyUnavailableException',
    'DependencyTimeoutException',
    'UnsupportedOperationException',
    'InvalidArnException',
    'InvalidGrantTokenException',
    'InvalidKeyUsageException',
    'KMSInternalException',
    'KMSInvalidStateException',
  ],
})
