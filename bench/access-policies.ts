/** Policies and requests for the benchmark of decisions, as they are found in the wild. */
import type { Facts } from '../packages/kms/src/core/access/conditions/lookup.ts'
import { lookupIn } from '../packages/kms/src/core/access/conditions/lookup.ts'
import type { AccessRequest } from '../packages/kms/src/core/access/evaluate/request.ts'
import {
  type Principal,
  sessionPrincipal,
} from '../packages/kms/src/core/access/principals/principal.ts'

export const account = '111122223333'
export const keyArn = `arn:aws:kms:eu-central-1:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`
const roleArn = (name: string): string => `arn:aws:iam::${account}:role/${name}`

/** The session of a role. */
export const sessionOf = (role: string): Principal =>
  sessionPrincipal(
    `arn:aws:sts::${account}:assumed-role/${role}/i-0123456789abcdef0`,
    roleArn(role),
    'AROAEXAMPLEEXAMPLE',
  )

const use = [
  'kms:Encrypt',
  'kms:Decrypt',
  'kms:ReEncrypt*',
  'kms:GenerateDataKey*',
  'kms:DescribeKey',
]
const administer = [
  'kms:Create*',
  'kms:Describe*',
  'kms:Enable*',
  'kms:List*',
  'kms:Put*',
  'kms:Update*',
  'kms:Revoke*',
  'kms:Disable*',
  'kms:Get*',
  'kms:Delete*',
  'kms:TagResource',
  'kms:UntagResource',
  'kms:ScheduleKeyDeletion',
  'kms:CancelKeyDeletion',
]

/** The key policy that AWS's console writes for a key with administrators and users. */
export const typicalKeyPolicy = {
  Version: '2012-10-17',
  Id: 'key-consolepolicy-3',
  Statement: [
    {
      Sid: 'Enable IAM User Permissions',
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${account}:root` },
      Action: 'kms:*',
      Resource: '*',
    },
    {
      Sid: 'Allow access for Key Administrators',
      Effect: 'Allow',
      Principal: { AWS: [roleArn('admin'), `arn:aws:iam::${account}:user/admin`] },
      Action: administer,
      Resource: '*',
    },
    {
      Sid: 'Allow use of the key',
      Effect: 'Allow',
      Principal: { AWS: [roleArn('app'), roleArn('worker')] },
      Action: use,
      Resource: '*',
    },
    {
      Sid: 'Allow attachment of persistent resources',
      Effect: 'Allow',
      Principal: { AWS: [roleArn('app'), roleArn('worker')] },
      Action: ['kms:CreateGrant', 'kms:ListGrants', 'kms:RevokeGrant'],
      Resource: '*',
      Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
    },
    {
      Sid: 'Only over TLS',
      Effect: 'Deny',
      Principal: '*',
      Action: 'kms:*',
      Resource: '*',
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    },
  ],
}

export const typicalIdentityPolicy = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Action: ['kms:List*', 'kms:Describe*'], Resource: '*' },
    {
      Effect: 'Allow',
      Action: use,
      Resource: `arn:aws:kms:*:${account}:key/*`,
      Condition: { StringEquals: { 'kms:EncryptionContext:app': '${aws:PrincipalTag/app}' } },
    },
  ],
}

const keyPolicyBytesMax = 32_768

/**
 * As many statements as a key policy holds, each with conditions. `oneRole`: all of them are about
 * the role that asks, so none can be passed over; otherwise each is about a role of its own.
 */
export const fullKeyPolicy = (principals: 'one role' | 'many roles'): object => {
  const statement = (number: number): object => ({
    Sid: `tenant ${number}`,
    Effect: 'Allow',
    Principal: { AWS: roleArn(principals === 'one role' ? 'app' : `app${number}`) },
    Action: use,
    Resource: '*',
    Condition: {
      StringEquals: { 'kms:EncryptionContext:tenant': `tenant-${number}` },
      IpAddress: { 'aws:SourceIp': ['10.0.0.0/8', '2001:db8::/32'] },
      DateLessThan: { 'aws:CurrentTime': '2099-01-01T00:00:00Z' },
    },
  })
  const policy = { Version: '2012-10-17', Statement: [typicalKeyPolicy.Statement[4], statement(0)] }
  for (let number = 1; ; number += 1) {
    policy.Statement.push(statement(number))
    if (JSON.stringify(policy).length > keyPolicyBytesMax) break
  }
  policy.Statement.pop()
  return policy
}

/** How many tenants `fullKeyPolicy` has. */
export const tenantsOf = (policy: object): number =>
  (policy as { Statement: readonly object[] }).Statement.length - 1

const nowMs = Date.UTC(2026, 5, 1)

/** A request as the service would put it: what is known of it is told only when it is asked for. */
export const requestOf = (
  principal: Principal,
  action: string,
  encryptionContext: ReadonlyMap<string, string>,
): AccessRequest => {
  const facts: Facts = {
    action,
    member: () => undefined,
    encryptionContext,
    owner: account,
    caller: (property) => (property === 'account' ? account : undefined),
    callerTags: () => [['app', 'billing']],
    connection: (property) => (property === 'isSecure' ? true : '10.1.2.3'),
    nowMs: () => nowMs,
  }
  return {
    principal,
    action,
    resource: keyArn,
    owner: account,
    lookup: lookupIn(facts),
    encryptionContext,
  }
}
