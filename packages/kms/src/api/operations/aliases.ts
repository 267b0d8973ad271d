import {
  aliasNameShape,
  arnShape,
  keyIdShape,
  limit,
  marker,
  nextMarker,
  truncated,
} from '../members.ts'
import { account, operation, ownKey, readErrors } from '../operation.ts'
import { listOf, optional, required, structure, time } from '../shapes.ts'

const newAliasName = required(
  aliasNameShape,
  'The name, beginning with alias/ but not with alias/aws/.',
)

export const CreateAlias = operation({
  doc: 'Gives a key a friendly name, unique in the account and Region.',
  input: {
    AliasName: newAliasName,
    TargetKeyId: required(keyIdShape, 'Key id or key ARN that the alias is to point at.'),
  },
  output: undefined,
  authorize: [
    { action: 'kms:CreateAlias', resource: { of: 'newAlias', member: 'AliasName' } },
    { action: 'kms:CreateAlias', resource: ownKey('TargetKeyId') },
  ],
  keyState: 'notPendingDeletion',
  changes: true,
  audit: ['AliasName', 'TargetKeyId'],
  auditOutput: [],
  errors: [
    'DependencyTimeoutException',
    'AlreadyExistsException',
    'NotFoundException',
    'InvalidAliasNameException',
    'KMSInternalException',
    'LimitExceededException',
    'KMSInvalidStateException',
  ],
})

export const UpdateAlias = operation({
  doc: 'Points an alias at another key of the same kind and usage.',
  input: {
    AliasName: required(aliasNameShape, 'The alias to change.'),
    TargetKeyId: required(keyIdShape, 'Key id or key ARN that it is to point at from now on.'),
  },
  output: undefined,
  authorize: [
    { action: 'kms:UpdateAlias', resource: { of: 'alias', member: 'AliasName' } },
    { action: 'kms:UpdateAlias', resource: ownKey('TargetKeyId') },
  ],
  keyState: 'any',
  changes: true,
  audit: ['AliasName', 'TargetKeyId'],
  auditOutput: [],
  errors: [
    'DependencyTimeoutException',
    'NotFoundException',
    'KMSInternalException',
    'LimitExceededException',
    'KMSInvalidStateException',
  ],
})

export const DeleteAlias = operation({
  doc: 'Removes an alias. The key stays as it is.',
  input: { AliasName: required(aliasNameShape, 'The alias to remove.') },
  output: undefined,
  authorize: [{ action: 'kms:DeleteAlias', resource: { of: 'alias', member: 'AliasName' } }],
  keyState: 'any',
  changes: true,
  audit: ['AliasName'],
  auditOutput: [],
  errors: [
    'DependencyTimeoutException',
    'NotFoundException',
    'KMSInternalException',
    'KMSInvalidStateException',
  ],
})

export const ListAliases = operation({
  doc: 'Lists the aliases of the account in the Region, or those of one key.',
  input: {
    KeyId: optional(keyIdShape, 'Key id or key ARN: lists the aliases of that key alone.'),
    Limit: limit,
    Marker: marker,
  },
  output: {
    Aliases: required(
      listOf(
        structure({
          AliasName: required(aliasNameShape, 'The name of the alias.'),
          AliasArn: required(arnShape, 'ARN of the alias.'),
          TargetKeyId: optional(keyIdShape, 'The bare id of the key that it points at.'),
          CreationDate: optional(time, 'When the alias was made.'),
          LastUpdatedDate: optional(time, 'When it last came to point at another key.'),
        }),
      ),
      'The aliases.',
    ),
    NextMarker: nextMarker,
    Truncated: truncated,
  },
  authorize: [{ action: 'kms:ListAliases', resource: account }],
  keyState: 'any',
  changes: false,
  audit: ['KeyId', 'Limit', 'Marker'],
  auditOutput: [],
  errors: [...readErrors, 'InvalidMarkerException'],
})
