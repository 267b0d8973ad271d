import {
  flag,
  blob,
  integer,
  listOf,
  oneOf,
  optional,
  required,
  secretBlob,
  secretText,
  structure,
  text,
  time,
} from './shapes.ts'

/** The shapes that several operations share, under the model's own names. */

export const keyIdShape = text(1, 2048)
export const arnShape = text(20, 2048)
export const aliasNameShape = text(1, 256, '^[a-zA-Z0-9:/_-]+$')
export const descriptionShape = text(0, 8192)
export const policyShape = text(1, 131072, '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+')
export const policyNameShape = text(1, 128, '[\\w]+')
export const regionShape = text(1, 32, '^([a-z]+-){2,3}\\d+$')
export const markerShape = text(1, 1024, '[\\u0020-\\u00FF]*')
export const materialIdShape = text(64, 64, '^[a-f0-9]+$')
/** The same where the model allows of an empty one. */
export const deletedMaterialIdShape = text(0, 64, '^[a-f0-9]+$')
export const limitShape = integer(1, 1000)
export const numberOfBytesShape = integer(1, 1024)
export const pendingWindowShape = integer(1, 365)
export const plaintextShape = secretBlob(1, 4096)
export const ciphertextShape = blob(1, 6144)
/** DER SubjectPublicKeyInfo. */
export const publicKeyShape = blob(1, 8192)

export const keySpecShape = oneOf([
  'RSA_2048',
  'RSA_3072',
  'RSA_4096',
  'ECC_NIST_P256',
  'ECC_NIST_P384',
  'ECC_NIST_P521',
  'ECC_SECG_P256K1',
  'SYMMETRIC_DEFAULT',
  'HMAC_224',
  'HMAC_256',
  'HMAC_384',
  'HMAC_512',
  'SM2',
  'ML_DSA_44',
  'ML_DSA_65',
  'ML_DSA_87',
  'ECC_NIST_EDWARDS25519',
  'ML_KEM_512',
  'ML_KEM_768',
  'ML_KEM_1024',
])
/** The deprecated name of the spec; AWS froze its values before the newer specs came. */
export const legacyKeySpecShape = oneOf([
  'RSA_2048',
  'RSA_3072',
  'RSA_4096',
  'ECC_NIST_P256',
  'ECC_NIST_P384',
  'ECC_NIST_P521',
  'ECC_SECG_P256K1',
  'SYMMETRIC_DEFAULT',
  'HMAC_224',
  'HMAC_256',
  'HMAC_384',
  'HMAC_512',
  'SM2',
])
export const keyUsageShape = oneOf([
  'SIGN_VERIFY',
  'ENCRYPT_DECRYPT',
  'GENERATE_VERIFY_MAC',
  'KEY_AGREEMENT',
  'ENCAPSULATE_DECAPSULATE',
])
export const keyStateShape = oneOf([
  'Creating',
  'Enabled',
  'Disabled',
  'PendingDeletion',
  'PendingImport',
  'PendingReplicaDeletion',
  'Unavailable',
  'Updating',
])
export const originShape = oneOf(['AWS_KMS', 'EXTERNAL', 'AWS_CLOUDHSM', 'EXTERNAL_KEY_STORE'])
export const keyManagerShape = oneOf(['AWS', 'CUSTOMER'])
export const encryptionAlgorithmShape = oneOf([
  'SYMMETRIC_DEFAULT',
  'RSAES_OAEP_SHA_1',
  'RSAES_OAEP_SHA_256',
  'SM2PKE',
])
export const signingAlgorithmShape = oneOf([
  'RSASSA_PSS_SHA_256',
  'RSASSA_PSS_SHA_384',
  'RSASSA_PSS_SHA_512',
  'RSASSA_PKCS1_V1_5_SHA_256',
  'RSASSA_PKCS1_V1_5_SHA_384',
  'RSASSA_PKCS1_V1_5_SHA_512',
  'ECDSA_SHA_256',
  'ECDSA_SHA_384',
  'ECDSA_SHA_512',
  'SM2DSA',
  'ML_DSA_SHAKE_256',
  'ED25519_SHA_512',
  'ED25519_PH_SHA_512',
])
export const macAlgorithmShape = oneOf([
  'HMAC_SHA_224',
  'HMAC_SHA_256',
  'HMAC_SHA_384',
  'HMAC_SHA_512',
])
export const keyAgreementAlgorithmShape = oneOf(['ECDH'])
export const encapsulationAlgorithmShape = oneOf(['ML_KEM'])
export const wrappingAlgorithmShape = oneOf([
  'RSAES_PKCS1_V1_5',
  'RSAES_OAEP_SHA_1',
  'RSAES_OAEP_SHA_256',
  'RSA_AES_KEY_WRAP_SHA_1',
  'RSA_AES_KEY_WRAP_SHA_256',
  'SM2PKE',
])
export const wrappingKeySpecShape = oneOf(['RSA_2048', 'RSA_3072', 'RSA_4096', 'SM2'])
export const importTypeShape = oneOf(['NEW_KEY_MATERIAL', 'EXISTING_KEY_MATERIAL'])
export const keyMaterialDescriptionShape = text(0, 256, '^[a-zA-Z0-9:/_\\s.-]+$')
export const expirationModelShape = oneOf(['KEY_MATERIAL_EXPIRES', 'KEY_MATERIAL_DOES_NOT_EXPIRE'])
export const dataKeySpecShape = oneOf(['AES_256', 'AES_128'])
export const dataKeyPairSpecShape = oneOf([
  'RSA_2048',
  'RSA_3072',
  'RSA_4096',
  'ECC_NIST_P256',
  'ECC_NIST_P384',
  'ECC_NIST_P521',
  'ECC_SECG_P256K1',
  'SM2',
  'ECC_NIST_EDWARDS25519',
  'ML_KEM_512',
  'ML_KEM_768',
  'ML_KEM_1024',
])

export const tagKeyShape = text(1, 128)
export const tagShape = structure({
  TagKey: required(tagKeyShape, 'The key of the tag.'),
  TagValue: required(text(0, 256), 'The value of the tag; may be empty.'),
})
export const tagListShape = listOf(tagShape)
/** A token is a bearer's proof: an error text must not repeat it, nor a record. */
export const grantTokenShape = secretText(1, 8192)
export const grantTokenListShape = listOf(grantTokenShape, 0, 10)
export const grantIdShape = text(1, 128)
/** What a grant can allow. */
export const grantOperationNames = [
  'Decrypt',
  'Encrypt',
  'GenerateDataKey',
  'GenerateDataKeyWithoutPlaintext',
  'ReEncryptFrom',
  'ReEncryptTo',
  'Sign',
  'Verify',
  'GetPublicKey',
  'CreateGrant',
  'RetireGrant',
  'DescribeKey',
  'GenerateDataKeyPair',
  'GenerateDataKeyPairWithoutPlaintext',
  'GenerateMac',
  'VerifyMac',
  'DeriveSharedSecret',
  'Encapsulate',
  'Decapsulate',
] as const
export const principalIdShape = text(1, 256, '^[\\w+=,.@:/-]+$')

const recipientShape = structure({
  KeyEncryptionAlgorithm: optional(oneOf(['RSAES_OAEP_SHA_256']), 'How the answer is wrapped.'),
  AttestationDocument: optional(blob(1, 262144), 'The signed attestation document.'),
})

export const grantTokens = optional(
  grantTokenListShape,
  'Tokens of grants that may not have reached every node yet.',
)
export const dryRun = optional(flag, 'Checks whether the call would succeed, and does nothing.')
export const recipient = optional(
  recipientShape,
  'Whom the answer is for: the attested program of a Nitro enclave or a NitroTPM.',
)
export const ciphertextForRecipient = optional(
  ciphertextShape,
  'What is secret in the answer, encrypted for Recipient.',
)
export const limit = optional(limitShape, 'How many items an answer holds at most.')
export const marker = optional(markerShape, 'NextMarker of the answer before.')
export const nextMarker = optional(markerShape, 'Pass as Marker to go on; present if Truncated.')
export const truncated = required(flag, 'Whether there are more items than this answer holds.')

const multiRegionKeyShape = structure({
  Arn: optional(arnShape, 'ARN of the key.'),
  Region: optional(regionShape, 'Region of the key.'),
})

/** What CreateKey and DescribeKey tell of a key. */
export const keyMetadataShape = structure({
  AWSAccountId: required(text(), 'The account that owns the key.'),
  KeyId: required(keyIdShape, 'The bare id of the key.'),
  Arn: required(arnShape, 'ARN of the key.'),
  CreationDate: required(time, 'When the key was made.'),
  Enabled: required(flag, 'Whether KeyState is Enabled.'),
  Description: required(descriptionShape, 'What the owner wrote about it.'),
  KeyUsage: required(keyUsageShape, 'What the key may be used for.'),
  KeyState: required(keyStateShape, 'The state of the key.'),
  DeletionDate: optional(time, 'When the material is destroyed; only while PendingDeletion.'),
  ValidTo: optional(time, 'When imported material expires.'),
  Origin: required(originShape, 'Where the material came from.'),
  CustomKeyStoreId: optional(text(1, 64), 'The custom key store that holds the key.'),
  CloudHsmClusterId: optional(
    text(19, 24, 'cluster-[2-7a-zA-Z]{11,16}'),
    'The CloudHSM cluster behind the custom key store.',
  ),
  ExpirationModel: optional(expirationModelShape, 'Whether imported material expires.'),
  KeyManager: required(keyManagerShape, 'CUSTOMER for every key that a caller made.'),
  CustomerMasterKeySpec: optional(legacyKeySpecShape, 'The deprecated name of KeySpec.'),
  KeySpec: required(keySpecShape, 'The kind of material.'),
  EncryptionAlgorithms: optional(listOf(encryptionAlgorithmShape), 'For ENCRYPT_DECRYPT keys.'),
  SigningAlgorithms: optional(listOf(signingAlgorithmShape), 'For SIGN_VERIFY keys.'),
  KeyAgreementAlgorithms: optional(listOf(keyAgreementAlgorithmShape), 'For KEY_AGREEMENT keys.'),
  MultiRegion: required(flag, 'Whether the key may have replicas in other Regions.'),
  MultiRegionConfiguration: optional(
    structure({
      MultiRegionKeyType: optional(oneOf(['PRIMARY', 'REPLICA']), 'Which of the two it is.'),
      PrimaryKey: optional(multiRegionKeyShape, 'The primary key.'),
      ReplicaKeys: optional(listOf(multiRegionKeyShape), 'The replicas.'),
    }),
    'The primary key and its replicas.',
  ),
  PendingDeletionWindowInDays: optional(pendingWindowShape, 'For a primary that awaits replicas.'),
  MacAlgorithms: optional(listOf(macAlgorithmShape), 'For GENERATE_VERIFY_MAC keys.'),
  XksKeyConfiguration: optional(
    structure({ Id: optional(text(1, 128, '^[a-zA-Z0-9-_.]+$'), 'Id at the external manager.') }),
    'The key behind an external key store.',
  ),
  CurrentKeyMaterialId: optional(materialIdShape, 'Id of the material that encrypts now.'),
  EncapsulationAlgorithms: optional(
    listOf(encapsulationAlgorithmShape),
    'For ENCAPSULATE_DECAPSULATE keys.',
  ),
})
