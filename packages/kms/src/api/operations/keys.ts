import { keyStoreIdShape, xksKeyIdShape } from '../key-store-members.ts'
import {
  descriptionShape,
  grantTokens,
  keyIdShape,
  keyMetadataShape,
  keySpecShape,
  keyStateShape,
  keyUsageShape,
  legacyKeySpecShape,
  limit,
  marker,
  nextMarker,
  originShape,
  pendingWindowShape,
  policyShape,
  tagListShape,
  truncated,
  arnShape,
} from '../members.ts'
import { account, anyKey, operation, ownKey, readErrors, stateErrors } from '../operation.ts'
import { flag, listOf, optional, required, structure, time } from '../shapes.ts'

const ownKeyId = required(keyIdShape, 'Key id or key ARN.')

export const CreateKey = operation({
  doc: 'Makes a KMS key. Without options: a symmetric key that encrypts and decrypts, made here.',
  input: {
    Policy: optional(policyShape, 'The key policy; absent: the default one.'),
    Description: optional(descriptionShape, 'What the key is for. Not a place for secrets.'),
    KeyUsage: optional(keyUsageShape, 'What the key may be used for; fixed for its life.'),
    CustomerMasterKeySpec: optional(legacyKeySpecShape, 'The deprecated name of KeySpec.'),
    KeySpec: optional(keySpecShape, 'The kind of material; absent: SYMMETRIC_DEFAULT.'),
    Origin: optional(originShape, 'Where the material comes from; absent: AWS_KMS, made here.'),
    CustomKeyStoreId: optional(keyStoreIdShape, 'The custom key store that is to hold the key.'),
    BypassPolicyLockoutSafetyCheck: optional(
      flag,
      'Accepts a policy that would stop the caller from changing it again.',
    ),
    Tags: optional(tagListShape, 'Tags of the key, at most 50.'),
    MultiRegion: optional(flag, 'Makes the primary key of a multi-Region key.'),
    XksKeyId: optional(xksKeyIdShape, 'The key at an external key manager, by its id there.'),
  },
  output: { KeyMetadata: required(keyMetadataShape, 'What is known of the new key.') },
  authorize: [
    { action: 'kms:CreateKey', resource: account },
    { action: 'kms:TagResource', resource: { of: 'newKey' }, onlyWith: 'Tags' },
  ],
  keyState: 'any',
  changes: true,
  audit: [
    'Policy',
    'Description',
    'KeyUsage',
    'CustomerMasterKeySpec',
    'KeySpec',
    'Origin',
    'CustomKeyStoreId',
    'XksKeyId',
    'BypassPolicyLockoutSafetyCheck',
    'Tags',
    'MultiRegion',
  ],
  auditOutput: ['KeyMetadata'],
  errors: [
    'MalformedPolicyDocumentException',
    'DependencyTimeoutException',
    'InvalidArnException',
    'UnsupportedOperationException',
    'KMSInternalException',
    'LimitExceededException',
    'TagException',
    'CustomKeyStoreNotFoundException',
    'CustomKeyStoreInvalidStateException',
    'CloudHsmClusterInvalidConfigurationException',
    'XksKeyInvalidConfigurationException',
    'XksKeyAlreadyInUseException',
    'XksKeyNotFoundException',
  ],
})

export const DescribeKey = operation({
  doc: 'Tells what is known of a key. Never its material.',
  input: {
    KeyId: required(keyIdShape, 'Key id, key ARN, alias name or alias ARN.'),
    GrantTokens: grantTokens,
  },
  output: { KeyMetadata: required(keyMetadataShape, 'What is known of the key.') },
  authorize: [{ action: 'kms:DescribeKey', resource: anyKey('KeyId') }],
  keyState: 'any',
  changes: false,
  audit: ['KeyId'],
  auditOutput: [],
  errors: readErrors,
})

export const ListKeys = operation({
  doc: 'Lists the keys of the account in the Region.',
  input: { Limit: limit, Marker: marker },
  output: {
    Keys: required(
      listOf(
        structure({
          KeyId: required(keyIdShape, 'The bare id of the key.'),
          KeyArn: required(arnShape, 'ARN of the key.'),
        }),
      ),
      'The keys.',
    ),
    NextMarker: nextMarker,
    Truncated: truncated,
  },
  authorize: [{ action: 'kms:ListKeys', resource: account }],
  keyState: 'any',
  changes: false,
  audit: ['Limit', 'Marker'],
  auditOutput: [],
  errors: ['DependencyTimeoutException', 'KMSInternalException', 'InvalidMarkerException'],
})

export const EnableKey = operation({
  doc: 'Lets a disabled key be used again.',
  input: { KeyId: ownKeyId },
  output: undefined,
  authorize: [{ action: 'kms:EnableKey', resource: ownKey('KeyId') }],
  keyState: 'switchable',
  changes: true,
  audit: ['KeyId'],
  auditOutput: [],
  errors: [...stateErrors, 'LimitExceededException'],
})

export const DisableKey = operation({
  doc: 'Stops every cryptographic use of a key until it is enabled again.',
  input: { KeyId: ownKeyId },
  output: undefined,
  authorize: [{ action: 'kms:DisableKey', resource: ownKey('KeyId') }],
  keyState: 'switchable',
  changes: true,
  audit: ['KeyId'],
  auditOutput: [],
  errors: stateErrors,
})

export const ScheduleKeyDeletion = operation({
  doc: 'Stops a key at once, and destroys its material when the waiting period ends.',
  input: {
    KeyId: ownKeyId,
    PendingWindowInDays: optional(
      pendingWindowShape,
      'Days until the material is destroyed, 7 to 30; absent: 30.',
    ),
  },
  output: {
    KeyId: required(keyIdShape, 'ARN of the key.'),
    DeletionDate: optional(time, 'When the material will be destroyed.'),
    KeyState: required(keyStateShape, 'PendingDeletion.'),
    PendingWindowInDays: required(pendingWindowShape, 'The waiting period in days.'),
  },
  authorize: [{ action: 'kms:ScheduleKeyDeletion', resource: ownKey('KeyId') }],
  keyState: 'notPendingDeletion',
  changes: true,
  audit: ['KeyId', 'PendingWindowInDays'],
  auditOutput: ['KeyId', 'DeletionDate', 'KeyState', 'PendingWindowInDays'],
  errors: stateErrors,
})

export const CancelKeyDeletion = operation({
  doc: 'Keeps a key that awaits deletion. It is Disabled afterwards.',
  input: { KeyId: ownKeyId },
  output: { KeyId: required(keyIdShape, 'ARN of the key.') },
  authorize: [{ action: 'kms:CancelKeyDeletion', resource: ownKey('KeyId') }],
  keyState: 'pendingDeletion',
  changes: true,
  audit: ['KeyId'],
  auditOutput: ['KeyId'],
  errors: stateErrors,
})

export const UpdateKeyDescription = operation({
  doc: 'Replaces the description of a key.',
  input: {
    KeyId: ownKeyId,
    Description: required(descriptionShape, 'The new description.'),
  },
  output: undefined,
  authorize: [{ action: 'kms:UpdateKeyDescription', resource: ownKey('KeyId') }],
  keyState: 'notPendingDeletion',
  changes: true,
  audit: ['KeyId', 'Description'],
  auditOutput: [],
  errors: stateErrors,
})
