import {
  ciphertextShape,
  dryRun,
  grantTokens,
  keyIdShape,
  macAlgorithmShape,
  plaintextShape,
} from '../members.ts'
import { anyKey, operation } from '../operation.ts'
import { flag, required } from '../shapes.ts'

const keyId = required(keyIdShape, 'Key id, key ARN, alias name or alias ARN of an HMAC key.')
const macAlgorithm = required(macAlgorithmShape, 'The algorithm; the key has one.')

/** What may go wrong with the use of an HMAC key: AWS's list lacks DependencyTimeoutException. */
const macErrors = [
  'NotFoundException',
  'DisabledException',
  'KeyUnavailableException',
  'InvalidKeyUsageException',
  'InvalidGrantTokenException',
  'KMSInternalException',
  'KMSInvalidStateException',
  'DryRunOperationException',
] as const

export const GenerateMac = operation({
  doc: 'Makes the authentication code (HMAC) of a message of up to 4096 bytes.',
  input: {
    Message: required(
      plaintextShape,
      'The message, 1 to 4096 bytes; a digest is one like another.',
    ),
    KeyId: keyId,
    MacAlgorithm: macAlgorithm,
    GrantTokens: grantTokens,
    DryRun: dryRun,
  },
  output: {
    Mac: required(ciphertextShape, 'The code, as long as the output of the hash.'),
    MacAlgorithm: required(macAlgorithmShape, 'The algorithm that it was made with.'),
    KeyId: required(keyIdShape, 'ARN of the key that made it.'),
  },
  authorize: [{ action: 'kms:GenerateMac', resource: anyKey('KeyId') }],
  usage: 'GENERATE_VERIFY_MAC',
  keyState: 'usable',
  changes: false,
  audit: ['KeyId', 'MacAlgorithm', 'DryRun'],
  auditOutput: [],
  errors: macErrors,
})

export const VerifyMac = operation({
  doc: 'Verifies the authentication code (HMAC) of a message. It fails with KMSInvalidMacException.',
  input: {
    Message: required(plaintextShape, 'The message, as it was given to GenerateMac.'),
    KeyId: keyId,
    MacAlgorithm: macAlgorithm,
    Mac: required(ciphertextShape, 'The code.'),
    GrantTokens: grantTokens,
    DryRun: dryRun,
  },
  output: {
    KeyId: required(keyIdShape, 'ARN of the key that verified it.'),
    MacValid: required(flag, 'Always true: a code that is wrong is an error.'),
    MacAlgorithm: required(macAlgorithmShape, 'The algorithm that it was made with.'),
  },
  authorize: [{ action: 'kms:VerifyMac', resource: anyKey('KeyId') }],
  usage: 'GENERATE_VERIFY_MAC',
  keyState: 'usable',
  changes: false,
  audit: ['KeyId', 'MacAlgorithm', 'DryRun'],
  auditOutput: [],
  errors: [...macErrors, 'KMSInvalidMacException'],
})
