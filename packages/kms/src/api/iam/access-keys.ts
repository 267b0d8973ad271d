import { identityChange, identityRead, user, userOfKey } from './row.ts'
import {
  accessKeyIdShape,
  existingUserNameShape,
  pageInput,
  pageOutput,
  statusShape,
} from './members.ts'
import { accessKeyLastUsedShape, accessKeyMetadataShape, accessKeyShape } from './entities.ts'
import { listOf, optional, required } from '../shapes.ts'

export const CreateAccessKey = identityChange({
  doc: 'Makes an access key; a user has two at most. Without a name: for the caller.',
  input: {
    UserName: optional(existingUserNameShape, 'Name of the user.'),
  },
  output: {
    AccessKey: required(
      accessKeyShape,
      'The key, with its secret: this is the only time that anyone sees it.',
    ),
  },
  authorize: [{ action: 'iam:CreateAccessKey', resource: user('UserName') }],
  audit: ['UserName'],
  auditOutput: ['AccessKey'],
  errors: ['NoSuchEntityException', 'LimitExceededException', 'ServiceFailureException'],
})

export const ListAccessKeys = identityRead({
  doc: 'Lists the access keys of a user; without a name, of the caller.',
  input: {
    UserName: optional(existingUserNameShape, 'Name of the user.'),
    ...pageInput,
  },
  output: {
    AccessKeyMetadata: required(listOf(accessKeyMetadataShape), 'The keys, without their secrets.'),
    ...pageOutput,
  },
  authorize: [{ action: 'iam:ListAccessKeys', resource: user('UserName') }],
  audit: ['UserName', 'Marker', 'MaxItems'],
  errors: ['NoSuchEntityException', 'ServiceFailureException'],
})

export const UpdateAccessKey = identityChange({
  doc: 'Activates an access key, or deactivates it.',
  input: {
    UserName: optional(existingUserNameShape, 'Name of the user.'),
    AccessKeyId: required(accessKeyIdShape, 'Id of the access key.'),
    Status: required(statusShape, 'Active, or Inactive: then nobody can sign with it.'),
  },
  output: undefined,
  authorize: [{ action: 'iam:UpdateAccessKey', resource: user('UserName') }],
  audit: ['UserName', 'AccessKeyId', 'Status'],
  errors: [
    'NoSuchEntityException',
    'LimitExceededException',
    'ServiceFailureException',
    'InvalidInputException',
  ],
})

export const DeleteAccessKey = identityChange({
  doc: 'Deletes an access key. It stops working at once.',
  input: {
    UserName: optional(existingUserNameShape, 'Name of the user.'),
    AccessKeyId: required(accessKeyIdShape, 'Id of the access key.'),
  },
  output: undefined,
  authorize: [{ action: 'iam:DeleteAccessKey', resource: user('UserName') }],
  audit: ['UserName', 'AccessKeyId'],
  errors: ['NoSuchEntityException', 'LimitExceededException', 'ServiceFailureException'],
})

export const GetAccessKeyLastUsed = identityRead({
  doc: 'Tells when and for what an access key was used last.',
  input: {
    AccessKeyId: required(accessKeyIdShape, 'Id of the access key.'),
  },
  output: {
    UserName: optional(existingUserNameShape, 'Name of the user.'),
    AccessKeyLastUsed: required(accessKeyLastUsedShape, 'When and for what it was used last.'),
  },
  authorize: [{ action: 'iam:GetAccessKeyLastUsed', resource: userOfKey('AccessKeyId') }],
  audit: ['AccessKeyId'],
  errors: [],
})
