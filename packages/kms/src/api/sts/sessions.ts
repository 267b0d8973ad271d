import { identityRead, role } from '../iam/row.ts'
import { integer, optional, required, text, unbuilt } from '../shapes.ts'
import {
  accessKeyIdShape,
  arnShape,
  assumedRoleUserShape,
  credentialsShape,
  externalIdShape,
  policyArnListShape,
  providedContextsShape,
  roleSessionNameShape,
  serialNumberShape,
  sessionPolicyShape,
  sourceIdentityShape,
  tagKeyListShape,
  tagListShape,
  tokenCodeShape,
  unrestrictedSessionPolicyShape,
  webIdentityTokenShape,
} from './members.ts'

const credentials = required(credentialsShape, 'The temporary credentials.')
const sessionName = required(roleSessionNameShape, 'Names the session in ARNs and records.')
const policyArns = optional(
  policyArnListShape,
  'Managed policies that limit the session, 10 at most.',
)
const duration = optional(integer(900, 43200), 'Seconds that the session lasts; absent: 3600.')
const serialNumber = unbuilt(serialNumberShape, 'An MFA device.')
const tokenCode = unbuilt(tokenCodeShape, 'What the MFA device shows.')
const assumedRoleUser = required(assumedRoleUserShape, 'Whom the credentials speak for.')
const packedPolicySize = optional(
  integer(0),
  'How much of the room for policies and tags of the session is used, in percent.',
)

export const GetCallerIdentity = identityRead({
  doc: 'Tells who the caller is. Everyone may ask.',
  input: {},
  output: {
    UserId: required(text(), 'Unique id of the caller.'),
    Account: required(text(), 'The account of the caller.'),
    Arn: required(text(20, 2048, arnShape.pattern), 'ARN of the caller.'),
  },
  authorize: [],
  audit: [],
  errors: [],
})

export const AssumeRole = identityRead({
  doc: 'Opens a session of a role: temporary credentials with what the role may do.',
  input: {
    RoleArn: required(arnShape, 'ARN of the role; may be of another account.'),
    RoleSessionName: sessionName,
    PolicyArns: policyArns,
    Policy: optional(unrestrictedSessionPolicyShape, 'A policy that limits the session, in JSON.'),
    DurationSeconds: duration,
    Tags: optional(tagListShape, 'Tags of the session.'),
    TransitiveTagKeys: optional(tagKeyListShape, 'Tags that later sessions get as well.'),
    ExternalId: optional(externalIdShape, 'What the trust policy may ask for.'),
    SerialNumber: serialNumber,
    TokenCode: tokenCode,
    SourceIdentity: optional(sourceIdentityShape, 'Who is behind the session; it cannot change.'),
    ProvidedContexts: unbuilt(providedContextsShape, 'Contexts that others vouch for.'),
  },
  output: {
    Credentials: credentials,
    AssumedRoleUser: assumedRoleUser,
    PackedPolicySize: packedPolicySize,
    SourceIdentity: optional(sourceIdentityShape, 'Who is behind the session.'),
  },
  authorize: [{ action: 'sts:AssumeRole', resource: role('RoleArn') }],
  audit: [
    'RoleArn',
    'RoleSessionName',
    'PolicyArns',
    'Policy',
    'DurationSeconds',
    'Tags',
    'TransitiveTagKeys',
    'ExternalId',
    'SourceIdentity',
  ],
  errors: [
    'MalformedPolicyDocumentException',
    'PackedPolicyTooLargeException',
    'RegionDisabledException',
    'ExpiredTokenException',
  ],
  auditOutput: ['Credentials', 'AssumedRoleUser', 'PackedPolicySize', 'SourceIdentity'],
})

export const AssumeRoleWithWebIdentity = identityRead({
  doc: 'Opens a session of a role for who shows a token of an OpenID Connect provider. Not signed.',
  input: {
    RoleArn: required(arnShape, 'ARN of the role.'),
    RoleSessionName: sessionName,
    WebIdentityToken: required(webIdentityTokenShape, 'The token: a JWT.'),
    ProviderId: unbuilt(text(4, 2048), 'The issuer of an OAuth token, which is none.'),
    PolicyArns: policyArns,
    Policy: optional(sessionPolicyShape, 'A policy that limits the session, in JSON.'),
    DurationSeconds: duration,
  },
  output: {
    Credentials: credentials,
    SubjectFromWebIdentityToken: required(text(6, 255), 'Whom the token was made for.'),
    AssumedRoleUser: assumedRoleUser,
    PackedPolicySize: packedPolicySize,
    Provider: required(text(), 'ARN of the provider.'),
    Audience: required(text(), 'The audience that the token names.'),
    SourceIdentity: optional(sourceIdentityShape, 'Who is behind the session.'),
  },
  authorize: [{ action: 'sts:AssumeRoleWithWebIdentity', resource: role('RoleArn') }],
  isUnsigned: true,
  audit: ['RoleArn', 'RoleSessionName', 'PolicyArns', 'Policy', 'DurationSeconds'],
  errors: [
    'MalformedPolicyDocumentException',
    'PackedPolicyTooLargeException',
    'IDPRejectedClaimException',
    'IDPCommunicationErrorException',
    'InvalidIdentityTokenException',
    'ExpiredTokenException',
    'RegionDisabledException',
  ],
  auditOutput: [
    'Credentials',
    'SubjectFromWebIdentityToken',
    'AssumedRoleUser',
    'PackedPolicySize',
    'Provider',
    'Audience',
    'SourceIdentity',
  ],
})

export const GetSessionToken = identityRead({
  doc: 'Makes temporary credentials of a user, or of the root for an hour at most.',
  input: {
    DurationSeconds: optional(integer(900, 129600), 'Seconds that they last; absent: 43200.'),
    SerialNumber: serialNumber,
    TokenCode: tokenCode,
  },
  output: { Credentials: credentials },
  authorize: [],
  audit: ['DurationSeconds'],
  errors: ['RegionDisabledException'],
  auditOutput: ['Credentials'],
})

export const GetAccessKeyInfo = identityRead({
  doc: 'Tells which account an access key belongs to.',
  input: { AccessKeyId: required(accessKeyIdShape, 'Id of the access key.') },
  output: { Account: optional(text(), 'The account.') },
  authorize: [{ action: 'sts:GetAccessKeyInfo', resource: { of: 'identity' } }],
  audit: ['AccessKeyId'],
  errors: [],
})
