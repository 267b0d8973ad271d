import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { account, startTestService } from '../harness.ts'
import { allow, at, callIam, done, items, newUser, type Params, refusedBy, trust } from './query.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const root = (action: string, params: Params = {}) => callIam(service, action, params)
const arnOf = (resource: string) => `arn:aws:iam::${account}:${resource}`
const key = (id: string) => `arn:aws:kms:us-east-1:${account}:key/${id}`
const deny = (Action: string, Resource = '*') => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Deny', Action, Resource }],
})

type Result = ReturnType<typeof done>

const simulate = async (PolicySourceArn: string, params: Params): Promise<readonly Result[]> => {
  const answer = done(await root('SimulatePrincipalPolicy', { PolicySourceArn, ...params }))
  assert.equal(answer['IsTruncated'], 'false')
  return items(answer, 'EvaluationResults')
}

const simulateOne = async (source: string, action: string, more: Params = {}): Promise<Result> => {
  const results = await simulate(source, { ActionNames: [action], ...more })
  assert.equal(results.length, 1)
  return results[0] as Result
}

const sources = (result: Result, member = 'MatchedStatements') =>
  items(result, member).map((one) => `${at(one, 'SourcePolicyType')} ${at(one, 'SourcePolicyId')}`)

await newUser(service, 'ada', allow('kms:Encrypt'))
done(await root('CreateGroup', { GroupName: 'staff' }))
done(await root('AddUserToGroup', { GroupName: 'staff', UserName: 'ada' }))
const put = async (kind: string, name: string, policy: string, document: object) =>
  done(
    await root(`Put${kind}Policy`, {
      [`${kind}Name`]: name,
      PolicyName: policy,
      PolicyDocument: JSON.stringify(document),
    }),
  )
await put('Group', 'staff', 'no-deletion', deny('kms:ScheduleKeyDeletion'))
const managed = at(
  done(
    await root('CreatePolicy', {
      PolicyName: 'readers',
      PolicyDocument: JSON.stringify(allow('kms:Describe*', key('a*'))),
    }),
  ),
  'Policy',
  'Arn',
)
done(await root('AttachUserPolicy', { UserName: 'ada', PolicyArn: managed }))
const ada = arnOf('user/ada')

describe('SimulatePrincipalPolicy', () => {
  it('tells the decision for each action, and the statements that make it', async () => {
    const ActionNames = ['kms:Encrypt', 'kms:Decrypt', 'kms:ScheduleKeyDeletion', 's3:GetObject']
    const results = await simulate(ada, { ActionNames })
    assert.deepEqual(
      results.map((each) => [
        each['EvalActionName'],
        each['EvalResourceName'],
        each['EvalDecision'],
      ]),
      [
        ['kms:Encrypt', '*', 'allowed'],
        ['kms:Decrypt', '*', 'implicitDeny'],
        ['kms:ScheduleKeyDeletion', '*', 'explicitDeny'],
        ['s3:GetObject', '*', 'implicitDeny'],
      ],
    )
    assert.deepEqual(
      results.map((each) => sources(each)),
      [['user user_ada_own'], [], ['group group_staff_no-deletion'], []],
    )
  })

  it('decides for each resource, and for all of them as the strictest says', async () => {
    const ResourceArns = [key('abc'), key('xyz')]
    const result = await simulateOne(ada, 'kms:DescribeKey', { ResourceArns })
    assert.deepEqual(
      [result['EvalDecision'], result['EvalResourceName']],
      ['implicitDeny', undefined],
    )
    const each = items(result, 'ResourceSpecificResults')
    assert.deepEqual(
      each.map((one) => [one['EvalResourceName'], one['EvalResourceDecision'], sources(one)]),
      [
        [key('abc'), 'allowed', ['user-managed readers']],
        [key('xyz'), 'implicitDeny', []],
      ],
    )
    const single = await simulateOne(ada, 'kms:DescribeKey', { ResourceArns: [key('abc')] })
    assert.deepEqual(
      [single['EvalDecision'], single['EvalResourceName'], sources(single)],
      ['allowed', key('abc'), ['user-managed readers']],
    )
  })

  it('counts policies that are given besides, as if they were attached', async () => {
    const PolicyInputList = [JSON.stringify(allow('kms:Decrypt')), JSON.stringify(deny('kms:Enc*'))]
    const decrypt = await simulateOne(ada, 'kms:Decrypt', { PolicyInputList })
    assert.deepEqual(
      [decrypt['EvalDecision'], sources(decrypt)],
      ['allowed', ['none PolicyInputList.1']],
    )
    const encrypt = await simulateOne(ada, 'kms:Encrypt', { PolicyInputList })
    assert.deepEqual(
      [encrypt['EvalDecision'], sources(encrypt)],
      ['explicitDeny', ['none PolicyInputList.2']],
    )
  })

  it('takes the values of condition keys, and tells which are missing', async () => {
    const condition = {
      Condition: {
        StringEquals: { 'kms:EncryptionContext:App': 'one', 'aws:username': 'ada' },
        'ForAnyValue:StringEquals': { 'kms:EncryptionContextKeys': ['App'] },
      },
    }
    const PolicyInputList = [JSON.stringify(allow('kms:Decrypt', '*', condition))]
    const without = await simulateOne(ada, 'kms:Decrypt', { PolicyInputList })
    assert.equal(without['EvalDecision'], 'implicitDeny')
    assert.deepEqual(items(without, 'MissingContextValues'), ['kms:EncryptionContext:app'])
    const ContextEntries = [
      {
        ContextKeyName: 'KMS:encryptioncontext:APP',
        ContextKeyValues: ['one'],
        ContextKeyType: 'string',
      },
      {
        ContextKeyName: 'kms:EncryptionContextKeys',
        ContextKeyValues: ['App', 'Other'],
        ContextKeyType: 'stringList',
      },
    ]
    const result = await simulateOne(ada, 'kms:Decrypt', { PolicyInputList, ContextEntries })
    assert.equal(result['EvalDecision'], 'allowed')
    assert.deepEqual(items(result, 'MissingContextValues'), [])
  })

  it('simulates groups and roles by their own policies alone', async () => {
    const group = await simulateOne(arnOf('group/staff'), 'kms:Encrypt')
    assert.equal(group['EvalDecision'], 'implicitDeny')
    const denied = await simulateOne(arnOf('group/staff'), 'kms:ScheduleKeyDeletion')
    assert.equal(denied['EvalDecision'], 'explicitDeny')
    done(
      await root('CreateRole', {
        RoleName: 'deploy',
        Path: '/ci/',
        AssumeRolePolicyDocument: trust(arnOf('root')),
      }),
    )
    const tagged = { StringEquals: { 'aws:PrincipalArn': arnOf('role/ci/deploy') } }
    await put('Role', 'deploy', 'sign', allow('kms:Sign', '*', { Condition: tagged }))
    const role = await simulateOne(arnOf('role/ci/deploy'), 'kms:Sign')
    assert.deepEqual([role['EvalDecision'], sources(role)], ['allowed', ['role role_deploy_sign']])
  })

  it('gives its results page by page', async () => {
    const ActionNames = ['kms:Encrypt', 'kms:Decrypt', 'kms:Sign']
    const page = { PolicySourceArn: ada, ActionNames, MaxItems: 2 }
    const first = done(await root('SimulatePrincipalPolicy', page))
    assert.equal(items(first, 'EvaluationResults').length, 2)
    const Marker = first['Marker']
    const second = done(await root('SimulatePrincipalPolicy', { ...page, Marker }))
    assert.deepEqual(
      items(second, 'EvaluationResults').map((each) => each['EvalActionName']),
      ['kms:Sign'],
    )
  })

  it('refuses what names nobody, no action or no policy', async () => {
    const ActionNames = ['kms:Encrypt']
    const refuses = async (params: Params, code: string, message: string | RegExp) => {
      const reply = await root('SimulatePrincipalPolicy', {
        PolicySourceArn: ada,
        ActionNames,
        ...params,
      })
      refusedBy(reply, code as never, message)
    }
    const session = `arn:aws:sts::${account}:assumed-role/deploy/s1`
    await refuses(
      { PolicySourceArn: session },
      'InvalidInputException',
      `Invalid Entity Arn: ${session} does not clearly define entity type and name.`,
    )
    for (const [kind, name] of [
      ['user', 'nobody'],
      ['group', 'nobody'],
      ['role', 'deploy'],
    ] as const)
      await refuses(
        { PolicySourceArn: arnOf(`${kind}/${name}`) },
        'NoSuchEntityException',
        new RegExp(`^The ${kind} with name ${name} cannot be found\\.$`),
      )
    await refuses({ ActionNames: ['kms:*'] }, 'InvalidInputException', 'Invalid action name: kms:*')
    await refuses({ PolicyInputList: ['{}'] }, 'InvalidInputException', /./)
    const entry = { ContextKeyName: 'aws:SourceIp', ContextKeyValues: ['1.2.3.4', '1.2.3.5'] }
    await refuses({ ContextEntries: [entry] }, 'InvalidInputException', /several values/)
    await refuses(
      { ContextEntries: [{ ContextKeyValues: ['a'] }] },
      'InvalidInputException',
      /name/,
    )
    const twice = { ...entry, ContextKeyValues: ['1.2.3.4'] }
    await refuses({ ContextEntries: [twice, twice] }, 'InvalidInputException', /given twice/)
    const many = Array.from({ length: 100 }, (_, i) => `kms:A${i}`)
    const ResourceArns = many.map((each) => key(each))
    await refuses({ ActionNames: many, ResourceArns }, 'InvalidInputException', /No more than 2000/)
    const long = JSON.stringify(allow('kms:*', key('a?'.repeat(30_000))))
    await refuses(
      { PolicyInputList: [long, long], ActionNames: many },
      'InvalidInputException',
      'The policies are too long for so many decisions to be simulated at once.',
    )
    await refuses(
      { ResourcePolicy: JSON.stringify(allow('kms:*')) },
      'UnsupportedOperationException',
      /ResourcePolicy/,
    )
  })

  it('lets others have their turns between its decisions', async () => {
    const { Version } = allow('kms:*')
    const Resource = Array.from({ length: 20 }, (_, i) => key(`*${'a?'.repeat(900)}b*${i}`))
    const slow = { Version, Statement: [{ Effect: 'Allow', Action: 'kms:*', Resource }] }
    const input = {
      ActionNames: Array.from({ length: 20 }, (_, i) => `kms:A${i}`),
      ResourceArns: [key('a'.repeat(1900))],
      PolicyInputList: [JSON.stringify(slow)],
    }
    const order: string[] = []
    const wait = async () => {
      await simulate(ada, input)
      order.push('simulated')
    }
    const list = async () => {
      await service.call('ListKeys', {})
      order.push('listed')
    }
    await Promise.all([wait(), list()])
    assert.deepEqual(order, ['listed', 'simulated'])
  })

  it('is for whoever may simulate that user, group or role', async () => {
    const policy = allow('iam:SimulatePrincipalPolicy', arnOf('user/bob'))
    const credentials = await newUser(service, 'bob', policy)
    const call = (PolicySourceArn: string) =>
      callIam(
        service,
        'SimulatePrincipalPolicy',
        { PolicySourceArn, ActionNames: ['kms:Encrypt'] },
        { credentials },
      )
    done(await call(arnOf('user/bob')))
    for (const other of [ada, arnOf('user/missing'), 'arn:aws:iam::222233334444:user/bob'])
      refusedBy(
        await call(other),
        'AccessDeniedException',
        /iam:SimulatePrincipalPolicy on resource/,
      )
  })
})
