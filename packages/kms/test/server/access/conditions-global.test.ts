import { describe, it } from 'node:test'
import { succeeded } from '../expect.ts'
import { account, region } from '../harness.ts'
import { allow, at, callIam, done } from '../identity/query.ts'
import { type ConditionCase, openConditionScene } from './condition-scene.ts'
import { callsAs, iamArn, newSession } from './scene.ts'

const { service, KeyId, now, decides } = await openConditionScene()
const userId = at(done(await callIam(service, 'GetUser', { UserName: 'ann' })), 'User', 'UserId')
const tagging = { KeyId, Tags: [{ TagKey: 'New', TagValue: 'one' }] }

/** Condition keys that every service of AWS has: of tags, callers and requests. */
const cases: readonly ConditionCase[] = [
  [
    'aws:RequestTag/new',
    { operator: 'StringEquals', values: ['one', 'two'], operation: 'TagResource', input: tagging },
  ],
  [
    'aws:TagKeys',
    {
      operator: 'ForAllValues:StringEquals',
      values: [['New'], ['Old']],
      operation: 'TagResource',
      input: tagging,
    },
  ],
  [
    'aws:TagKeys',
    {
      operator: 'ForAllValues:StringEquals',
      values: [['New'], ['Old']],
      operation: 'UntagResource',
      input: { KeyId, TagKeys: ['New'] },
    },
  ],
  [
    'aws:RequestTag/new',
    {
      operator: 'StringEquals',
      values: ['one', 'two'],
      operation: 'CreateKey',
      input: { Tags: tagging.Tags },
    },
  ],
  ['aws:ResourceTag/stage', { operator: 'StringEquals', values: ['test', 'live'] }],
  ['aws:ResourceAccount', { operator: 'StringEquals', values: [account, '999999999999'] }],
  ['aws:PrincipalArn', { operator: 'ArnLike', values: [iamArn('user/a*'), iamArn('user/b*')] }],
  ['aws:PrincipalAccount', { operator: 'StringEquals', values: [account, '999999999999'] }],
  ['aws:PrincipalTag/team', { operator: 'StringEquals', values: ['red', 'blue'] }],
  ['aws:PrincipalType', { operator: 'StringEquals', values: ['User', 'Account'] }],
  ['aws:userid', { operator: 'StringEquals', values: [userId, 'AIDAOTHER'] }],
  ['aws:username', { operator: 'StringEquals', values: ['ann', 'bea'] }],
  ['aws:SourceIp', { operator: 'IpAddress', values: ['127.0.0.0/8', '10.0.0.0/8'] }],
  ['aws:SecureTransport', { operator: 'Bool', values: ['false', 'true'] }],
  [
    'aws:UserAgent',
    {
      operator: 'StringLike',
      values: ['tester/*', 'other/*'],
      headers: { 'User-Agent': 'tester/1' },
    },
  ],
  ['aws:RequestedRegion', { operator: 'StringEquals', values: [region, 'us-west-2'] }],
  ['aws:CurrentTime', { operator: 'DateLessThan', values: [now(1000), now(-1000)] }],
  ['aws:EpochTime', { operator: 'NumericGreaterThan', values: ['1000', '99999999999'] }],
  ['aws:TokenIssueTime', { operator: 'Null', values: ['true', 'false'] }],
]

describe('a condition of an identity policy', () => {
  decides(cases)

  it('knows the time at which a session was opened', async () => {
    const policy = allow('kms:ListKeys', '*', {
      Condition: { DateGreaterThan: { 'aws:TokenIssueTime': now(-1000) } },
    })
    const session = callsAs(service, await newSession(service, 'timed', { policy }))
    succeeded(await session('ListKeys', {}))
  })
})
