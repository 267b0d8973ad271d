import { anyIdentity, identityChange, identityRead, role, user } from './row.ts'
import {
  assignmentStatusShape,
  existingUserNameShape,
  pageInput,
  pageOutput,
  roleNameShape,
  userNameShape,
} from './members.ts'
import {
  instanceProfileShape,
  loginProfileShape,
  mfaDeviceShape,
  serviceSpecificCredentialMetadataShape,
  signingCertificateShape,
  sshPublicKeyMetadataShape,
  virtualMFADeviceShape,
} from './absent-entities.ts'
import { flag, listOf, optional, required, text } from '../shapes.ts'

export const ListInstanceProfilesForRole = identityRead({
  doc: 'Lists the instance profiles of a role: there are none.',
  input: {
    RoleName: required(roleNameShape, 'Name of the role.'),
    ...pageInput,
  },
  output: {
    InstanceProfiles: required(listOf(instanceProfileShape), 'There are none.'),
    ...pageOutput,
  },
  authorize: [{ action: 'iam:ListInstanceProfilesForRole', resource: role('RoleName') }],
  audit: ['RoleName', 'Marker', 'MaxItems'],
  errors: ['NoSuchEntityException', 'ServiceFailureException'],
})

export const ListSSHPublicKeys = identityRead({
  doc: 'Lists the SSH keys of a user: there are none.',
  input: {
    UserName: optional(userNameShape, 'Name of the user.'),
    ...pageInput,
  },
  output: {
    SSHPublicKeys: required(listOf(sshPublicKeyMetadataShape), 'There are none.'),
    ...pageOutput,
  },
  authorize: [{ action: 'iam:ListSSHPublicKeys', resource: user('UserName') }],
  audit: ['UserName', 'Marker', 'MaxItems'],
  errors: ['NoSuchEntityException'],
})

export const ListServiceSpecificCredentials = identityRead({
  doc: 'Lists the service-specific credentials of a user: there are none.',
  input: {
    UserName: optional(userNameShape, 'Name of the user.'),
    ServiceName: optional(text(), 'Only credentials for this service.'),
    AllUsers: optional(flag, 'Credentials of every user.'),
    ...pageInput,
  },
  output: {
    ServiceSpecificCredentials: required(
      listOf(serviceSpecificCredentialMetadataShape),
      'There are none.',
    ),
    ...pageOutput,
  },
  authorize: [{ action: 'iam:ListServiceSpecificCredentials', resource: user('UserName') }],
  audit: ['UserName', 'ServiceName', 'AllUsers', 'Marker', 'MaxItems'],
  errors: ['NoSuchEntityException', 'ServiceNotSupportedException'],
})

export const ListMFADevices = identityRead({
  doc: 'Lists the MFA devices of a user: there are none.',
  input: {
    UserName: optional(existingUserNameShape, 'Name of the user.'),
    ...pageInput,
  },
  output: {
    MFADevices: required(listOf(mfaDeviceShape), 'There are none.'),
    ...pageOutput,
  },
  authorize: [{ action: 'iam:ListMFADevices', resource: user('UserName') }],
  audit: ['UserName', 'Marker', 'MaxItems'],
  errors: ['NoSuchEntityException', 'ServiceFailureException'],
})

export const ListVirtualMFADevices = identityRead({
  doc: 'Lists the virtual MFA devices: there are none.',
  input: {
    AssignmentStatus: optional(assignmentStatusShape, 'Only devices with, or without, a user.'),
    ...pageInput,
  },
  output: {
    VirtualMFADevices: required(listOf(virtualMFADeviceShape), 'There are none.'),
    ...pageOutput,
  },
  authorize: [{ action: 'iam:ListVirtualMFADevices', resource: anyIdentity }],
  audit: ['AssignmentStatus', 'Marker', 'MaxItems'],
  errors: [],
})

export const ListSigningCertificates = identityRead({
  doc: 'Lists the signing certificates of a user: there are none.',
  input: {
    UserName: optional(existingUserNameShape, 'Name of the user.'),
    ...pageInput,
  },
  output: {
    Certificates: required(listOf(signingCertificateShape), 'There are none.'),
    ...pageOutput,
  },
  authorize: [{ action: 'iam:ListSigningCertificates', resource: user('UserName') }],
  audit: ['UserName', 'Marker', 'MaxItems'],
  errors: ['NoSuchEntityException', 'ServiceFailureException'],
})

export const DeleteLoginProfile = identityChange({
  doc: 'Deletes the password of a user: there is none.',
  input: {
    UserName: optional(userNameShape, 'Name of the user.'),
  },
  output: undefined,
  authorize: [{ action: 'iam:DeleteLoginProfile', resource: user('UserName') }],
  audit: ['UserName'],
  errors: [
    'EntityTemporarilyUnmodifiableException',
    'NoSuchEntityException',
    'LimitExceededException',
    'ServiceFailureException',
  ],
})

export const GetLoginProfile = identityRead({
  doc: 'Tells what is known of the password of a user: there is none.',
  input: {
    UserName: optional(userNameShape, 'Name of the user.'),
  },
  output: {
    LoginProfile: required(loginProfileShape, 'There is none.'),
  },
  authorize: [{ action: 'iam:GetLoginProfile', resource: user('UserName') }],
  audit: ['UserName'],
  errors: ['NoSuchEntityException', 'ServiceFailureException'],
})
