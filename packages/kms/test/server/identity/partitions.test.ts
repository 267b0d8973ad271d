import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { account, startTestService } from '../harness.ts'
import { allow, at, callIam, callSts, done, newUser, refusedBy, trust } from './query.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())

const arnOf = (resource: string, partition = 'aws') =>
  `arn:${partition}:iam::${account}:${resource}`
const abroad = { region: 'cn-north-1' }
const RoleSessionName = 'test'

describe('in the Regions of another partition', () => {
  it('a role is assumed by either ARN, and called as IAM calls it', async () => {
    const credentials = await newUser(service, 'abroad')
    const AssumeRolePolicyDocument = trust(arnOf('user/abroad'))
    done(await callIam(service, 'CreateRole', { RoleName: 'away', AssumeRolePolicyDocument }))
    for (const partition of ['aws', 'aws-cn']) {
      const input = { RoleArn: arnOf('role/away', partition), RoleSessionName }
      const answer = done(await callSts(service, 'AssumeRole', input, { credentials, ...abroad }))
      const arn = `arn:aws:sts::${account}:assumed-role/away/test`
      assert.equal(at(answer, 'AssumedRoleUser', 'Arn'), arn)
    }
    const who = await callSts(service, 'GetCallerIdentity', {}, { credentials, ...abroad })
    assert.equal(at(done(who), 'Arn'), arnOf('user/abroad'))
    const input = { RoleArn: arnOf('role/away', 'aws-us-gov'), RoleSessionName }
    refusedBy(
      await callSts(service, 'AssumeRole', input, { credentials, ...abroad }),
      'ValidationException',
    )
  })

  it('no Deny of an identity policy is escaped', async () => {
    const { Version, Statement } = allow('sts:AssumeRole')
    const Resource = arnOf('role/guarded')
    const deny = { Effect: 'Deny', Action: 'sts:AssumeRole', Resource }
    const policy = { Version, Statement: [...Statement, deny] }
    const credentials = await newUser(service, 'denied', policy)
    const AssumeRolePolicyDocument = trust(account)
    done(await callIam(service, 'CreateRole', { RoleName: 'guarded', AssumeRolePolicyDocument }))
    const input = { RoleArn: arnOf('role/guarded', 'aws-cn'), RoleSessionName }
    refusedBy(
      await callSts(service, 'AssumeRole', input, { credentials, ...abroad }),
      'AccessDeniedException',
      `User: ${arnOf('user/denied')} is not authorized to perform: sts:AssumeRole on resource: ${Resource}`,
    )
  })

  it('no condition of a trust policy on aws:PrincipalArn is escaped', async () => {
    const credentials = await newUser(service, 'named', allow('sts:AssumeRole'))
    const Condition = { ArnNotEquals: { 'aws:PrincipalArn': arnOf('user/named') } }
    const AssumeRolePolicyDocument = trust(account, { Condition })
    done(await callIam(service, 'CreateRole', { RoleName: 'closed', AssumeRolePolicyDocument }))
    const input = { RoleArn: arnOf('role/closed', 'aws-cn'), RoleSessionName }
    refusedBy(
      await callSts(service, 'AssumeRole', input, { credentials, ...abroad }),
      'AccessDeniedException',
    )
  })
})
