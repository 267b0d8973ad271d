/** What arbitrary policies, grants and requests are made of: so little that they meet each other. */
import type { RawCaller } from '../naive/question.ts'

export const home = '111111111111'
const abroad = '222222222222'

const keyArn = (account: string, id: string): string => `arn:aws:kms:us-east-1:${account}:key/${id}`
export const keys = [keyArn(home, 'k1'), keyArn(home, 'k2')] as const

const userArn = (account: string, name: string): string => `arn:aws:iam::${account}:user/${name}`
export const roleArn = (account: string): string => `arn:aws:iam::${account}:role/team/app`
const sessionArn = (account: string, name: string): string =>
  `arn:aws:sts::${account}:assumed-role/app/${name}`
export const provider = `arn:aws:iam::${home}:oidc-provider/id.example.org`

export const accounts = [home, abroad]
export const principalTexts = accounts.flatMap((account) => [
  account,
  `arn:aws:iam::${account}:root`,
  userArn(account, 'alice'),
  userArn(account, 'bob'),
  roleArn(account),
  sessionArn(account, 's1'),
  sessionArn(account, 's2'),
])

export const callers: readonly RawCaller[] = accounts.flatMap((account): RawCaller[] => [
  { type: 'root', account },
  { type: 'user', account, arn: userArn(account, 'alice'), id: 'AIDA1' },
  { type: 'user', account, arn: userArn(account, 'bob'), id: 'AIDA2' },
  { type: 'session', account, arn: sessionArn(account, 's1'), role: roleArn(account), id: 'AROA1' },
  { type: 'session', account, arn: sessionArn(account, 's2'), role: roleArn(account), id: 'AROA2' },
])

export const isOfHome = (caller: RawCaller): boolean =>
  caller.type === 'web' || caller.account === home

export const grantOperations = [
  'Decrypt',
  'Encrypt',
  'CreateGrant',
  'DescribeKey',
  'GenerateDataKey',
]
export const actions = [...grantOperations, 'PutKeyPolicy'].map((name) => `kms:${name}`)
export const actionPatterns = [
  '*',
  'kms:*',
  'kms:De*',
  'KMS:decrypt',
  'kms:?ecrypt',
  'kms:*e*t*',
  'kms:Encrypt',
  'kms:DescribeKey',
  'kms:CreateGrant',
  'kms:PutKeyPolicy',
  'iam:*',
]
export const resourcePatterns = [
  '*',
  ...keys,
  `arn:aws:kms:*:${home}:key/*`,
  `arn:*:kms:us-*-1:*:key/k?`,
  'arn:aws:kms:*',
  'arn:aws:kms:*:key/k1',
  'arn:aws:kms:us?east-1:*',
  'arn:aws:kms:us-east-?:key/k1',
  'arn:aws:kms:key/k1',
  'arn:aws:kms:*:?*:key/k2',
  `arn:aws:kms:us-east-1:${home}:key/\${aws:PrincipalTag/team}`,
  `arn:aws:kms:us-east-1:${home}:key/\${aws:PrincipalTag/Team, 'k1'}`,
  `arn:aws:kms:us-east-1:${home}:alias/*`,
]

const texts = ['a', 'A', 'b', 'k1', '*', 'a*', '', 'true', '1', '😀']
const patterns = [
  ...texts,
  '?',
  '*a',
  '${aws:username}',
  '${AWS:PrincipalTag/team}*',
  "${aws:username, 'a'}",
  '${*}',
  'x${?}',
  '${kms:EncryptionContext:app}',
]
const numbers = ['0', '1', '1.0', '2', '10', '-1']
const dates = ['2026-01-01T00:00:00Z', '2026-01-02', '1767225600', '2026-01-01T02:00:00+02:00']
const ranges = [
  '10.0.0.0/8',
  '10.0.0.1',
  '0.0.0.0/0',
  '192.168.0.0/17',
  '2001:db8::/33',
  '::/0',
  '::1',
]
const addresses = [
  '10.0.0.1',
  '10.1.2.3',
  '192.168.200.1',
  '2001:db8::1',
  '2001:db8:8000::1',
  '::1',
]
const arns = [roleArn(home), userArn(home, 'alice'), 'arn:aws:iam::*:role/*', 'arn:aws:iam:*', '*']
const bools = ['true', 'false', 'TRUE']
const base64 = ['YQ==', 'YWI=', 'YWJj']

/** What a policy may say under each kind of operator, and what a request may have beside it. */
export const kinds: readonly { operators: string[]; wanted: string[]; keys: string[] }[] = [
  {
    operators: [
      'StringEquals',
      'StringNotEquals',
      'StringEqualsIgnoreCase',
      'StringNotEqualsIgnoreCase',
      'StringLike',
      'StringNotLike',
    ],
    wanted: patterns,
    keys: [
      'aws:username',
      'aws:PrincipalTag/team',
      'kms:EncryptionContext:App',
      'kms:EncryptionContextKeys',
    ],
  },
  {
    operators: [
      'NumericEquals',
      'NumericNotEquals',
      'NumericLessThan',
      'NumericLessThanEquals',
      'NumericGreaterThan',
      'NumericGreaterThanEquals',
    ],
    wanted: numbers,
    keys: ['aws:EpochTime'],
  },
  {
    operators: [
      'DateEquals',
      'DateNotEquals',
      'DateLessThan',
      'DateLessThanEquals',
      'DateGreaterThan',
      'DateGreaterThanEquals',
    ],
    wanted: dates,
    keys: ['aws:EpochTime'],
  },
  { operators: ['Bool'], wanted: bools, keys: ['aws:SecureTransport'] },
  { operators: ['BinaryEquals'], wanted: base64, keys: ['custom:bytes'] },
  { operators: ['IpAddress', 'NotIpAddress'], wanted: ranges, keys: ['aws:SourceIp'] },
  {
    operators: ['ArnEquals', 'ArnNotEquals', 'ArnLike', 'ArnNotLike'],
    wanted: [...arns, 'arn:aws:iam::*:user/${aws:username}'],
    keys: ['aws:PrincipalArn'],
  },
]
export const keysOfRequests: Readonly<Record<string, readonly string[]>> = {
  'aws:username': [...texts, 'alice'],
  'aws:PrincipalTag/team': [...texts, 'k2'],
  'kms:EncryptionContext:App': texts,
  'kms:EncryptionContextKeys': texts,
  'aws:EpochTime': [...numbers, ...dates, 'a'],
  'aws:SourceIp': [...addresses, 'a'],
  'aws:SecureTransport': [...bools, 'a'],
  'aws:PrincipalArn': [...arns, 'a'],
  'custom:bytes': [...base64, 'a'],
}
export const keyNames = Object.keys(keysOfRequests)
