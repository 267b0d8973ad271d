import { identityChange, identityRead, policy } from './row.ts'
import {
  arnShape,
  pageInput,
  pageOutput,
  policyDocumentShape,
  policyVersionIdShape,
} from './members.ts'
import { policyVersionShape } from './entities.ts'
import { flag, listOf, optional, required } from '../shapes.ts'

export const CreatePolicyVersion = identityChange({
  doc: 'Adds a version to a managed policy, which keeps five at most.',
  input: {
    PolicyArn: required(arnShape, 'ARN of the managed policy.'),
    PolicyDocument: required(policyDocumentShape, 'The policy, in JSON.'),
    SetAsDefault: optional(flag, 'Whether the new version takes effect at once.'),
  },
  output: {
    PolicyVersion: required(policyVersionShape, 'The version.'),
  },
  authorize: [{ action: 'iam:CreatePolicyVersion', resource: policy('PolicyArn') }],
  audit: ['PolicyArn', 'PolicyDocument', 'SetAsDefault'],
  auditOutput: ['PolicyVersion'],
  errors: [
    'NoSuchEntityException',
    'MalformedPolicyDocumentException',
    'InvalidInputException',
    'LimitExceededException',
    'ServiceFailureException',
  ],
})

export const GetPolicyVersion = identityRead({
  doc: 'Tells what a version of a managed policy says.',
  input: {
    PolicyArn: required(arnShape, 'ARN of the managed policy.'),
    VersionId: required(policyVersionIdShape, 'Id of the version, such as v1.'),
  },
  output: {
    PolicyVersion: required(policyVersionShape, 'The version.'),
  },
  authorize: [{ action: 'iam:GetPolicyVersion', resource: policy('PolicyArn') }],
  audit: ['PolicyArn', 'VersionId'],
  errors: ['NoSuchEntityException', 'InvalidInputException', 'ServiceFailureException'],
})

export const ListPolicyVersions = identityRead({
  doc: 'Lists the versions of a managed policy.',
  input: {
    PolicyArn: required(arnShape, 'ARN of the managed policy.'),
    ...pageInput,
  },
  output: {
    Versions: required(listOf(policyVersionShape), 'The versions, newest first.'),
    ...pageOutput,
  },
  authorize: [{ action: 'iam:ListPolicyVersions', resource: policy('PolicyArn') }],
  audit: ['PolicyArn', 'Marker', 'MaxItems'],
  errors: ['NoSuchEntityException', 'InvalidInputException', 'ServiceFailureException'],
})

export const SetDefaultPolicyVersion = identityChange({
  doc: 'Puts a version of a managed policy into effect.',
  input: {
    PolicyArn: required(arnShape, 'ARN of the managed policy.'),
    VersionId: required(policyVersionIdShape, 'Id of the version, such as v1.'),
  },
  output: undefined,
  authorize: [{ action: 'iam:SetDefaultPolicyVersion', resource: policy('PolicyArn') }],
  audit: ['PolicyArn', 'VersionId'],
  errors: [
    'NoSuchEntityException',
    'InvalidInputException',
    'LimitExceededException',
    'ServiceFailureException',
  ],
})

export const DeletePolicyVersion = identityChange({
  doc: 'Deletes a version that is not in effect.',
  input: {
    PolicyArn: required(arnShape, 'ARN of the managed policy.'),
    VersionId: required(policyVersionIdShape, 'Id of the version, such as v1.'),
  },
  output: undefined,
  authorize: [{ action: 'iam:DeletePolicyVersion', resource: policy('PolicyArn') }],
  audit: ['PolicyArn', 'VersionId'],
  errors: [
    'NoSuchEntityException',
    'LimitExceededException',
    'InvalidInputException',
    'DeleteConflictException',
    'ServiceFailureException',
  ],
})
