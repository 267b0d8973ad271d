import { anyIdentity, group, identityChange, identityRead, made, renamed, user } from './row.ts'
import {
  existingUserNameShape,
  groupNameShape,
  pageInput,
  pageOutput,
  pathPrefixShape,
  pathShape,
} from './members.ts'
import { groupShape, userShape } from './entities.ts'
import { listOf, optional, required } from '../shapes.ts'

export const CreateGroup = identityChange({
  doc: 'Makes a group. What its policies allow, all its members may do.',
  input: {
    Path: optional(pathShape, 'Where the name belongs, such as /team/; absent: /.'),
    GroupName: required(groupNameShape, 'Name of the group.'),
  },
  output: {
    Group: required(groupShape, 'The group.'),
  },
  authorize: [{ action: 'iam:CreateGroup', resource: made('group', 'GroupName') }],
  audit: ['Path', 'GroupName'],
  auditOutput: ['Group'],
  errors: [
    'LimitExceededException',
    'EntityAlreadyExistsException',
    'NoSuchEntityException',
    'ServiceFailureException',
  ],
})

export const GetGroup = identityRead({
  doc: 'Tells what is known of a group, and lists its members.',
  input: {
    GroupName: required(groupNameShape, 'Name of the group.'),
    ...pageInput,
  },
  output: {
    Group: required(groupShape, 'The group.'),
    Users: required(listOf(userShape), 'The users.'),
    ...pageOutput,
  },
  authorize: [{ action: 'iam:GetGroup', resource: group('GroupName') }],
  audit: ['GroupName', 'Marker', 'MaxItems'],
  errors: ['NoSuchEntityException', 'ServiceFailureException'],
})

export const ListGroups = identityRead({
  doc: 'Lists the groups.',
  input: {
    PathPrefix: optional(pathPrefixShape, 'Only what has a path that begins so.'),
    ...pageInput,
  },
  output: {
    Groups: required(listOf(groupShape), 'The groups.'),
    ...pageOutput,
  },
  authorize: [{ action: 'iam:ListGroups', resource: anyIdentity }],
  audit: ['PathPrefix', 'Marker', 'MaxItems'],
  errors: ['ServiceFailureException'],
})

export const UpdateGroup = identityChange({
  doc: 'Renames a group, or moves it to another path.',
  input: {
    GroupName: required(groupNameShape, 'Name of the group.'),
    NewPath: optional(pathShape, 'The path that it gets.'),
    NewGroupName: optional(groupNameShape, 'The name that the group gets.'),
  },
  output: undefined,
  authorize: [
    { action: 'iam:UpdateGroup', resource: group('GroupName') },
    { action: 'iam:UpdateGroup', resource: renamed('group', 'GroupName', 'NewGroupName') },
  ],
  audit: ['GroupName', 'NewPath', 'NewGroupName'],
  errors: [
    'NoSuchEntityException',
    'EntityAlreadyExistsException',
    'LimitExceededException',
    'ServiceFailureException',
  ],
})

export const DeleteGroup = identityChange({
  doc: 'Deletes a group without members and policies.',
  input: {
    GroupName: required(groupNameShape, 'Name of the group.'),
  },
  output: undefined,
  authorize: [{ action: 'iam:DeleteGroup', resource: group('GroupName') }],
  audit: ['GroupName'],
  errors: [
    'NoSuchEntityException',
    'DeleteConflictException',
    'LimitExceededException',
    'ServiceFailureException',
  ],
})

export const AddUserToGroup = identityChange({
  doc: 'Makes a user a member of a group.',
  input: {
    GroupName: required(groupNameShape, 'Name of the group.'),
    UserName: required(existingUserNameShape, 'Name of the user.'),
  },
  output: undefined,
  authorize: [{ action: 'iam:AddUserToGroup', resource: group('GroupName') }],
  audit: ['GroupName', 'UserName'],
  errors: ['NoSuchEntityException', 'LimitExceededException', 'ServiceFailureException'],
})

export const RemoveUserFromGroup = identityChange({
  doc: 'Ends the membership of a user.',
  input: {
    GroupName: required(groupNameShape, 'Name of the group.'),
    UserName: required(existingUserNameShape, 'Name of the user.'),
  },
  output: undefined,
  authorize: [{ action: 'iam:RemoveUserFromGroup', resource: group('GroupName') }],
  audit: ['GroupName', 'UserName'],
  errors: ['NoSuchEntityException', 'LimitExceededException', 'ServiceFailureException'],
})

export const ListGroupsForUser = identityRead({
  doc: 'Lists the groups that a user is a member of.',
  input: {
    UserName: required(existingUserNameShape, 'Name of the user.'),
    ...pageInput,
  },
  output: {
    Groups: required(listOf(groupShape), 'The groups.'),
    ...pageOutput,
  },
  authorize: [{ action: 'iam:ListGroupsForUser', resource: user('UserName') }],
  audit: ['UserName', 'Marker', 'MaxItems'],
  errors: ['NoSuchEntityException', 'ServiceFailureException'],
})
