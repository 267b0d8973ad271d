import {
  ciphertextShape,
  dryRun,
  encapsulationAlgorithmShape,
  grantTokens,
  keyIdShape,
  plaintextShape,
} from '../members.ts'
import { anyKey, operation, useErrors } from '../operation.ts'
import { required } from '../shapes.ts'

const keyId = required(keyIdShape, 'Key id, key ARN, alias name or alias ARN of an ML-KEM key.')
const algorithm = required(encapsulationAlgorithmShape, 'ML_KEM is the only one.')

export const Encapsulate = operation({
  doc: 'Makes a shared secret, and the ciphertext that Decapsulate recovers it from (ML-KEM).',
  input: {
    KeyId: keyId,
    EncapsulationAlgorithm: algorithm,
    GrantTokens: grantTokens,
    DryRun: dryRun,
  },
  output: {
    KeyId: required(keyIdShape, 'ARN of the key whose public half was used.'),
    SharedSecret: required(plaintextShape, 'The secret, 32 bytes: use it, then erase it.'),
    SharedSecretCiphertextBlob: required(
      ciphertextShape,
      'What the secret is recovered from: 768, 1088 or 1568 bytes, by the spec of the key.',
    ),
    EncapsulationAlgorithm: algorithm,
  },
  authorize: [{ action: 'kms:Encapsulate', resource: anyKey('KeyId') }],
  usage: 'ENCAPSULATE_DECAPSULATE',
  keyState: 'usable',
  changes: false,
  audit: ['KeyId', 'EncapsulationAlgorithm', 'DryRun'],
  auditOutput: [],
  errors: useErrors,
})

export const Decapsulate = operation({
  doc: 'Recovers a shared secret. One that was tampered with gives another secret, and no error.',
  input: {
    KeyId: keyId,
    SharedSecretCiphertextBlob: required(
      ciphertextShape,
      'What Encapsulate made, here or elsewhere.',
    ),
    EncapsulationAlgorithm: algorithm,
    GrantTokens: grantTokens,
    DryRun: dryRun,
  },
  output: {
    KeyId: required(keyIdShape, 'ARN of the key whose private half was used.'),
    SharedSecret: required(plaintextShape, 'The secret, 32 bytes: use it, then erase it.'),
    EncapsulationAlgorithm: algorithm,
  },
  authorize: [{ action: 'kms:Decapsulate', resource: anyKey('KeyId') }],
  usage: 'ENCAPSULATE_DECAPSULATE',
  keyState: 'usable',
  changes: false,
  audit: ['KeyId', 'EncapsulationAlgorithm', 'DryRun'],
  auditOutput: [],
  errors: [...useErrors, 'InvalidCiphertextException'],
})
