import {
  dryRun,
  grantIdShape,
  grantOperationNames,
  grantTokens,
  grantTokenShape,
  keyIdShape,
  limit,
  marker,
  nextMarker,
  principalIdShape,
  truncated,
} from '../members.ts'
import { account, operation, readErrors, sharedKey, stateErrors } from '../operation.ts'
import {
  listOf,
  oneOf,
  optional,
  required,
  structure,
  text,
  textMap,
  time,
  unbuilt,
} from '../shapes.ts'

const grantName = text(1, 256, '^[a-zA-Z0-9:/_-]+$')
const servicePrincipal = text(
  1,
  128,
  '^([A-Za-z0-9\\-]+)\\.([A-Za-z0-9\\-]+)(\\.[A-Za-z0-9\\-]+)+$',
)

const grantOperationsShape = listOf(oneOf(grantOperationNames))

const constraintsShape = structure({
  EncryptionContextSubset: optional(textMap, 'Pairs that the encryption context has to contain.'),
  EncryptionContextEquals: optional(textMap, 'The encryption context that there has to be.'),
  SourceArn: optional(
    text(20, 512, '^arn:aws[a-z0-9-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]{12}:.+$'),
    'The resource of AWS that the request has to be made for: there is none here.',
  ),
})

const grantShape = structure({
  KeyId: required(keyIdShape, 'ARN of the key.'),
  GrantId: required(grantIdShape, 'Id of the grant.'),
  Name: optional(grantName, 'Its name, if it was given one.'),
  CreationDate: required(time, 'When it was made.'),
  GranteePrincipal: required(principalIdShape, 'Whom it permits what it says.'),
  RetiringPrincipal: optional(principalIdShape, 'Who may retire it.'),
  IssuingAccount: required(principalIdShape, 'The account that made it, by the ARN of its root.'),
  Operations: required(grantOperationsShape, 'What it permits.'),
  Constraints: optional(constraintsShape, 'Under which encryption context alone.'),
  GranteeServicePrincipal: unbuilt(servicePrincipal, 'A service of AWS: none calls here.'),
  RetiringServicePrincipal: unbuilt(servicePrincipal, 'A service of AWS: none calls here.'),
})

const grantsOutput = {
  Grants: required(listOf(grantShape), 'The grants.'),
  NextMarker: nextMarker,
  Truncated: truncated,
} as const

const keyId = required(keyIdShape, 'Key id or key ARN.')

export const CreateGrant = operation({
  doc: 'Lets a principal use a key for some operations, until the grant is retired or revoked.',
  input: {
    KeyId: keyId,
    GranteePrincipal: optional(principalIdShape, 'ARN of the user, role, session or account.'),
    RetiringPrincipal: optional(principalIdShape, 'ARN of the principal that may retire it.'),
    Operations: required(grantOperationsShape, 'What it is to permit.'),
    Constraints: optional(constraintsShape, 'Under which encryption context alone.'),
    GrantTokens: grantTokens,
    Name: optional(grantName, 'The same call with the same name makes no second grant.'),
    DryRun: dryRun,
    GranteeServicePrincipal: unbuilt(servicePrincipal, 'A service of AWS: none calls here.'),
    RetiringServicePrincipal: unbuilt(servicePrincipal, 'A service of AWS: none calls here.'),
  },
  output: {
    GrantToken: required(grantTokenShape, 'Names the grant in other calls.'),
    GrantId: required(grantIdShape, 'Id of the grant.'),
  },
  authorize: [{ action: 'kms:CreateGrant', resource: sharedKey('KeyId') }],
  keyState: 'enabled',
  changes: true,
  audit: [
    'KeyId',
    'GranteePrincipal',
    'RetiringPrincipal',
    'Operations',
    'Constraints',
    'Name',
    'DryRun',
  ],
  auditOutput: ['GrantId'],
  errors: [
    ...stateErrors,
    'DisabledException',
    'InvalidGrantTokenException',
    'LimitExceededException',
    'DryRunOperationException',
  ],
})

export const ListGrants = operation({
  doc: 'Lists the grants on a key.',
  input: {
    Limit: limit,
    Marker: marker,
    KeyId: keyId,
    GrantId: optional(grantIdShape, 'Lists the grant of this id alone.'),
    GranteePrincipal: optional(principalIdShape, 'Lists the grants to this principal alone.'),
    GranteeServicePrincipal: unbuilt(servicePrincipal, 'A service of AWS: none calls here.'),
  },
  output: grantsOutput,
  authorize: [{ action: 'kms:ListGrants', resource: sharedKey('KeyId') }],
  keyState: 'any',
  changes: false,
  audit: ['Limit', 'Marker', 'KeyId', 'GrantId', 'GranteePrincipal'],
  auditOutput: [],
  errors: [...stateErrors, 'InvalidMarkerException', 'InvalidGrantIdException'],
})

export const ListRetirableGrants = operation({
  doc: 'Lists the grants in the Region that name a principal of the account as retiring.',
  input: {
    Limit: limit,
    Marker: marker,
    RetiringPrincipal: optional(principalIdShape, 'ARN of the principal.'),
    RetiringServicePrincipal: unbuilt(servicePrincipal, 'A service of AWS: none calls here.'),
  },
  output: grantsOutput,
  authorize: [{ action: 'kms:ListRetirableGrants', resource: account }],
  keyState: 'any',
  changes: false,
  audit: ['Limit', 'Marker', 'RetiringPrincipal'],
  auditOutput: [],
  errors: [...readErrors, 'InvalidMarkerException'],
})

export const RetireGrant = operation({
  doc: 'Ends a grant that is not needed any more. Who may do so is in the grant.',
  input: {
    GrantToken: optional(grantTokenShape, 'Names the grant; either this or key and id.'),
    KeyId: optional(keyIdShape, 'Key id or key ARN of the grant.'),
    GrantId: optional(grantIdShape, 'Id of the grant.'),
    DryRun: dryRun,
  },
  output: undefined,
  authorize: [
    {
      action: 'kms:RetireGrant',
      resource: { of: 'grant', token: 'GrantToken', key: 'KeyId', grantId: 'GrantId' },
    },
  ],
  keyState: 'any',
  changes: true,
  audit: ['KeyId', 'GrantId', 'DryRun'],
  auditOutput: [],
  errors: [
    ...stateErrors,
    'InvalidGrantTokenException',
    'InvalidGrantIdException',
    'DryRunOperationException',
  ],
})

export const RevokeGrant = operation({
  doc: 'Takes a grant away, at once. For whoever administers the key.',
  input: {
    KeyId: keyId,
    GrantId: required(grantIdShape, 'Id of the grant.'),
    DryRun: dryRun,
  },
  output: undefined,
  authorize: [{ action: 'kms:RevokeGrant', resource: sharedKey('KeyId') }],
  keyState: 'any',
  changes: true,
  audit: ['KeyId', 'GrantId', 'DryRun'],
  auditOutput: [],
  errors: [...stateErrors, 'InvalidGrantIdException', 'DryRunOperationException'],
})
