import { operation } from '../operation.ts'
import {
  blob,
  integer,
  listOf,
  oneOf,
  optional,
  required,
  secretBlob,
  structure,
  text,
} from '../shapes.ts'

/**
 * The External Key Store Proxy API, version 1.0.3 (AWS, 2024-05): names and bounds of its members
 * are those of its specification.
 */

const keyId = required(
  text(1, 128, '^[a-zA-Z0-9._-]+$'),
  'The external key: a key id of this service. It stands in the path.',
)
/** Where the specification asks for at least 4,300 bytes. */
const dataBytesMax = 8192
const aad = optional(blob(0, 16_384), 'Authenticated but not encrypted.')
const algorithm = required(oneOf(['AES_GCM']), 'AES_GCM.')
const externalMetadata = optional(blob(0, 20), 'What the proxy gave along with the ciphertext.')

const principal = text(1, 2048)
const described = {
  kmsOperation: required(text(1, 256), 'The call that AWS KMS was asked for; any text.'),
  kmsRequestId: required(text(1, 256), 'Its request id.'),
}
const caller = {
  awsPrincipalArn: required(principal, 'Who asked AWS KMS.'),
  awsSourceVpc: optional(text(1, 256), 'The VPC that the request came from.'),
  awsSourceVpce: optional(text(1, 256), 'The VPC endpoint that it came through.'),
  kmsViaService: optional(text(1, 256), 'The service of AWS that asked on behalf of someone.'),
}
const requestMetadata = required(
  structure({
    ...described,
    ...caller,
    kmsKeyArn: required(text(1, 2048), 'The key of AWS KMS that the external key stands behind.'),
  }),
  'What AWS KMS tells of its own request.',
)

const useErrors = [
  'ValidationException',
  'AccessDeniedException',
  'NotFoundException',
  'DisabledException',
  'KMSInvalidStateException',
  'InvalidKeyUsageException',
  'ThrottlingException',
  'KMSInternalException',
] as const

const keyOf = { of: 'key', member: 'externalKeyId', aliases: false, crossAccount: false } as const

export const GetKeyMetadata = operation({
  doc: 'Tells what kind of key an external key is, and whether it can be used.',
  input: {
    externalKeyId: keyId,
    requestMetadata: required(
      structure({
        ...described,
        ...caller,
        kmsKeyArn: optional(text(1, 2048), 'Absent while the key of AWS KMS is being made.'),
      }),
      'What AWS KMS tells of its own request.',
    ),
  },
  output: {
    keySpec: required(text(), 'AES_256 for symmetric keys, the key spec for others.'),
    keyUsage: required(listOf(text()), 'What the key may be used for.'),
    keyStatus: required(oneOf(['ENABLED', 'DISABLED']), 'Whether it can be used.'),
  },
  authorize: [{ action: 'kms:DescribeKey', resource: keyOf }],
  keyState: 'any',
  changes: false,
  audit: ['externalKeyId', 'requestMetadata'],
  auditOutput: [],
  errors: useErrors,
})

export const Encrypt = operation({
  doc: 'Encrypts under an external key, by AES-GCM with a key of its own for each message.',
  input: {
    externalKeyId: keyId,
    requestMetadata,
    plaintext: required(secretBlob(0, dataBytesMax), 'The data.'),
    encryptionAlgorithm: algorithm,
    additionalAuthenticatedData: aad,
    ciphertextDataIntegrityValueAlgorithm: optional(
      oneOf(['SHA_256']),
      'Asks for a hash over all that the answer holds.',
    ),
  },
  output: {
    ciphertext: required(blob(0, dataBytesMax), 'As long as the plaintext.'),
    ciphertextMetadata: required(blob(0, 20), 'Names the material; Decrypt must repeat it.'),
    initializationVector: required(blob(16, 16), 'Names the message; Decrypt must repeat it.'),
    authenticationTag: required(blob(16, 16), 'Decrypt must repeat it.'),
    ciphertextDataIntegrityValue: optional(blob(32, 32), 'The hash, where it was asked for.'),
  },
  authorize: [{ action: 'kms:Encrypt', resource: keyOf }],
  usage: 'ENCRYPT_DECRYPT',
  keyState: 'usable',
  changes: false,
  audit: ['externalKeyId', 'requestMetadata', 'encryptionAlgorithm'],
  auditOutput: [],
  errors: useErrors,
})

export const Decrypt = operation({
  doc: 'Decrypts what Encrypt made under the same external key.',
  input: {
    externalKeyId: keyId,
    requestMetadata,
    ciphertext: required(blob(0, dataBytesMax), 'The ciphertext.'),
    ciphertextMetadata: externalMetadata,
    encryptionAlgorithm: algorithm,
    additionalAuthenticatedData: aad,
    initializationVector: required(blob(12, 16), 'As Encrypt gave it.'),
    authenticationTag: required(blob(16, 16), 'As Encrypt gave it.'),
  },
  output: { plaintext: required(secretBlob(0, dataBytesMax), 'The data.') },
  authorize: [{ action: 'kms:Decrypt', resource: keyOf }],
  usage: 'ENCRYPT_DECRYPT',
  keyState: 'usable',
  changes: false,
  audit: ['externalKeyId', 'requestMetadata', 'encryptionAlgorithm'],
  auditOutput: [],
  errors: [...useErrors, 'InvalidCiphertextException'],
})

export const GetHealthStatus = operation({
  doc: 'Tells whether keys can be used here; whoever may sign may ask.',
  input: {
    requestMetadata: required(structure(described), 'What AWS KMS tells of its own request.'),
  },
  output: {
    xksProxyFleetSize: required(integer(), 'How many proxies there are.'),
    xksProxyVendor: required(text(), 'Who made the proxy.'),
    xksProxyModel: required(text(), 'What it is.'),
    ekmVendor: required(text(), 'Who made the key manager behind it.'),
    ekmFleetDetails: required(
      listOf(
        structure({
          id: required(text(), 'The cluster.'),
          model: required(text(), 'What it is.'),
          healthStatus: required(oneOf(['ACTIVE', 'DEGRADED', 'UNAVAILABLE']), 'Its health.'),
        }),
      ),
      'The key managers behind the proxy.',
    ),
  },
  authorize: [],
  keyState: 'any',
  changes: false,
  audit: ['requestMetadata'],
  auditOutput: [],
  errors: ['ValidationException', 'KMSInternalException'],
})
