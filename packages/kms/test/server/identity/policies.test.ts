import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { account, startTestService } from '../harness.ts'
import { allow, at, callIam, done, items, refusedBy, trust } from './query.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const call = (action: string, params: object = {}) => callIam(service, action, { ...params })
const document = JSON.stringify(allow('kms:Encrypt'), null, 2)
const encoded = encodeURIComponent(document).replaceAll('*', '%2A')
const arnOf = (name: string) => `arn:aws:iam::${account}:policy/${name}`
const notFound = (arn: string) => `Policy ${arn} was not found.`
const notAttachable = (arn: string) => `Policy ${arn} does not exist or is not attachable.`

const owners = [
  { kind: 'User', name: 'UserName', create: {} },
  { kind: 'Group', name: 'GroupName', create: {} },
  { kind: 'Role', name: 'RoleName', create: { AssumeRolePolicyDocument: trust(account) } },
] as const

for (const { kind, name, create } of owners) {
  const owner = { [name]: `holder-of-${kind}` }
  done(await call(`Create${kind}`, { ...owner, ...create }))

  describe(`the inline policies of a ${kind}`, () => {
    it('are put, read as they were given, listed and deleted', async () => {
      const PolicyName = 'inline'
      done(await call(`Put${kind}Policy`, { ...owner, PolicyName, PolicyDocument: document }))
      const read = done(await call(`Get${kind}Policy`, { ...owner, PolicyName }))
      assert.deepEqual(read, { ...owner, PolicyName, PolicyDocument: encoded })
      assert.equal(decodeURIComponent(at(read, 'PolicyDocument')), document)
      const listed = done(await call(`List${kind}Policies`, owner))
      assert.deepEqual(at(listed, 'PolicyNames'), { member: [PolicyName] })
      done(await call(`Delete${kind}Policy`, { ...owner, PolicyName }))
      const missing = `The ${kind.toLowerCase()} policy with name ${PolicyName} cannot be found.`
      for (const action of [`Get${kind}Policy`, `Delete${kind}Policy`])
        refusedBy(await call(action, { ...owner, PolicyName }), 'NoSuchEntityException', missing)
    })

    it('have to be policies of an identity, and of an owner that exists', async () => {
      const put = (PolicyDocument: string, whose: object = owner) =>
        call(`Put${kind}Policy`, { ...whose, PolicyName: 'p', PolicyDocument })
      for (const text of ['{', '[]', '{"Version":"2012-10-17"}', '{"a":1,"a":2}'])
        refusedBy(await put(text), 'MalformedPolicyDocumentException', 'Syntax errors in policy.')
      refusedBy(
        await put(trust(account)),
        'MalformedPolicyDocumentException',
        'Policy document should not specify a principal.',
      )
      refusedBy(
        await put(document, { [name]: 'nobody' }),
        'NoSuchEntityException',
        `The ${kind.toLowerCase()} with name nobody cannot be found.`,
      )
      refusedBy(
        await put('\u0100'),
        'ValidationException',
        'The specified value for policyDocument is invalid. It must contain only printable ASCII characters.',
      )
    })

    it('are no longer together than the quota', async () => {
      const long = JSON.stringify(allow(`kms:${'x'.repeat(11_000)}`))
      refusedBy(
        await call(`Put${kind}Policy`, { ...owner, PolicyName: 'p', PolicyDocument: long }),
        'LimitExceededException',
        /^Maximum policy size of \d+ bytes exceeded for /,
      )
    })
  })

  describe(`the managed policies of a ${kind}`, () => {
    it('are attached, listed and detached', async () => {
      const PolicyName = `for-${kind}`
      done(await call('CreatePolicy', { PolicyName, PolicyDocument: document, Path: '/p/' }))
      const PolicyArn = arnOf(`p/${PolicyName}`)
      for (let n = 0; n < 2; n += 1)
        done(await call(`Attach${kind}Policy`, { ...owner, PolicyArn }))
      const listed = done(await call(`ListAttached${kind}Policies`, owner))
      assert.deepEqual(items(listed, 'AttachedPolicies'), [{ PolicyName, PolicyArn }])
      const none = await call(`ListAttached${kind}Policies`, { ...owner, PathPrefix: '/q/' })
      assert.deepEqual(items(done(none), 'AttachedPolicies'), [])
      const entities = done(await call('ListEntitiesForPolicy', { PolicyArn }))
      const [entity] = items(entities, `Policy${kind}s`)
      assert.equal(entity?.[name], Object.values(owner)[0])
      const policy = done(await call('GetPolicy', { PolicyArn }))
      assert.equal(at(policy, 'Policy', 'AttachmentCount'), '1')
      refusedBy(
        await call('DeletePolicy', { PolicyArn }),
        'DeleteConflictException',
        'Cannot delete a policy attached to entities.',
      )
      done(await call(`Detach${kind}Policy`, { ...owner, PolicyArn }))
      refusedBy(
        await call(`Detach${kind}Policy`, { ...owner, PolicyArn }),
        'NoSuchEntityException',
        notFound(PolicyArn),
      )
      done(await call('DeletePolicy', { PolicyArn }))
    })

    it('have to exist in the account, and be named by their ARN to the letter', async () => {
      done(await call('CreatePolicy', { PolicyName: `Exact-${kind}`, PolicyDocument: document }))
      for (const arn of [
        arnOf('missing'),
        arnOf(`exact-${kind}`),
        arnOf(`path/Exact-${kind}`),
        `arn:aws:iam::aws:policy/Exact-${kind}`,
        `arn:aws:iam::999999999999:policy/Exact-${kind}`,
      ])
        refusedBy(
          await call(`Attach${kind}Policy`, { ...owner, PolicyArn: arn }),
          'NoSuchEntityException',
          notAttachable(arn),
        )
      refusedBy(
        await call(`Attach${kind}Policy`, { ...owner, PolicyArn: 'longpolicynamebutnoarn' }),
        'ValidationException',
        'ARN longpolicynamebutnoarn is not valid.',
      )
    })
  })
}

describe('CreatePolicy', () => {
  it('makes a policy, which GetPolicy tells with its tags', async () => {
    const Tags = [{ Key: 'k', Value: 'v' }]
    const made = done(
      await call('CreatePolicy', {
        PolicyName: 'made',
        PolicyDocument: document,
        Description: 'what <for> & "why"',
        Tags,
      }),
    )
    assert.match(at(made, 'Policy', 'PolicyId'), /^ANPA[A-Z2-7]{17}$/)
    const expected = {
      PolicyName: 'made',
      PolicyId: at(made, 'Policy', 'PolicyId'),
      Arn: arnOf('made'),
      Path: '/',
      DefaultVersionId: 'v1',
      AttachmentCount: '0',
      PermissionsBoundaryUsageCount: '0',
      IsAttachable: 'true',
      CreateDate: '2026-11-24T12:00:00Z',
      UpdateDate: '2026-11-24T12:00:00Z',
      Tags: { member: Tags },
    }
    assert.deepEqual(at(made, 'Policy'), expected)
    assert.deepEqual(at(done(await call('GetPolicy', { PolicyArn: arnOf('made') })), 'Policy'), {
      ...expected,
      Description: 'what <for> & "why"',
    })
    refusedBy(
      await call('CreatePolicy', { PolicyName: 'MADE', PolicyDocument: document }),
      'EntityAlreadyExistsException',
      'A policy called MADE already exists. Duplicate names are not allowed.',
    )
  })

  it('refuses what is longer than the quota, white space not counted', async () => {
    const of = (length: number) => {
      const empty = JSON.stringify(allow('kms:')).length
      return JSON.stringify(allow(`kms:${'x'.repeat(length - empty)}`))
    }
    const create = (PolicyName: string, PolicyDocument: string) =>
      call('CreatePolicy', { PolicyName, PolicyDocument })
    done(await create('longest', `${' '.repeat(1000)}${of(6144)}`))
    refusedBy(
      await create('longer', of(6145)),
      'LimitExceededException',
      'Cannot exceed quota for PolicySize: 6144',
    )
  })

  it('keeps tags apart that differ by the case of their keys', async () => {
    const Tags = [
      { Key: 'a', Value: 'lower' },
      { Key: 'A', Value: 'upper' },
    ]
    done(await call('CreatePolicy', { PolicyName: 'cases', PolicyDocument: document, Tags }))
    const PolicyArn = arnOf('cases')
    const tags = async () => items(done(await call('ListPolicyTags', { PolicyArn })), 'Tags')
    assert.deepEqual(await tags(), Tags.toReversed())
    done(await call('UntagPolicy', { PolicyArn, TagKeys: ['a'] }))
    done(await call('TagPolicy', { PolicyArn, Tags: [{ Key: 'b', Value: '' }] }))
    assert.deepEqual(await tags(), [Tags[1], { Key: 'b', Value: '' }])
    refusedBy(
      await call('TagPolicy', { PolicyArn, Tags: [Tags[0], Tags[0]] }),
      'InvalidInputException',
      'Duplicate tag keys found.',
    )
  })
})

describe('ListPolicies', () => {
  it('lists those of the account by scope, path and attachment', async () => {
    done(await call('CreatePolicy', { PolicyName: 'l1', PolicyDocument: document, Path: '/l/' }))
    done(await call('CreatePolicy', { PolicyName: 'l2', PolicyDocument: document, Path: '/l/' }))
    done(await call('CreateUser', { UserName: 'lister' }))
    done(await call('AttachUserPolicy', { UserName: 'lister', PolicyArn: arnOf('l/l2') }))
    const names = async (params: object) =>
      items(done(await call('ListPolicies', { PathPrefix: '/l/', ...params })), 'Policies').map(
        ({ PolicyName }) => PolicyName,
      )
    assert.deepEqual(await names({}), ['l1', 'l2'])
    assert.deepEqual(await names({ Scope: 'Local', OnlyAttached: true }), ['l2'])
    assert.deepEqual(await names({ Scope: 'AWS' }), [])
    assert.deepEqual(await names({ PolicyUsageFilter: 'PermissionsBoundary' }), [])
  })
})

describe('the versions of a policy', () => {
  const PolicyArn = arnOf('versioned')
  const version = (n: number) => JSON.stringify(allow(`kms:Action${n}`))
  const list = async () =>
    items(done(await call('ListPolicyVersions', { PolicyArn })), 'Versions').map(
      ({ VersionId, IsDefaultVersion }) => `${VersionId as string} ${IsDefaultVersion as string}`,
    )

  it('are made, put into effect and deleted; numbers are not used twice', async () => {
    done(await call('CreatePolicy', { PolicyName: 'versioned', PolicyDocument: version(1) }))
    const second = await call('CreatePolicyVersion', {
      PolicyArn,
      PolicyDocument: version(2),
      SetAsDefault: true,
    })
    assert.deepEqual(at(done(second), 'PolicyVersion'), {
      VersionId: 'v2',
      IsDefaultVersion: 'true',
      CreateDate: '2026-11-24T12:00:00Z',
    })
    done(await call('CreatePolicyVersion', { PolicyArn, PolicyDocument: version(3) }))
    assert.deepEqual(await list(), ['v3 false', 'v2 true', 'v1 false'])
    done(await call('SetDefaultPolicyVersion', { PolicyArn, VersionId: 'v1' }))
    done(await call('DeletePolicyVersion', { PolicyArn, VersionId: 'v3' }))
    done(await call('CreatePolicyVersion', { PolicyArn, PolicyDocument: version(4) }))
    assert.deepEqual(await list(), ['v4 false', 'v2 false', 'v1 true'])
    const read = done(await call('GetPolicyVersion', { PolicyArn, VersionId: 'v4' }))
    assert.equal(decodeURIComponent(at(read, 'PolicyVersion', 'Document')), version(4))
  })

  it('are five at most, listed page by page', async () => {
    for (const n of [5, 6])
      done(await call('CreatePolicyVersion', { PolicyArn, PolicyDocument: version(n) }))
    refusedBy(
      await call('CreatePolicyVersion', { PolicyArn, PolicyDocument: version(7) }),
      'LimitExceededException',
      'A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.',
    )
    const first = done(await call('ListPolicyVersions', { PolicyArn, MaxItems: 3 }))
    const rest = done(await call('ListPolicyVersions', { PolicyArn, Marker: at(first, 'Marker') }))
    assert.deepEqual(
      [...items(first, 'Versions'), ...items(rest, 'Versions')].map(({ VersionId }) => VersionId),
      ['v6', 'v5', 'v4', 'v2', 'v1'],
    )
  })

  it('in effect, or not there, are refused in the words of IAM', async () => {
    refusedBy(
      await call('DeletePolicyVersion', { PolicyArn, VersionId: 'v1' }),
      'DeleteConflictException',
      'Cannot delete the default version of a policy.',
    )
    for (const action of ['GetPolicyVersion', 'SetDefaultPolicyVersion', 'DeletePolicyVersion']) {
      for (const arn of [PolicyArn, arnOf('missing')])
        refusedBy(
          await call(action, { PolicyArn: arn, VersionId: 'v9' }),
          'NoSuchEntityException',
          `Policy ${arn} version v9 does not exist or is not attachable.`,
        )
      refusedBy(
        await call(action, { PolicyArn, VersionId: '1' }),
        'ValidationException',
        "1 validation error detected: Value at 'versionId' failed to satisfy constraint: Member must satisfy regular expression pattern: v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?",
      )
    }
    refusedBy(
      await call('DeletePolicy', { PolicyArn }),
      'DeleteConflictException',
      /more than one version/,
    )
  })
})
