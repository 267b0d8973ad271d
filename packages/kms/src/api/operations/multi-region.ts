import {
  descriptionShape,
  keyIdShape,
  keyMetadataShape,
  policyShape,
  regionShape,
  tagListShape,
} from '../members.ts'
import { operation, ownKey } from '../operation.ts'
import { flag, optional, required } from '../shapes.ts'

export const ReplicateKey = operation({
  doc: 'Makes a replica of a multi-Region key in another Region: the same id and material there.',
  input: {
    KeyId: required(keyIdShape, 'Key id or key ARN of the primary.'),
    ReplicaRegion: required(regionShape, 'The Region that gets the replica.'),
    Policy: optional(policyShape, 'The key policy of the replica; absent: the default one.'),
    BypassPolicyLockoutSafetyCheck: optional(
      flag,
      'Accepts a policy that would stop the caller from changing it again.',
    ),
    Description: optional(descriptionShape, 'What the replica is for; absent: empty.'),
    Tags: optional(tagListShape, 'Tags of the replica, at most 50.'),
  },
  output: {
    ReplicaKeyMetadata: required(keyMetadataShape, 'What is known of the replica.'),
    ReplicaPolicy: required(policyShape, 'The key policy of the replica.'),
    ReplicaTags: required(tagListShape, 'The tags of the replica.'),
  },
  authorize: [
    { action: 'kms:ReplicateKey', resource: ownKey('KeyId') },
    {
      action: 'kms:CreateKey',
      resource: { of: 'replica', region: 'ReplicaRegion', as: 'account' },
    },
    {
      action: 'kms:TagResource',
      resource: { of: 'replica', region: 'ReplicaRegion', as: 'newKey' },
      onlyWith: 'Tags',
    },
  ],
  keyState: 'enabled',
  changes: true,
  audit: [
    'KeyId',
    'ReplicaRegion',
    'Policy',
    'BypassPolicyLockoutSafetyCheck',
    'Description',
    'Tags',
  ],
  auditOutput: ['ReplicaKeyMetadata', 'ReplicaPolicy', 'ReplicaTags'],
  errors: [
    'AlreadyExistsException',
    'DisabledException',
    'InvalidArnException',
    'KMSInvalidStateException',
    'KMSInternalException',
    'LimitExceededException',
    'MalformedPolicyDocumentException',
    'NotFoundException',
    'TagException',
    'UnsupportedOperationException',
  ],
})

export const UpdatePrimaryRegion = operation({
  doc: 'Makes a replica of a multi-Region key its primary, and the primary a replica.',
  input: {
    KeyId: required(keyIdShape, 'Key id or key ARN of the primary.'),
    PrimaryRegion: required(regionShape, 'The Region of the replica that becomes the primary.'),
  },
  output: undefined,
  authorize: [
    { action: 'kms:UpdatePrimaryRegion', resource: ownKey('KeyId') },
    {
      action: 'kms:UpdatePrimaryRegion',
      resource: { of: 'related', region: 'PrimaryRegion' },
    },
  ],
  keyState: 'enabled',
  changes: true,
  audit: ['KeyId', 'PrimaryRegion'],
  auditOutput: [],
  errors: [
    'DisabledException',
    'InvalidArnException',
    'KMSInvalidStateException',
    'KMSInternalException',
    'NotFoundException',
    'UnsupportedOperationException',
  ],
})
