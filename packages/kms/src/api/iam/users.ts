import { anyIdentity, identityChange, identityRead, made, renamed, user } from './row.ts'
import {
  arnShape,
  existingUserNameShape,
  pageInput,
  pageOutput,
  pathPrefixShape,
  pathShape,
  tagKeyListShape,
  tagListShape,
  userNameShape,
} from './members.ts'
import { userShape } from './entities.ts'
import { listOf, optional, required, unbuilt } from '../shapes.ts'

export const CreateUser = identityChange({
  doc: 'Makes a user. It can do nothing until a policy lets it.',
  input: {
    Path: optional(pathShape, 'Where the name belongs, such as /team/; absent: /.'),
    UserName: required(userNameShape, 'Name of the user.'),
    PermissionsBoundary: unbuilt(arnShape, 'A policy that limits what others may allow.'),
    Tags: optional(tagListShape, 'Its tags.'),
  },
  output: {
    User: required(userShape, 'The user.'),
  },
  authorize: [{ action: 'iam:CreateUser', resource: made('user', 'UserName') }],
  audit: ['Path', 'UserName', 'Tags'],
  auditOutput: ['User'],
  errors: [
    'LimitExceededException',
    'EntityAlreadyExistsException',
    'NoSuchEntityException',
    'InvalidInputException',
    'ConcurrentModificationException',
    'ServiceFailureException',
  ],
})

export const GetUser = identityRead({
  doc: 'Tells what is known of a user; without a name, of the caller.',
  input: {
    UserName: optional(existingUserNameShape, 'Name of the user.'),
  },
  output: {
    User: required(userShape, 'The user.'),
  },
  authorize: [{ action: 'iam:GetUser', resource: user('UserName') }],
  audit: ['UserName'],
  errors: ['NoSuchEntityException', 'ServiceFailureException'],
})

export const ListUsers = identityRead({
  doc: 'Lists the users.',
  input: {
    PathPrefix: optional(pathPrefixShape, 'Only what has a path that begins so.'),
    ...pageInput,
  },
  output: {
    Users: required(listOf(userShape), 'The users.'),
    ...pageOutput,
  },
  authorize: [{ action: 'iam:ListUsers', resource: anyIdentity }],
  audit: ['PathPrefix', 'Marker', 'MaxItems'],
  errors: ['ServiceFailureException'],
})

export const UpdateUser = identityChange({
  doc: 'Renames a user, or moves it to another path. What it may do stays.',
  input: {
    UserName: required(existingUserNameShape, 'Name of the user.'),
    NewPath: optional(pathShape, 'The path that it gets.'),
    NewUserName: optional(userNameShape, 'The name that the user gets.'),
  },
  output: undefined,
  authorize: [
    { action: 'iam:UpdateUser', resource: user('UserName') },
    { action: 'iam:UpdateUser', resource: renamed('user', 'UserName', 'NewUserName') },
  ],
  audit: ['UserName', 'NewPath', 'NewUserName'],
  errors: [
    'NoSuchEntityException',
    'LimitExceededException',
    'EntityAlreadyExistsException',
    'EntityTemporarilyUnmodifiableException',
    'ConcurrentModificationException',
    'ServiceFailureException',
  ],
})

export const DeleteUser = identityChange({
  doc: 'Deletes a user that has no keys, policies and groups any more.',
  input: {
    UserName: required(existingUserNameShape, 'Name of the user.'),
  },
  output: undefined,
  authorize: [{ action: 'iam:DeleteUser', resource: user('UserName') }],
  audit: ['UserName'],
  errors: [
    'LimitExceededException',
    'NoSuchEntityException',
    'DeleteConflictException',
    'ConcurrentModificationException',
    'ServiceFailureException',
  ],
})

export const TagUser = identityChange({
  doc: 'Adds tags to a user, or gives them new values.',
  input: {
    UserName: required(existingUserNameShape, 'Name of the user.'),
    Tags: required(tagListShape, 'Its tags.'),
  },
  output: undefined,
  authorize: [{ action: 'iam:TagUser', resource: user('UserName') }],
  audit: ['UserName', 'Tags'],
  errors: [
    'NoSuchEntityException',
    'LimitExceededException',
    'InvalidInputException',
    'ConcurrentModificationException',
    'ServiceFailureException',
  ],
})

export const UntagUser = identityChange({
  doc: 'Removes tags from a user.',
  input: {
    UserName: required(existingUserNameShape, 'Name of the user.'),
    TagKeys: required(tagKeyListShape, 'Keys of the tags to remove.'),
  },
  output: undefined,
  authorize: [{ action: 'iam:UntagUser', resource: user('UserName') }],
  audit: ['UserName', 'TagKeys'],
  errors: ['NoSuchEntityException', 'ConcurrentModificationException', 'ServiceFailureException'],
})

export const ListUserTags = identityRead({
  doc: 'Lists the tags of a user.',
  input: {
    UserName: required(existingUserNameShape, 'Name of the user.'),
    ...pageInput,
  },
  output: {
    Tags: required(tagListShape, 'Its tags.'),
    ...pageOutput,
  },
  authorize: [{ action: 'iam:ListUserTags', resource: user('UserName') }],
  audit: ['UserName', 'Marker', 'MaxItems'],
  errors: ['NoSuchEntityException', 'ServiceFailureException'],
})
