import { anyIdentity, identityChange, identityRead, made, role } from './row.ts'
import {
  arnShape,
  pageInput,
  pageOutput,
  pathPrefixShape,
  pathShape,
  policyDocumentShape,
  roleDescriptionShape,
  roleMaxSessionDurationShape,
  roleNameShape,
  tagKeyListShape,
  tagListShape,
} from './members.ts'
import { roleShape } from './entities.ts'
import { listOf, optional, required, unbuilt } from '../shapes.ts'

export const CreateRole = identityChange({
  doc: 'Makes a role. Who may assume it is said by its trust policy.',
  input: {
    Path: optional(pathShape, 'Where the name belongs, such as /team/; absent: /.'),
    RoleName: required(roleNameShape, 'Name of the role.'),
    AssumeRolePolicyDocument: required(
      policyDocumentShape,
      'The trust policy, in JSON: who may assume the role.',
    ),
    Description: optional(roleDescriptionShape, 'What it is for.'),
    MaxSessionDuration: optional(
      roleMaxSessionDurationShape,
      'How long a session of the role may last, in seconds; absent: 3600.',
    ),
    PermissionsBoundary: unbuilt(arnShape, 'A policy that limits what others may allow.'),
    Tags: optional(tagListShape, 'Its tags.'),
  },
  output: {
    Role: required(roleShape, 'The role.'),
  },
  authorize: [{ action: 'iam:CreateRole', resource: made('role', 'RoleName') }],
  audit: [
    'Path',
    'RoleName',
    'AssumeRolePolicyDocument',
    'Description',
    'MaxSessionDuration',
    'Tags',
  ],
  auditOutput: ['Role'],
  errors: [
    'LimitExceededException',
    'InvalidInputException',
    'EntityAlreadyExistsException',
    'MalformedPolicyDocumentException',
    'ConcurrentModificationException',
    'ServiceFailureException',
  ],
})

export const GetRole = identityRead({
  doc: 'Tells what is known of a role.',
  input: {
    RoleName: required(roleNameShape, 'Name of the role.'),
  },
  output: {
    Role: required(roleShape, 'The role.'),
  },
  authorize: [{ action: 'iam:GetRole', resource: role('RoleName') }],
  audit: ['RoleName'],
  errors: ['NoSuchEntityException', 'ServiceFailureException'],
})

export const ListRoles = identityRead({
  doc: 'Lists the roles.',
  input: {
    PathPrefix: optional(pathPrefixShape, 'Only what has a path that begins so.'),
    ...pageInput,
  },
  output: {
    Roles: required(listOf(roleShape), 'The roles.'),
    ...pageOutput,
  },
  authorize: [{ action: 'iam:ListRoles', resource: anyIdentity }],
  audit: ['PathPrefix', 'Marker', 'MaxItems'],
  errors: ['ServiceFailureException'],
})

export const UpdateRole = identityChange({
  doc: 'Changes the description of a role, or how long its sessions may last.',
  input: {
    RoleName: required(roleNameShape, 'Name of the role.'),
    Description: optional(roleDescriptionShape, 'What it is for.'),
    MaxSessionDuration: optional(
      roleMaxSessionDurationShape,
      'How long a session of the role may last, in seconds; absent: 3600.',
    ),
  },
  output: {},
  authorize: [{ action: 'iam:UpdateRole', resource: role('RoleName') }],
  audit: ['RoleName', 'Description', 'MaxSessionDuration'],
  errors: ['UnmodifiableEntityException', 'NoSuchEntityException', 'ServiceFailureException'],
})

export const UpdateRoleDescription = identityChange({
  doc: 'Changes the description of a role.',
  input: {
    RoleName: required(roleNameShape, 'Name of the role.'),
    Description: required(roleDescriptionShape, 'What it is for.'),
  },
  output: {
    Role: required(roleShape, 'The role.'),
  },
  authorize: [{ action: 'iam:UpdateRoleDescription', resource: role('RoleName') }],
  audit: ['RoleName', 'Description'],
  auditOutput: ['Role'],
  errors: ['NoSuchEntityException', 'UnmodifiableEntityException', 'ServiceFailureException'],
})

export const UpdateAssumeRolePolicy = identityChange({
  doc: 'Replaces the trust policy of a role.',
  input: {
    RoleName: required(roleNameShape, 'Name of the role.'),
    PolicyDocument: required(policyDocumentShape, 'The policy, in JSON.'),
  },
  output: undefined,
  authorize: [{ action: 'iam:UpdateAssumeRolePolicy', resource: role('RoleName') }],
  audit: ['RoleName', 'PolicyDocument'],
  errors: [
    'NoSuchEntityException',
    'MalformedPolicyDocumentException',
    'LimitExceededException',
    'UnmodifiableEntityException',
    'ServiceFailureException',
  ],
})

export const DeleteRole = identityChange({
  doc: 'Deletes a role without policies. Its sessions end at once.',
  input: {
    RoleName: required(roleNameShape, 'Name of the role.'),
  },
  output: undefined,
  authorize: [{ action: 'iam:DeleteRole', resource: role('RoleName') }],
  audit: ['RoleName'],
  errors: [
    'NoSuchEntityException',
    'DeleteConflictException',
    'LimitExceededException',
    'UnmodifiableEntityException',
    'ConcurrentModificationException',
    'ServiceFailureException',
  ],
})

export const TagRole = identityChange({
  doc: 'Adds tags to a role, or gives them new values.',
  input: {
    RoleName: required(roleNameShape, 'Name of the role.'),
    Tags: required(tagListShape, 'Its tags.'),
  },
  output: undefined,
  authorize: [{ action: 'iam:TagRole', resource: role('RoleName') }],
  audit: ['RoleName', 'Tags'],
  errors: [
    'NoSuchEntityException',
    'LimitExceededException',
    'InvalidInputException',
    'ConcurrentModificationException',
    'ServiceFailureException',
  ],
})

export const UntagRole = identityChange({
  doc: 'Removes tags from a role.',
  input: {
    RoleName: required(roleNameShape, 'Name of the role.'),
    TagKeys: required(tagKeyListShape, 'Keys of the tags to remove.'),
  },
  output: undefined,
  authorize: [{ action: 'iam:UntagRole', resource: role('RoleName') }],
  audit: ['RoleName', 'TagKeys'],
  errors: ['NoSuchEntityException', 'ConcurrentModificationException', 'ServiceFailureException'],
})

export const ListRoleTags = identityRead({
  doc: 'Lists the tags of a role.',
  input: {
    RoleName: required(roleNameShape, 'Name of the role.'),
    ...pageInput,
  },
  output: {
    Tags: required(tagListShape, 'Its tags.'),
    ...pageOutput,
  },
  authorize: [{ action: 'iam:ListRoleTags', resource: role('RoleName') }],
  audit: ['RoleName', 'Marker', 'MaxItems'],
  errors: ['NoSuchEntityException', 'ServiceFailureException'],
})
