import {
  arnShape,
  idShape,
  pathShape,
  statusShape,
  tagListShape,
  userNameShape,
} from './members.ts'
import { roleShape, userShape } from './entities.ts'
import { flag, listOf, optional, required, structure, text, time } from '../shapes.ts'

const instanceProfileNameShape = text(1, 128, '[\\w+=,.@-]+')
const serialNumberShape = text(9, 256, '[\\w+=/:,.@-]+')
const publicKeyIdShape = text(20, 128, '[\\w]+')
const serviceCredentialAliasShape = text(0, 200, '[\\w+=,.@-]+')
const serviceSpecificCredentialIdShape = text(20, 128, '[\\w]+')
const serviceUserNameShape = text(0, 200, '[\\w+=,.@-]*')
const certificateBodyShape = text(1, 16384, '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+')
const certificateIdShape = text(24, 128, '[\\w]+')
const bootstrapDatumShape = { kind: 'blob', sensitive: true } as const

export const instanceProfileShape = structure({
  Path: required(pathShape, 'Its path.'),
  InstanceProfileName: required(instanceProfileNameShape, 'Its name.'),
  InstanceProfileId: required(idShape, 'Its unique id.'),
  Arn: required(arnShape, 'Its ARN.'),
  CreateDate: required(time, 'When it was made.'),
  Roles: required(listOf(roleShape), 'The roles.'),
  Tags: optional(tagListShape, 'Its tags.'),
})

export const loginProfileShape = structure({
  UserName: required(userNameShape, 'Name of the user.'),
  CreateDate: required(time, 'When it was made.'),
  PasswordResetRequired: optional(flag, 'Whether it has to be changed.'),
})

export const mfaDeviceShape = structure({
  UserName: required(userNameShape, 'Name of the user.'),
  SerialNumber: required(serialNumberShape, 'Its serial number.'),
  EnableDate: required(time, 'When it was enabled.'),
})

export const sshPublicKeyMetadataShape = structure({
  UserName: required(userNameShape, 'Name of the user.'),
  SSHPublicKeyId: required(publicKeyIdShape, 'Its id.'),
  Status: required(statusShape, 'Whether it is in use.'),
  UploadDate: required(time, 'When it was uploaded.'),
})

export const serviceSpecificCredentialMetadataShape = structure({
  UserName: required(userNameShape, 'Name of the user.'),
  Status: required(statusShape, 'Whether it is in use.'),
  ServiceUserName: optional(serviceUserNameShape, 'The name at the service.'),
  ServiceCredentialAlias: optional(serviceCredentialAliasShape, 'Another name.'),
  CreateDate: required(time, 'When it was made.'),
  ExpirationDate: optional(time, 'When it ends.'),
  ServiceSpecificCredentialId: required(serviceSpecificCredentialIdShape, 'Its id.'),
  ServiceName: required(text(), 'For which service.'),
})

export const signingCertificateShape = structure({
  UserName: required(userNameShape, 'Name of the user.'),
  CertificateId: required(certificateIdShape, 'Its id.'),
  CertificateBody: required(certificateBodyShape, 'The certificate in PEM.'),
  Status: required(statusShape, 'Whether it is in use.'),
  UploadDate: optional(time, 'When it was uploaded.'),
})

export const virtualMFADeviceShape = structure({
  SerialNumber: required(serialNumberShape, 'Its serial number.'),
  Base32StringSeed: optional(bootstrapDatumShape, 'Its seed.'),
  QRCodePNG: optional(bootstrapDatumShape, 'Its seed as a picture.'),
  User: optional(userShape, 'The user.'),
  EnableDate: optional(time, 'When it was enabled.'),
  Tags: optional(tagListShape, 'Its tags.'),
})
