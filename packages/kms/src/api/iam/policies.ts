import { anyIdentity, identityChange, identityRead, made, policy } from './row.ts'
import {
  arnShape,
  entityShape,
  pageInput,
  pageOutput,
  pathShape,
  policyDescriptionShape,
  policyDocumentShape,
  policyNameShape,
  policyPathShape,
  policyScopeShape,
  policyUsageShape,
  tagKeyListShape,
  tagListShape,
} from './members.ts'
import { policyGroupShape, policyRoleShape, policyShape, policyUserShape } from './entities.ts'
import { flag, listOf, optional, required } from '../shapes.ts'

export const CreatePolicy = identityChange({
  doc: 'Makes a managed policy, which can be attached to users, groups and roles.',
  input: {
    PolicyName: required(policyNameShape, 'Name of the policy.'),
    Path: optional(policyPathShape, 'Where the name belongs, such as /team/; absent: /.'),
    PolicyDocument: required(policyDocumentShape, 'The policy, in JSON.'),
    Description: optional(policyDescriptionShape, 'What it is for.'),
    Tags: optional(tagListShape, 'Its tags.'),
  },
  output: {
    Policy: required(policyShape, 'The policy.'),
  },
  authorize: [{ action: 'iam:CreatePolicy', resource: made('policy', 'PolicyName') }],
  audit: ['PolicyName', 'Path', 'PolicyDocument', 'Description', 'Tags'],
  auditOutput: ['Policy'],
  errors: [
    'InvalidInputException',
    'LimitExceededException',
    'EntityAlreadyExistsException',
    'MalformedPolicyDocumentException',
    'ConcurrentModificationException',
    'ServiceFailureException',
  ],
})

export const GetPolicy = identityRead({
  doc: 'Tells what is known of a managed policy, but for its document.',
  input: {
    PolicyArn: required(arnShape, 'ARN of the managed policy.'),
  },
  output: {
    Policy: required(policyShape, 'The policy.'),
  },
  authorize: [{ action: 'iam:GetPolicy', resource: policy('PolicyArn') }],
  audit: ['PolicyArn'],
  errors: ['NoSuchEntityException', 'InvalidInputException', 'ServiceFailureException'],
})

export const ListPolicies = identityRead({
  doc: 'Lists the managed policies.',
  input: {
    Scope: optional(
      policyScopeShape,
      'AWS: managed by AWS, of which there are none here. Local: your own.',
    ),
    OnlyAttached: optional(flag, 'Only policies that are attached to something.'),
    PathPrefix: optional(policyPathShape, 'Only what has a path that begins so.'),
    PolicyUsageFilter: optional(policyUsageShape, 'Only policies or attachments of this use.'),
    ...pageInput,
  },
  output: {
    Policies: required(listOf(policyShape), 'The policies.'),
    ...pageOutput,
  },
  authorize: [{ action: 'iam:ListPolicies', resource: anyIdentity }],
  audit: ['Scope', 'OnlyAttached', 'PathPrefix', 'PolicyUsageFilter', 'Marker', 'MaxItems'],
  errors: ['ServiceFailureException'],
})

export const DeletePolicy = identityChange({
  doc: 'Deletes a managed policy that is attached to nothing and has no other versions.',
  input: {
    PolicyArn: required(arnShape, 'ARN of the managed policy.'),
  },
  output: undefined,
  authorize: [{ action: 'iam:DeletePolicy', resource: policy('PolicyArn') }],
  audit: ['PolicyArn'],
  errors: [
    'NoSuchEntityException',
    'LimitExceededException',
    'InvalidInputException',
    'DeleteConflictException',
    'ServiceFailureException',
  ],
})

export const TagPolicy = identityChange({
  doc: 'Adds tags to a managed policy, or gives them new values.',
  input: {
    PolicyArn: required(arnShape, 'ARN of the managed policy.'),
    Tags: required(tagListShape, 'Its tags.'),
  },
  output: undefined,
  authorize: [{ action: 'iam:TagPolicy', resource: policy('PolicyArn') }],
  audit: ['PolicyArn', 'Tags'],
  errors: [
    'NoSuchEntityException',
    'LimitExceededException',
    'InvalidInputException',
    'ConcurrentModificationException',
    'ServiceFailureException',
  ],
})

export const UntagPolicy = identityChange({
  doc: 'Removes tags from a managed policy.',
  input: {
    PolicyArn: required(arnShape, 'ARN of the managed policy.'),
    TagKeys: required(tagKeyListShape, 'Keys of the tags to remove.'),
  },
  output: undefined,
  authorize: [{ action: 'iam:UntagPolicy', resource: policy('PolicyArn') }],
  audit: ['PolicyArn', 'TagKeys'],
  errors: [
    'NoSuchEntityException',
    'InvalidInputException',
    'ConcurrentModificationException',
    'ServiceFailureException',
  ],
})

export const ListPolicyTags = identityRead({
  doc: 'Lists the tags of a managed policy.',
  input: {
    PolicyArn: required(arnShape, 'ARN of the managed policy.'),
    ...pageInput,
  },
  output: {
    Tags: required(tagListShape, 'Its tags.'),
    ...pageOutput,
  },
  authorize: [{ action: 'iam:ListPolicyTags', resource: policy('PolicyArn') }],
  audit: ['PolicyArn', 'Marker', 'MaxItems'],
  errors: ['NoSuchEntityException', 'ServiceFailureException', 'InvalidInputException'],
})

export const ListEntitiesForPolicy = identityRead({
  doc: 'Lists what a managed policy is attached to.',
  input: {
    PolicyArn: required(arnShape, 'ARN of the managed policy.'),
    EntityFilter: optional(entityShape, 'Only entities of this kind.'),
    PathPrefix: optional(pathShape, 'Only what has a path that begins so.'),
    PolicyUsageFilter: optional(policyUsageShape, 'Only policies or attachments of this use.'),
    ...pageInput,
  },
  output: {
    PolicyGroups: required(listOf(policyGroupShape), 'Groups that have it.'),
    PolicyUsers: required(listOf(policyUserShape), 'Users that have it.'),
    PolicyRoles: required(listOf(policyRoleShape), 'Roles that have it.'),
    ...pageOutput,
  },
  authorize: [{ action: 'iam:ListEntitiesForPolicy', resource: policy('PolicyArn') }],
  audit: ['PolicyArn', 'EntityFilter', 'PathPrefix', 'PolicyUsageFilter', 'Marker', 'MaxItems'],
  errors: ['NoSuchEntityException', 'InvalidInputException', 'ServiceFailureException'],
})
