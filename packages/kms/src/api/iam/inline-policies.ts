import { group, identityChange, identityRead, role, user } from './row.ts'
import {
  existingUserNameShape,
  groupNameShape,
  pageInput,
  pageOutput,
  policyDocumentShape,
  policyNameShape,
  roleNameShape,
} from './members.ts'
import { listOf, required } from '../shapes.ts'

export const PutUserPolicy = identityChange({
  doc: 'Gives a user an inline policy, or replaces it.',
  input: {
    UserName: required(existingUserNameShape, 'Name of the user.'),
    PolicyName: required(policyNameShape, 'Name of the policy.'),
    PolicyDocument: required(policyDocumentShape, 'The policy, in JSON.'),
  },
  output: undefined,
  authorize: [{ action: 'iam:PutUserPolicy', resource: user('UserName') }],
  audit: ['UserName', 'PolicyName', 'PolicyDocument'],
  errors: [
    'LimitExceededException',
    'MalformedPolicyDocumentException',
    'NoSuchEntityException',
    'ServiceFailureException',
  ],
})

export const GetUserPolicy = identityRead({
  doc: 'Tells what an inline policy of a user says.',
  input: {
    UserName: required(existingUserNameShape, 'Name of the user.'),
    PolicyName: required(policyNameShape, 'Name of the policy.'),
  },
  output: {
    UserName: required(existingUserNameShape, 'Name of the user.'),
    PolicyName: required(policyNameShape, 'Name of the policy.'),
    PolicyDocument: required(policyDocumentShape, 'The policy, percent-encoded (RFC 3986).'),
  },
  authorize: [{ action: 'iam:GetUserPolicy', resource: user('UserName') }],
  audit: ['UserName', 'PolicyName'],
  errors: ['NoSuchEntityException', 'ServiceFailureException'],
})

export const ListUserPolicies = identityRead({
  doc: 'Lists the inline policies of a user.',
  input: {
    UserName: required(existingUserNameShape, 'Name of the user.'),
    ...pageInput,
  },
  output: {
    PolicyNames: required(listOf(policyNameShape), 'Names of the policies.'),
    ...pageOutput,
  },
  authorize: [{ action: 'iam:ListUserPolicies', resource: user('UserName') }],
  audit: ['UserName', 'Marker', 'MaxItems'],
  errors: ['NoSuchEntityException', 'ServiceFailureException'],
})

export const DeleteUserPolicy = identityChange({
  doc: 'Takes an inline policy away from a user.',
  input: {
    UserName: required(existingUserNameShape, 'Name of the user.'),
    PolicyName: required(policyNameShape, 'Name of the policy.'),
  },
  output: undefined,
  authorize: [{ action: 'iam:DeleteUserPolicy', resource: user('UserName') }],
  audit: ['UserName', 'PolicyName'],
  errors: ['NoSuchEntityException', 'LimitExceededException', 'ServiceFailureException'],
})

export const PutGroupPolicy = identityChange({
  doc: 'Gives a group an inline policy, or replaces it.',
  input: {
    GroupName: required(groupNameShape, 'Name of the group.'),
    PolicyName: required(policyNameShape, 'Name of the policy.'),
    PolicyDocument: required(policyDocumentShape, 'The policy, in JSON.'),
  },
  output: undefined,
  authorize: [{ action: 'iam:PutGroupPolicy', resource: group('GroupName') }],
  audit: ['GroupName', 'PolicyName', 'PolicyDocument'],
  errors: [
    'LimitExceededException',
    'MalformedPolicyDocumentException',
    'NoSuchEntityException',
    'ServiceFailureException',
  ],
})

export const GetGroupPolicy = identityRead({
  doc: 'Tells what an inline policy of a group says.',
  input: {
    GroupName: required(groupNameShape, 'Name of the group.'),
    PolicyName: required(policyNameShape, 'Name of the policy.'),
  },
  output: {
    GroupName: required(groupNameShape, 'Name of the group.'),
    PolicyName: required(policyNameShape, 'Name of the policy.'),
    PolicyDocument: required(policyDocumentShape, 'The policy, percent-encoded (RFC 3986).'),
  },
  authorize: [{ action: 'iam:GetGroupPolicy', resource: group('GroupName') }],
  audit: ['GroupName', 'PolicyName'],
  errors: ['NoSuchEntityException', 'ServiceFailureException'],
})

export const ListGroupPolicies = identityRead({
  doc: 'Lists the inline policies of a group.',
  input: {
    GroupName: required(groupNameShape, 'Name of the group.'),
    ...pageInput,
  },
  output: {
    PolicyNames: required(listOf(policyNameShape), 'Names of the policies.'),
    ...pageOutput,
  },
  authorize: [{ action: 'iam:ListGroupPolicies', resource: group('GroupName') }],
  audit: ['GroupName', 'Marker', 'MaxItems'],
  errors: ['NoSuchEntityException', 'ServiceFailureException'],
})

export const DeleteGroupPolicy = identityChange({
  doc: 'Takes an inline policy away from a group.',
  input: {
    GroupName: required(groupNameShape, 'Name of the group.'),
    PolicyName: required(policyNameShape, 'Name of the policy.'),
  },
  output: undefined,
  authorize: [{ action: 'iam:DeleteGroupPolicy', resource: group('GroupName') }],
  audit: ['GroupName', 'PolicyName'],
  errors: ['NoSuchEntityException', 'LimitExceededException', 'ServiceFailureException'],
})

export const PutRolePolicy = identityChange({
  doc: 'Gives a role an inline policy, or replaces it.',
  input: {
    RoleName: required(roleNameShape, 'Name of the role.'),
    PolicyName: required(policyNameShape, 'Name of the policy.'),
    PolicyDocument: required(policyDocumentShape, 'The policy, in JSON.'),
  },
  output: undefined,
  authorize: [{ action: 'iam:PutRolePolicy', resource: role('RoleName') }],
  audit: ['RoleName', 'PolicyName', 'PolicyDocument'],
  errors: [
    'LimitExceededException',
    'MalformedPolicyDocumentException',
    'NoSuchEntityException',
    'UnmodifiableEntityException',
    'ServiceFailureException',
  ],
})

export const GetRolePolicy = identityRead({
  doc: 'Tells what an inline policy of a role says.',
  input: {
    RoleName: required(roleNameShape, 'Name of the role.'),
    PolicyName: required(policyNameShape, 'Name of the policy.'),
  },
  output: {
    RoleName: required(roleNameShape, 'Name of the role.'),
    PolicyName: required(policyNameShape, 'Name of the policy.'),
    PolicyDocument: required(policyDocumentShape, 'The policy, percent-encoded (RFC 3986).'),
  },
  authorize: [{ action: 'iam:GetRolePolicy', resource: role('RoleName') }],
  audit: ['RoleName', 'PolicyName'],
  errors: ['NoSuchEntityException', 'ServiceFailureException'],
})

export const ListRolePolicies = identityRead({
  doc: 'Lists the inline policies of a role.',
  input: {
    RoleName: required(roleNameShape, 'Name of the role.'),
    ...pageInput,
  },
  output: {
    PolicyNames: required(listOf(policyNameShape), 'Names of the policies.'),
    ...pageOutput,
  },
  authorize: [{ action: 'iam:ListRolePolicies', resource: role('RoleName') }],
  audit: ['RoleName', 'Marker', 'MaxItems'],
  errors: ['NoSuchEntityException', 'ServiceFailureException'],
})

export const DeleteRolePolicy = identityChange({
  doc: 'Takes an inline policy away from a role.',
  input: {
    RoleName: required(roleNameShape, 'Name of the role.'),
    PolicyName: required(policyNameShape, 'Name of the policy.'),
  },
  output: undefined,
  authorize: [{ action: 'iam:DeleteRolePolicy', resource: role('RoleName') }],
  audit: ['RoleName', 'PolicyName'],
  errors: [
    'NoSuchEntityException',
    'LimitExceededException',
    'UnmodifiableEntityException',
    'ServiceFailureException',
  ],
})
