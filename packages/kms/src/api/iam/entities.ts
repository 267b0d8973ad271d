import {
  accessKeyIdShape,
  accessKeySecretShape,
  arnShape,
  groupNameShape,
  idShape,
  pathShape,
  permissionsBoundaryAttachmentShape,
  policyDescriptionShape,
  policyDocumentShape,
  policyNameShape,
  policyPathShape,
  policyVersionIdShape,
  roleDescriptionShape,
  roleMaxSessionDurationShape,
  roleNameShape,
  statusShape,
  tagListShape,
  userNameShape,
} from './members.ts'
import { flag, integer, optional, required, structure, text, time, unbuilt } from '../shapes.ts'

export const accessKeyShape = structure({
  UserName: required(userNameShape, 'Name of the user.'),
  AccessKeyId: required(accessKeyIdShape, 'Id of the access key.'),
  Status: required(statusShape, 'Whether it is in use.'),
  SecretAccessKey: required(accessKeySecretShape, 'The secret.'),
  CreateDate: required(time, 'When it was made.'),
})

export const accessKeyLastUsedShape = structure({
  LastUsedDate: optional(time, 'When.'),
  ServiceName: required(text(), 'For which service.'),
  Region: required(text(), 'In which Region.'),
})

export const accessKeyMetadataShape = structure({
  UserName: required(userNameShape, 'Name of the user.'),
  AccessKeyId: required(accessKeyIdShape, 'Id of the access key.'),
  Status: required(statusShape, 'Whether it is in use.'),
  CreateDate: required(time, 'When it was made.'),
})

export const attachedPolicyShape = structure({
  PolicyName: required(policyNameShape, 'Name of the policy.'),
  PolicyArn: required(arnShape, 'ARN of the policy.'),
})

export const groupShape = structure({
  Path: required(pathShape, 'Its path.'),
  GroupName: required(groupNameShape, 'Name of the group.'),
  GroupId: required(idShape, 'Its unique id.'),
  Arn: required(arnShape, 'Its ARN.'),
  CreateDate: required(time, 'When it was made.'),
})

const attachedPermissionsBoundaryShape = structure({
  PermissionsBoundaryType: required(permissionsBoundaryAttachmentShape, 'Its kind.'),
  PermissionsBoundaryArn: required(arnShape, 'Its ARN.'),
})

const roleLastUsedShape = structure({
  LastUsedDate: optional(time, 'When.'),
  Region: optional(text(), 'In which Region.'),
})

export const roleShape = structure({
  Path: required(pathShape, 'Its path.'),
  RoleName: required(roleNameShape, 'Name of the role.'),
  RoleId: required(idShape, 'Its unique id.'),
  Arn: required(arnShape, 'Its ARN.'),
  CreateDate: required(time, 'When it was made.'),
  AssumeRolePolicyDocument: required(
    policyDocumentShape,
    'The trust policy, percent-encoded (RFC 3986).',
  ),
  Description: optional(roleDescriptionShape, 'What it is for.'),
  MaxSessionDuration: optional(
    roleMaxSessionDurationShape,
    'How long a session of the role may last, in seconds; absent: 3600.',
  ),
  PermissionsBoundary: unbuilt(
    attachedPermissionsBoundaryShape,
    'A policy that limits what others may allow.',
  ),
  Tags: optional(tagListShape, 'Its tags.'),
  RoleLastUsed: optional(roleLastUsedShape, 'When it was used last.'),
})

export const openIdConnectProviderListEntryShape = structure({
  Arn: required(arnShape, 'Its ARN.'),
})

export const policyShape = structure({
  PolicyName: required(policyNameShape, 'Name of the policy.'),
  PolicyId: required(idShape, 'Its unique id.'),
  Arn: required(arnShape, 'Its ARN.'),
  Path: required(policyPathShape, 'Its path.'),
  DefaultVersionId: required(policyVersionIdShape, 'The version that is in effect.'),
  AttachmentCount: required(integer(), 'To how many entities it is attached.'),
  PermissionsBoundaryUsageCount: required(integer(), 'How often it limits other policies.'),
  IsAttachable: required(flag, 'Whether it may be attached.'),
  Description: optional(policyDescriptionShape, 'What it is for.'),
  CreateDate: required(time, 'When it was made.'),
  UpdateDate: required(time, 'When it last changed.'),
  Tags: optional(tagListShape, 'Its tags.'),
})

export const policyGroupShape = structure({
  GroupName: required(groupNameShape, 'Name of the group.'),
  GroupId: required(idShape, 'Its unique id.'),
})

export const policyRoleShape = structure({
  RoleName: required(roleNameShape, 'Name of the role.'),
  RoleId: required(idShape, 'Its unique id.'),
})

export const policyUserShape = structure({
  UserName: required(userNameShape, 'Name of the user.'),
  UserId: required(idShape, 'Its unique id.'),
})

export const policyVersionShape = structure({
  Document: optional(policyDocumentShape, 'The policy, percent-encoded (RFC 3986).'),
  VersionId: required(policyVersionIdShape, 'Id of the version, such as v1.'),
  IsDefaultVersion: required(flag, 'Whether it is in effect.'),
  CreateDate: required(time, 'When it was made.'),
})

export const userShape = structure({
  Path: required(pathShape, 'Its path.'),
  UserName: required(userNameShape, 'Name of the user.'),
  UserId: required(idShape, 'Its unique id.'),
  Arn: required(arnShape, 'Its ARN.'),
  CreateDate: required(time, 'When it was made.'),
  PasswordLastUsed: unbuilt(time, 'There are no passwords.'),
  PermissionsBoundary: unbuilt(
    attachedPermissionsBoundaryShape,
    'A policy that limits what others may allow.',
  ),
  Tags: optional(tagListShape, 'Its tags.'),
})
