import {
  keyIdShape,
  limit,
  marker,
  nextMarker,
  tagKeyShape,
  tagListShape,
  truncated,
} from '../members.ts'
import { operation, ownKey } from '../operation.ts'
import { listOf, required } from '../shapes.ts'

const keyId = required(keyIdShape, 'Key id or key ARN.')

export const TagResource = operation({
  doc: 'Adds tags to a key, or changes the value of those it has.',
  input: { KeyId: keyId, Tags: required(tagListShape, 'The tags; a key has at most 50.') },
  output: undefined,
  authorize: [{ action: 'kms:TagResource', resource: ownKey('KeyId') }],
  keyState: 'notPendingDeletion',
  changes: true,
  audit: ['KeyId', 'Tags'],
  auditOutput: [],
  errors: [
    'KMSInternalException',
    'NotFoundException',
    'InvalidArnException',
    'KMSInvalidStateException',
    'LimitExceededException',
    'TagException',
  ],
})

export const UntagResource = operation({
  doc: 'Removes tags from a key. A tag that it does not have is no error.',
  input: { KeyId: keyId, TagKeys: required(listOf(tagKeyShape), 'Keys of the tags to remove.') },
  output: undefined,
  authorize: [{ action: 'kms:UntagResource', resource: ownKey('KeyId') }],
  keyState: 'notPendingDeletion',
  changes: true,
  audit: ['KeyId', 'TagKeys'],
  auditOutput: [],
  errors: [
    'KMSInternalException',
    'NotFoundException',
    'InvalidArnException',
    'KMSInvalidStateException',
    'TagException',
  ],
})

export const ListResourceTags = operation({
  doc: 'Lists the tags of a key.',
  input: { KeyId: keyId, Limit: limit, Marker: marker },
  output: {
    Tags: required(tagListShape, 'The tags.'),
    NextMarker: nextMarker,
    Truncated: truncated,
  },
  authorize: [{ action: 'kms:ListResourceTags', resource: ownKey('KeyId') }],
  keyState: 'any',
  changes: false,
  audit: ['KeyId', 'Limit', 'Marker'],
  auditOutput: [],
  errors: [
    'KMSInternalException',
    'NotFoundException',
    'InvalidArnException',
    'InvalidMarkerException',
  ],
})
