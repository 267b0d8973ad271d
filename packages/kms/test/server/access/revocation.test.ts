import assert from 'node:assert/strict'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { createKey, type KeyMetadata, succeeded, succeededEmpty } from '../expect.ts'
import { readDatabase } from '../database.ts'
import { faultyFiles } from '../faulty-files.ts'
import { auditRecords } from '../files.ts'
import { type Reply, startTestService } from '../harness.ts'
import { allow, at, callIam, done, newUser, type Params } from '../identity/query.ts'
import { callsAs, iamArn, keyPolicy } from './scene.ts'

const dir = await mkdtemp(join(tmpdir(), 'keyhold-test-'))
const files = await faultyFiles(join(dir, 'audit'))
const service = await startTestService({ dir, auditFiles: files })
after(() => service[Symbol.asyncDispose]())
const { call } = service
const iam = async (action: string, params: Params) => done(await callIam(service, action, params))
const document = (policy: object): string => JSON.stringify(policy)

/** Lets a user encrypt with a key in one way; what it resolves to takes that away again. */
type Way = {
  /** The operation that takes it away. */
  readonly by: string
  readonly allow: (userName: string, key: KeyMetadata) => Promise<() => Promise<unknown>>
}

const allowing = (resource: string, Condition?: object): string =>
  document(allow('kms:Encrypt', resource, Condition === undefined ? {} : { Condition }))

const ways: Readonly<Record<string, Way>> = {
  'the key policy': {
    by: 'PutKeyPolicy',
    allow: async (user, { KeyId }) => {
      const Principal = { AWS: iamArn(`user/${user}`) }
      succeededEmpty(await call('PutKeyPolicy', { KeyId, Policy: keyPolicy({ Principal }) }))
      return () => call('PutKeyPolicy', { KeyId, Policy: keyPolicy() })
    },
  },
  'a grant that is revoked': {
    by: 'RevokeGrant',
    allow: async (user, { KeyId }) => {
      const GranteePrincipal = iamArn(`user/${user}`)
      const input = { KeyId, GranteePrincipal, Operations: ['Encrypt'] }
      const { GrantId } = succeeded(await call('CreateGrant', input))
      return () => call('RevokeGrant', { KeyId, GrantId })
    },
  },
  'a grant that is retired': {
    by: 'RetireGrant',
    allow: async (user, { KeyId }) => {
      const GranteePrincipal = iamArn(`user/${user}`)
      const input = { KeyId, GranteePrincipal, Operations: ['Encrypt'] }
      const { GrantToken } = succeeded(await call('CreateGrant', input))
      return () => call('RetireGrant', { GrantToken })
    },
  },
  'a policy of its own': {
    by: 'DeleteUserPolicy',
    allow: async (UserName, { Arn }) => {
      const named = { UserName, PolicyName: 'own' }
      await iam('PutUserPolicy', { ...named, PolicyDocument: allowing(Arn) })
      return () => iam('DeleteUserPolicy', named)
    },
  },
  'a policy of its group': {
    by: 'RemoveUserFromGroup',
    allow: async (UserName, { Arn }) => {
      const GroupName = `of-${UserName}`
      await iam('CreateGroup', { GroupName })
      const policy = { GroupName, PolicyName: 'own', PolicyDocument: allowing(Arn) }
      await iam('PutGroupPolicy', policy)
      await iam('AddUserToGroup', { GroupName, UserName })
      return () => iam('RemoveUserFromGroup', { GroupName, UserName })
    },
  },
  'a managed policy': {
    by: 'SetDefaultPolicyVersion',
    allow: async (UserName, { Arn }) => {
      const policy = { PolicyName: `of-${UserName}`, PolicyDocument: allowing(Arn) }
      const PolicyArn = at(await iam('CreatePolicy', policy), 'Policy', 'Arn')
      const PolicyDocument = document(allow('kms:ListKeys'))
      await iam('CreatePolicyVersion', { PolicyArn, PolicyDocument })
      await iam('AttachUserPolicy', { UserName, PolicyArn })
      return () => iam('SetDefaultPolicyVersion', { PolicyArn, VersionId: 'v2' })
    },
  },
  'a tag of the key': {
    by: 'UntagResource',
    allow: async (UserName, { KeyId }) => {
      const condition = { StringEquals: { 'aws:ResourceTag/open': 'yes' } }
      const policy = { UserName, PolicyName: 'own', PolicyDocument: allowing('*', condition) }
      await iam('PutUserPolicy', policy)
      const Tags = [{ TagKey: 'open', TagValue: 'yes' }]
      succeededEmpty(await call('TagResource', { KeyId, Tags }))
      return () => call('UntagResource', { KeyId, TagKeys: ['open'] })
    },
  },
  'an alias of the key': {
    by: 'DeleteAlias',
    allow: async (UserName, { KeyId }) => {
      const condition = { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/open' } }
      const policy = { UserName, PolicyName: 'own', PolicyDocument: allowing('*', condition) }
      await iam('PutUserPolicy', policy)
      const AliasName = 'alias/open'
      succeededEmpty(await call('CreateAlias', { AliasName, TargetKeyId: KeyId }))
      return () => call('DeleteAlias', { AliasName })
    },
  },
  'a tag of the user': {
    by: 'UntagUser',
    allow: async (UserName, { Arn }) => {
      const condition = { StringEquals: { 'aws:PrincipalTag/open': 'yes' } }
      const policy = { UserName, PolicyName: 'own', PolicyDocument: allowing(Arn, condition) }
      await iam('PutUserPolicy', policy)
      await iam('TagUser', { UserName, Tags: [{ Key: 'open', Value: 'yes' }] })
      return () => iam('UntagUser', { UserName, TagKeys: ['open'] })
    },
  },
}

const recordsOf = (reply: Reply) =>
  auditRecords(service.directory).filter(
    ({ requestID }) => requestID === reply.headers['x-amzn-requestid'],
  )

/** How many changes by an operation the database has. */
const changesBy = (operation: string): number => {
  const sql = 'select 1 from change_log where instr(record, \'"eventName":"\' || ? || \'"\') > 0'
  return readDatabase(service.directory.database, sql, operation).length
}

describe('what a caller may do ends', () => {
  let count = 0
  const scene = async (way: Way) => {
    const userName = `user-${(count += 1)}`
    const user = callsAs(service, await newUser(service, userName))
    const key = await createKey(service)
    const encrypt = () => user('Encrypt', { KeyId: key.KeyId, Plaintext: 'AA==' })
    assert.equal((await encrypt()).type, 'AccessDeniedException')
    const takeAway = await way.allow(userName, key)
    succeeded(await encrypt())
    succeeded(await encrypt())
    return { encrypt, takeAway }
  }

  for (const [name, way] of Object.entries(ways)) {
    it(`for the very next call, if it is by ${name}`, async () => {
      const { encrypt, takeAway } = await scene(way)
      await takeAway()
      assert.equal((await encrypt()).type, 'AccessDeniedException')
    })

    it(`for a call under way, if it is by ${name}`, async () => {
      const { encrypt, takeAway } = await scene(way)
      const before = changesBy(way.by)
      using held = files.holdSyncs()
      const pending = encrypt()
      await files.heldSync()
      const taking = takeAway()
      while (changesBy(way.by) === before) await new Promise(setImmediate)
      // Changes run one after the other: when a later one is there, the first has taken effect.
      const keys = changesBy('CreateKey')
      const later = createKey(service)
      while (changesBy('CreateKey') === keys) await new Promise(setImmediate)
      held.release()
      await taking
      await later
      const reply = await pending
      assert.equal(reply.type, 'AccessDeniedException', reply.text)
      const [used, withheld, ...more] = recordsOf(reply)
      assert.equal(more.length, 0)
      assert.equal(used?.errorCode, undefined)
      assert.equal(withheld?.errorCode, 'AccessDenied')
      assert.equal(withheld?.additionalEventData?.outcome, 'withheld')
      assert.match(String(withheld?.additionalEventData?.denialReason), /^Denied: /)
    })
  }
})
