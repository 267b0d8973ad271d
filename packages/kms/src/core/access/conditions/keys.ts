import { foldCase } from '../matching/fold-case.ts'

/** What the values of a condition key are; the operators that suit it follow from this. */
export type KeyType = 'string' | 'arn' | 'bool' | 'date' | 'numeric' | 'address'

/** Where a request's value for a condition key comes from. */
export type KeySource =
  /**
   * A member of the request, by its path; of these actions alone, where they are listed. `absent`
   * is what its absence means to KMS: a condition on the default works without the member too.
   */
  | {
      readonly from: 'request'
      readonly member: string
      readonly actions?: readonly string[]
      readonly absent?: string
    }
  /** The encryption context: a pair by its key, or all of its keys. */
  | { readonly from: 'context'; readonly what: 'value' | 'keys' }
  /** The tags of the request: a tag by its key, or all of their keys. */
  | { readonly from: 'requestTags'; readonly what: 'value' | 'keys' }
  | {
      readonly from: 'key'
      readonly property: KeyProperty
      readonly actions?: readonly string[]
    }
  /** What was measured of whom the answer is for, by its name. */
  | { readonly from: 'recipient' }
  /** A tag of the resource; of these services alone, where they are listed. */
  | { readonly from: 'resourceTags'; readonly services?: readonly string[] }
  /** The account that owns the resource. */
  | { readonly from: 'owner' }
  | { readonly from: 'caller'; readonly property: CallerProperty }
  /** A tag of the user, or of the role and its session. */
  | { readonly from: 'callerTags' }
  | { readonly from: 'connection'; readonly property: ConnectionProperty }
  | { readonly from: 'clock'; readonly as: 'iso' | 'epochSeconds' }
  /** The same for every request, or for every one of these actions. */
  | { readonly from: 'constant'; readonly value: string; readonly actions?: readonly string[] }
  /** Worked out while the call is resolved: `ReEncryptOnSameKey`, `RequestAlias`. */
  | { readonly from: 'call'; readonly property: CallProperty }

export type KeyProperty =
  | 'spec'
  | 'usage'
  | 'origin'
  | 'multiRegion'
  | 'multiRegionKeyType'
  | 'aliases'
  | 'daysWithoutUse'
export type CallerProperty =
  | 'account'
  | 'principalArn'
  | 'principalType'
  | 'userId'
  | 'userName'
  | 'tokenIssuedAt'
  | 'mfaPresent'
  | 'sourceIdentity'
  | 'federatedProvider'
export type ConnectionProperty = 'address' | 'isSecure' | 'userAgent' | 'region'
export type CallProperty = 'requestAlias' | 'reEncryptOnSameKey' | 'grantConstraintTypes'

export type ConditionKey = {
  /** In AWS's spelling; a policy may write it in any case. */
  readonly name: string
  /** The name ends with something of the policy's own: the key of a tag or of a context pair. */
  readonly isPrefix?: true
  readonly type: KeyType
  /** A request may have several values, and policies compare them with set operators. */
  readonly multi?: true
  /** The first one that gives a value counts. None: AWS has the key, and no request here does. */
  readonly sources: readonly KeySource[]
  /** A key policy that names it is refused, as AWS does: it says nothing about one key alone. */
  readonly identityPoliciesOnly?: true
  /** KMS refuses it with ForAllValues, which would hold without the key. */
  readonly forAllValues?: 'refused'
}

const request = (
  member: string,
  options: { readonly actions?: readonly string[]; readonly absent?: string } = {},
): KeySource => ({ from: 'request', member, ...options })
const key = (property: KeyProperty): KeySource => ({ from: 'key', property })
const caller = (property: CallerProperty): KeySource => ({ from: 'caller', property })
const connection = (property: ConnectionProperty): KeySource => ({ from: 'connection', property })
const constant = (value: string, actions?: readonly string[]): KeySource =>
  actions === undefined ? { from: 'constant', value } : { from: 'constant', value, actions }

const createKey = ['kms:CreateKey']
const dataKeyActions = [
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:GenerateDataKeyPair',
  'kms:GenerateDataKeyPairWithoutPlaintext',
]

const policyActions = ['Attach', 'Detach'].flatMap((verb) =>
  ['User', 'Group', 'Role'].map((kind) => `iam:${verb}${kind}Policy`),
)

const specSources: readonly KeySource[] = [
  key('spec'),
  request('KeySpec', { actions: createKey }),
  request('CustomerMasterKeySpec', { actions: createKey, absent: 'SYMMETRIC_DEFAULT' }),
]
const usageSources: readonly KeySource[] = [
  key('usage'),
  request('KeyUsage', { actions: createKey, absent: 'ENCRYPT_DECRYPT' }),
]

/**
 * The condition keys of KMS, STS and the global ones (KMS Developer Guide, "AWS KMS condition
 * keys"; IAM User Guide, "AWS global condition context keys"): what they are, and where a request's
 * value comes from, so that it is worked out only when a policy asks for it.
 */
export const conditionKeys: readonly ConditionKey[] = [
  // Who asks.
  { name: 'aws:PrincipalAccount', type: 'string', sources: [caller('account')] },
  { name: 'aws:PrincipalArn', type: 'arn', sources: [caller('principalArn')] },
  { name: 'aws:PrincipalTag/', isPrefix: true, type: 'string', sources: [{ from: 'callerTags' }] },
  { name: 'aws:PrincipalType', type: 'string', sources: [caller('principalType')] },
  { name: 'aws:userid', type: 'string', sources: [caller('userId')] },
  { name: 'aws:username', type: 'string', sources: [caller('userName')] },
  { name: 'aws:TokenIssueTime', type: 'date', sources: [caller('tokenIssuedAt')] },
  // `false` for temporary credentials, absent for others: there are no MFA devices.
  { name: 'aws:MultiFactorAuthPresent', type: 'bool', sources: [caller('mfaPresent')] },
  { name: 'aws:MultiFactorAuthAge', type: 'numeric', sources: [] },
  { name: 'aws:SourceIdentity', type: 'string', sources: [caller('sourceIdentity')] },
  { name: 'aws:FederatedProvider', type: 'string', sources: [caller('federatedProvider')] },
  { name: 'kms:CallerAccount', type: 'string', sources: [caller('account')] },
  // How, whence and when.
  { name: 'aws:SourceIp', type: 'address', sources: [connection('address')] },
  { name: 'aws:SecureTransport', type: 'bool', sources: [connection('isSecure')] },
  { name: 'aws:UserAgent', type: 'string', sources: [connection('userAgent')] },
  { name: 'aws:RequestedRegion', type: 'string', sources: [connection('region')] },
  { name: 'aws:CurrentTime', type: 'date', sources: [{ from: 'clock', as: 'iso' }] },
  { name: 'aws:EpochTime', type: 'date', sources: [{ from: 'clock', as: 'epochSeconds' }] },
  // No service of AWS calls here on behalf of anyone, and there is no VPC and no organization.
  { name: 'aws:ViaAWSService', type: 'bool', sources: [constant('false')] },
  { name: 'aws:PrincipalIsAWSService', type: 'bool', sources: [constant('false')] },
  { name: 'aws:CalledVia', type: 'string', multi: true, sources: [] },
  { name: 'aws:CalledViaFirst', type: 'string', sources: [] },
  { name: 'aws:CalledViaLast', type: 'string', sources: [] },
  { name: 'aws:PrincipalServiceName', type: 'string', sources: [] },
  { name: 'aws:PrincipalServiceNamesList', type: 'string', multi: true, sources: [] },
  { name: 'aws:PrincipalOrgID', type: 'string', sources: [] },
  { name: 'aws:PrincipalOrgPaths', type: 'string', multi: true, sources: [] },
  { name: 'aws:ResourceOrgID', type: 'string', sources: [] },
  { name: 'aws:ResourceOrgPaths', type: 'string', multi: true, sources: [] },
  { name: 'aws:SourceAccount', type: 'string', sources: [] },
  { name: 'aws:SourceArn', type: 'arn', sources: [] },
  { name: 'aws:SourceOrgID', type: 'string', sources: [] },
  { name: 'aws:SourceOrgPaths', type: 'string', multi: true, sources: [] },
  { name: 'aws:SourceVpc', type: 'string', sources: [] },
  { name: 'aws:SourceVpce', type: 'string', sources: [] },
  { name: 'aws:VpcSourceIp', type: 'address', sources: [] },
  { name: 'aws:referer', type: 'string', sources: [] },
  { name: 'kms:ViaService', type: 'string', sources: [] },
  // Tags, and the resource.
  { name: 'aws:ResourceAccount', type: 'string', sources: [{ from: 'owner' }] },
  {
    name: 'aws:ResourceTag/',
    isPrefix: true,
    type: 'string',
    sources: [{ from: 'resourceTags' }],
    identityPoliciesOnly: true,
  },
  {
    name: 'aws:RequestTag/',
    isPrefix: true,
    type: 'string',
    sources: [{ from: 'requestTags', what: 'value' }],
    forAllValues: 'refused',
  },
  {
    name: 'aws:TagKeys',
    type: 'string',
    multi: true,
    sources: [{ from: 'requestTags', what: 'keys' }],
  },
  // The key.
  { name: 'kms:KeySpec', type: 'string', sources: specSources },
  { name: 'kms:CustomerMasterKeySpec', type: 'string', sources: specSources },
  { name: 'kms:KeyUsage', type: 'string', sources: usageSources },
  { name: 'kms:CustomerMasterKeyUsage', type: 'string', sources: usageSources },
  {
    name: 'kms:KeyOrigin',
    type: 'string',
    sources: [key('origin'), request('Origin', { actions: createKey, absent: 'AWS_KMS' })],
  },
  {
    name: 'kms:MultiRegion',
    type: 'bool',
    sources: [key('multiRegion'), request('MultiRegion', { actions: createKey, absent: 'false' })],
  },
  { name: 'kms:MultiRegionKeyType', type: 'string', sources: [key('multiRegionKeyType')] },
  {
    name: 'kms:ResourceAliases',
    type: 'string',
    multi: true,
    sources: [key('aliases')],
    identityPoliciesOnly: true,
  },
  {
    name: 'kms:RequestAlias',
    type: 'string',
    sources: [{ from: 'call', property: 'requestAlias' }],
  },
  // What a cryptographic operation is asked for.
  {
    name: 'kms:EncryptionContext:',
    isPrefix: true,
    type: 'string',
    sources: [{ from: 'context', what: 'value' }],
    forAllValues: 'refused',
  },
  {
    name: 'kms:EncryptionContextKeys',
    type: 'string',
    multi: true,
    sources: [{ from: 'context', what: 'keys' }],
  },
  {
    name: 'kms:EncryptionAlgorithm',
    type: 'string',
    sources: [
      request('EncryptionAlgorithm', {
        actions: ['kms:Encrypt', 'kms:Decrypt'],
        absent: 'SYMMETRIC_DEFAULT',
      }),
      request('SourceEncryptionAlgorithm', {
        actions: ['kms:ReEncryptFrom'],
        absent: 'SYMMETRIC_DEFAULT',
      }),
      request('DestinationEncryptionAlgorithm', {
        actions: ['kms:ReEncryptTo'],
        absent: 'SYMMETRIC_DEFAULT',
      }),
      constant('SYMMETRIC_DEFAULT', dataKeyActions),
    ],
  },
  { name: 'kms:DataKeyPairSpec', type: 'string', sources: [request('KeyPairSpec')] },
  {
    name: 'kms:ReEncryptOnSameKey',
    type: 'bool',
    sources: [{ from: 'call', property: 'reEncryptOnSameKey' }],
  },
  { name: 'kms:SigningAlgorithm', type: 'string', sources: [request('SigningAlgorithm')] },
  {
    name: 'kms:MessageType',
    type: 'string',
    sources: [request('MessageType', { actions: ['kms:Sign', 'kms:Verify'], absent: 'RAW' })],
  },
  { name: 'kms:MacAlgorithm', type: 'string', sources: [request('MacAlgorithm')] },
  {
    name: 'kms:KeyAgreementAlgorithm',
    type: 'string',
    sources: [request('KeyAgreementAlgorithm')],
  },
  // What a management operation is asked for.
  {
    name: 'kms:BypassPolicyLockoutSafetyCheck',
    type: 'bool',
    sources: [request('BypassPolicyLockoutSafetyCheck')],
  },
  { name: 'kms:GranteePrincipal', type: 'string', sources: [request('GranteePrincipal')] },
  {
    name: 'kms:GranteeServicePrincipal',
    type: 'string',
    sources: [request('GranteeServicePrincipal')],
  },
  { name: 'kms:RetiringPrincipal', type: 'string', sources: [request('RetiringPrincipal')] },
  {
    name: 'kms:RetiringServicePrincipal',
    type: 'string',
    sources: [request('RetiringServicePrincipal')],
  },
  {
    name: 'kms:GrantOperations',
    type: 'string',
    multi: true,
    sources: [request('Operations', { actions: ['kms:CreateGrant'] })],
  },
  // Single-valued; a request with both constraints has both values, so an Allow asks both.
  {
    name: 'kms:GrantConstraintType',
    type: 'string',
    sources: [{ from: 'call', property: 'grantConstraintTypes' }],
  },
  {
    name: 'kms:GrantConstraintSourceArn',
    type: 'arn',
    sources: [request('Constraints.SourceArn', { actions: ['kms:CreateGrant'] })],
  },
  {
    name: 'kms:GrantIsForAWSResource',
    type: 'bool',
    sources: [constant('false', ['kms:CreateGrant', 'kms:ListGrants', 'kms:RevokeGrant'])],
  },
  { name: 'kms:ExpirationModel', type: 'string', sources: [request('ExpirationModel')] },
  { name: 'kms:ValidTo', type: 'date', sources: [request('ValidTo')] },
  { name: 'kms:WrappingAlgorithm', type: 'string', sources: [request('WrappingAlgorithm')] },
  { name: 'kms:WrappingKeySpec', type: 'string', sources: [request('WrappingKeySpec')] },
  { name: 'kms:PrimaryRegion', type: 'string', sources: [request('PrimaryRegion')] },
  { name: 'kms:ReplicaRegion', type: 'string', sources: [request('ReplicaRegion')] },
  {
    name: 'kms:RotationPeriodInDays',
    type: 'numeric',
    sources: [
      request('RotationPeriodInDays', { actions: ['kms:EnableKeyRotation'], absent: '365' }),
    ],
  },
  {
    name: 'kms:ScheduleKeyDeletionPendingWindowInDays',
    type: 'numeric',
    sources: [
      request('PendingWindowInDays', { actions: ['kms:ScheduleKeyDeletion'], absent: '30' }),
    ],
  },
  {
    name: 'kms:TrailingDaysWithoutKeyUsage',
    type: 'numeric',
    sources: [
      {
        from: 'key',
        property: 'daysWithoutUse',
        actions: ['kms:DisableKey', 'kms:ScheduleKeyDeletion'],
      },
    ],
  },
  {
    name: 'kms:RecipientAttestation:',
    isPrefix: true,
    type: 'string',
    sources: [{ from: 'recipient' }],
  },
  // Sessions.
  { name: 'sts:ExternalId', type: 'string', sources: [request('ExternalId')] },
  { name: 'sts:RoleSessionName', type: 'string', sources: [request('RoleSessionName')] },
  { name: 'sts:SourceIdentity', type: 'string', sources: [request('SourceIdentity')] },
  {
    name: 'sts:TransitiveTagKeys',
    type: 'string',
    multi: true,
    sources: [request('TransitiveTagKeys')],
  },
  { name: 'sts:DurationSeconds', type: 'numeric', sources: [request('DurationSeconds')] },
  // Identities.
  {
    name: 'iam:PolicyARN',
    type: 'arn',
    sources: [request('PolicyArn', { actions: policyActions })],
  },
  {
    name: 'iam:ResourceTag/',
    isPrefix: true,
    type: 'string',
    sources: [{ from: 'resourceTags', services: ['iam', 'sts'] }],
  },
  // Nobody has one here.
  { name: 'iam:PermissionsBoundary', type: 'arn', sources: [] },
]

const exact = new Map(
  conditionKeys.filter(({ isPrefix }) => isPrefix !== true).map((row) => [foldCase(row.name), row]),
)
const prefixes = conditionKeys
  .filter(({ isPrefix }) => isPrefix === true)
  .map((row) => ({ prefix: foldCase(row.name), row }))

/**
 * The row of a condition key in any case; `undefined` for a name that AWS does not have here, which
 * no request has a value for. The claims of an identity provider (`host:sub`) are such names.
 */
export const conditionKeyOf = (name: string): ConditionKey | undefined => {
  const folded = foldCase(name)
  return exact.get(folded) ?? prefixes.find(({ prefix }) => folded.startsWith(prefix))?.row
}

/** What stands behind the prefix in a key's name, case folded. */
export const suffixOf = (row: ConditionKey, name: string): string =>
  foldCase(name).slice(foldCase(row.name).length)
