import { group, identityChange, identityRead, role, user } from './row.ts'
import {
  arnShape,
  groupNameShape,
  pageInput,
  pageOutput,
  policyPathShape,
  roleNameShape,
  userNameShape,
} from './members.ts'
import { attachedPolicyShape } from './entities.ts'
import { listOf, optional, required } from '../shapes.ts'

export const AttachUserPolicy = identityChange({
  doc: 'Attaches a managed policy to a user.',
  input: {
    UserName: required(userNameShape, 'Name of the user.'),
    PolicyArn: required(arnShape, 'ARN of the managed policy.'),
  },
  output: undefined,
  authorize: [{ action: 'iam:AttachUserPolicy', resource: user('UserName') }],
  audit: ['UserName', 'PolicyArn'],
  errors: [
    'NoSuchEntityException',
    'LimitExceededException',
    'InvalidInputException',
    'PolicyNotAttachableException',
    'ServiceFailureException',
  ],
})

export const DetachUserPolicy = identityChange({
  doc: 'Detaches a managed policy from a user.',
  input: {
    UserName: required(userNameShape, 'Name of the user.'),
    PolicyArn: required(arnShape, 'ARN of the managed policy.'),
  },
  output: undefined,
  authorize: [{ action: 'iam:DetachUserPolicy', resource: user('UserName') }],
  audit: ['UserName', 'PolicyArn'],
  errors: [
    'NoSuchEntityException',
    'LimitExceededException',
    'InvalidInputException',
    'ServiceFailureException',
  ],
})

export const ListAttachedUserPolicies = identityRead({
  doc: 'Lists the managed policies that are attached to a user.',
  input: {
    UserName: required(userNameShape, 'Name of the user.'),
    PathPrefix: optional(policyPathShape, 'Only what has a path that begins so.'),
    ...pageInput,
  },
  output: {
    AttachedPolicies: required(listOf(attachedPolicyShape), 'The attached policies.'),
    ...pageOutput,
  },
  authorize: [{ action: 'iam:ListAttachedUserPolicies', resource: user('UserName') }],
  audit: ['UserName', 'PathPrefix', 'Marker', 'MaxItems'],
  errors: ['NoSuchEntityException', 'InvalidInputException', 'ServiceFailureException'],
})

export const AttachGroupPolicy = identityChange({
  doc: 'Attaches a managed policy to a group.',
  input: {
    GroupName: required(groupNameShape, 'Name of the group.'),
    PolicyArn: required(arnShape, 'ARN of the managed policy.'),
  },
  output: undefined,
  authorize: [{ action: 'iam:AttachGroupPolicy', resource: group('GroupName') }],
  audit: ['GroupName', 'PolicyArn'],
  errors: [
    'NoSuchEntityException',
    'LimitExceededException',
    'InvalidInputException',
    'PolicyNotAttachableException',
    'ServiceFailureException',
  ],
})

export const DetachGroupPolicy = identityChange({
  doc: 'Detaches a managed policy from a group.',
  input: {
    GroupName: required(groupNameShape, 'Name of the group.'),
    PolicyArn: required(arnShape, 'ARN of the managed policy.'),
  },
  output: undefined,
  authorize: [{ action: 'iam:DetachGroupPolicy', resource: group('GroupName') }],
  audit: ['GroupName', 'PolicyArn'],
  errors: [
    'NoSuchEntityException',
    'LimitExceededException',
    'InvalidInputException',
    'ServiceFailureException',
  ],
})

export const ListAttachedGroupPolicies = identityRead({
  doc: 'Lists the managed policies that are attached to a group.',
  input: {
    GroupName: required(groupNameShape, 'Name of the group.'),
    PathPrefix: optional(policyPathShape, 'Only what has a path that begins so.'),
    ...pageInput,
  },
  output: {
    AttachedPolicies: required(listOf(attachedPolicyShape), 'The attached policies.'),
    ...pageOutput,
  },
  authorize: [{ action: 'iam:ListAttachedGroupPolicies', resource: group('GroupName') }],
  audit: ['GroupName', 'PathPrefix', 'Marker', 'MaxItems'],
  errors: ['NoSuchEntityException', 'InvalidInputException', 'ServiceFailureException'],
})

export const AttachRolePolicy = identityChange({
  doc: 'Attaches a managed policy to a role.',
  input: {
    RoleName: required(roleNameShape, 'Name of the role.'),
    PolicyArn: required(arnShape, 'ARN of the managed policy.'),
  },
  output: undefined,
  authorize: [{ action: 'iam:AttachRolePolicy', resource: role('RoleName') }],
  audit: ['RoleName', 'PolicyArn'],
  errors: [
    'NoSuchEntityException',
    'LimitExceededException',
    'InvalidInputException',
    'UnmodifiableEntityException',
    'PolicyNotAttachableException',
    'ServiceFailureException',
  ],
})

export const DetachRolePolicy = identityChange({
  doc: 'Detaches a managed policy from a role.',
  input: {
    RoleName: required(roleNameShape, 'Name of the role.'),
    PolicyArn: required(arnShape, 'ARN of the managed policy.'),
  },
  output: undefined,
  authorize: [{ action: 'iam:DetachRolePolicy', resource: role('RoleName') }],
  audit: ['RoleName', 'PolicyArn'],
  errors: [
    'NoSuchEntityException',
    'LimitExceededException',
    'InvalidInputException',
    'UnmodifiableEntityException',
    'ServiceFailureException',
  ],
})

export const ListAttachedRolePolicies = identityRead({
  doc: 'Lists the managed policies that are attached to a role.',
  input: {
    RoleName: required(roleNameShape, 'Name of the role.'),
    PathPrefix: optional(policyPathShape, 'Only what has a path that begins so.'),
    ...pageInput,
  },
  output: {
    AttachedPolicies: required(listOf(attachedPolicyShape), 'The attached policies.'),
    ...pageOutput,
  },
  authorize: [{ action: 'iam:ListAttachedRolePolicies', resource: role('RoleName') }],
  audit: ['RoleName', 'PathPrefix', 'Marker', 'MaxItems'],
  errors: ['NoSuchEntityException', 'InvalidInputException', 'ServiceFailureException'],
})
