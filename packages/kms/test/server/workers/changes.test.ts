import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { base64, refused, succeeded } from '../expect.ts'
import { at, callIam, done } from '../identity/query.ts'
import type { Caller } from '../killing.ts'
import { type Connection, startWorkers } from './scene.ts'

const scene = await startWorkers({ count: 3 })
after(() => scene[Symbol.asyncDispose]())

const newKey = async ({ call }: Connection, input: object = {}): Promise<string> => {
  const { KeyMetadata } = succeeded(await call('CreateKey', input))
  return (KeyMetadata as { readonly KeyId: string }).KeyId
}

/** One after the other, as the numbers go up. */
const workerOf = (turn: number): Connection =>
  scene.workers[turn % scene.workers.length] ?? assert.fail('there is no worker')

/** Uses the key on every connection without pause until it is told to stop; counts what came back. */
const useAllTheTime = (calls: readonly Caller[], KeyId: string) => {
  const over = new AbortController()
  const counts = new Map<string, number>()
  const all = calls.map(async (call) => {
    while (!over.signal.aborted) {
      const { type = 'answered' } = await call('Encrypt', { KeyId, Plaintext: base64('text') })
      counts.set(type, (counts.get(type) ?? 0) + 1)
    }
  })
  const stop = async (): Promise<void> => {
    over.abort()
    await Promise.all(all)
  }
  return { counts, stop, [Symbol.asyncDispose]: stop }
}

describe('a change, when its call returns, is known to every worker:', () => {
  it('a key that is disabled and enabled, while all of them use it', async (t) => {
    const KeyId = await newKey(workerOf(0))
    await using load = useAllTheTime(await moreConnections(), KeyId)
    for (let round = 0; round < 40; round += 1) {
      const changer = workerOf(round)
      succeeded(await changer.call('DisableKey', { KeyId }))
      const input = { KeyId, Plaintext: base64('text') }
      for (const reply of await Promise.all(
        scene.workers.map(({ call }) => call('Encrypt', input)),
      ))
        refused(reply, 'DisabledException', /is disabled\.$/)
      succeeded(await changer.call('EnableKey', { KeyId }))
      for (const reply of await Promise.all(
        scene.workers.map(({ call }) => call('Encrypt', input)),
      ))
        succeeded(reply)
    }
    await load.stop()
    t.diagnostic(JSON.stringify(Object.fromEntries(load.counts)))
    assert((load.counts.get('answered') ?? 0) > 40)
    assert.deepEqual(
      [...load.counts.keys()].filter((type) => type !== 'answered'),
      ['DisabledException'],
    )
  })

  it('a key policy', async () => {
    const { call } = workerOf(0)
    const KeyId = await newKey(workerOf(0))
    const { Policy: open } = succeeded(await call('GetKeyPolicy', { KeyId }))
    const policy = JSON.parse(String(open)) as { Statement: object[] }
    const deny = { Effect: 'Deny', Principal: '*', Action: 'kms:Encrypt', Resource: '*' }
    const closed = JSON.stringify({ ...policy, Statement: [...policy.Statement, deny] })
    await using load = useAllTheTime(await moreConnections(), KeyId)
    for (let round = 0; round < 20; round += 1) {
      const changer = workerOf(round)
      succeeded(await changer.call('PutKeyPolicy', { KeyId, Policy: closed }))
      const input = { KeyId, Plaintext: base64('text') }
      for (const { call: use } of scene.workers)
        assert.equal((await use('Encrypt', input)).type, 'AccessDeniedException')
      succeeded(await changer.call('PutKeyPolicy', { KeyId, Policy: open }))
      for (const { call: use } of scene.workers) succeeded(await use('Encrypt', input))
    }
    await load.stop()
    assert.deepEqual([...load.counts.keys()].toSorted(), ['AccessDeniedException', 'answered'])
  })

  it('a grant that is made and revoked', async () => {
    const KeyId = await newKey(workerOf(0))
    const user = await newUser(workerOf(0), 'grantee')
    for (let round = 0; round < 20; round += 1) {
      const changer = workerOf(round)
      const grant = { KeyId, GranteePrincipal: user.arn, Operations: ['Encrypt'] }
      const { GrantId } = succeeded(await changer.call('CreateGrant', grant))
      const input = { KeyId, Plaintext: base64('text') }
      for (const each of scene.workers) succeeded(await each.as(user)('Encrypt', input))
      succeeded(await changer.call('RevokeGrant', { KeyId, GrantId }))
      for (const each of scene.workers)
        assert.equal((await each.as(user)('Encrypt', input)).type, 'AccessDeniedException')
    }
  })

  it('an alias that comes to another key', async () => {
    const one = workerOf(0)
    const keys = [await newKey(one), await newKey(one)]
    const AliasName = 'alias/moves'
    succeeded(await one.call('CreateAlias', { AliasName, TargetKeyId: keys[0] }))
    for (let round = 1; round < 20; round += 1) {
      const TargetKeyId = keys[round % 2]!
      succeeded(await workerOf(round).call('UpdateAlias', { AliasName, TargetKeyId }))
      for (const { call } of scene.workers) {
        const { KeyMetadata } = succeeded(await call('DescribeKey', { KeyId: AliasName }))
        assert.equal((KeyMetadata as { readonly KeyId: string }).KeyId, TargetKeyId)
      }
    }
  })

  it('an access key that is made, made inactive and deleted', async () => {
    const one = workerOf(0)
    const user = await newUser(one, 'leaver')
    const other = workerOf(1)
    const KeyId = await newKey(one)
    const codeOf = async (connection: Connection) =>
      (await connection.as(user)('DescribeKey', { KeyId })).type
    // Known, though not allowed.
    assert.equal(await codeOf(other), 'AccessDeniedException')
    const named = { UserName: 'leaver', AccessKeyId: user.accessKeyId }
    done(await callIam(one, 'UpdateAccessKey', { ...named, Status: 'Inactive' }))
    assert.equal(await codeOf(other), 'UnrecognizedClientException')
    done(await callIam(other, 'UpdateAccessKey', { ...named, Status: 'Active' }))
    assert.equal(await codeOf(one), 'AccessDeniedException')
    done(await callIam(other, 'DeleteAccessKey', named))
    for (const each of scene.workers)
      assert.equal(await codeOf(each), 'UnrecognizedClientException')
  })

  it('a policy that a user is given and loses', async () => {
    const one = workerOf(0)
    const user = await newUser(one, 'reader')
    const statement = { Effect: 'Allow', Action: 'kms:ListKeys', Resource: '*' }
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
    for (let round = 0; round < 10; round += 1) {
      const changer = workerOf(round)
      const named = { UserName: 'reader', PolicyName: 'lists' }
      done(await callIam(changer, 'PutUserPolicy', { ...named, PolicyDocument }))
      for (const each of scene.workers) succeeded(await each.as(user)('ListKeys', {}))
      done(await callIam(changer, 'DeleteUserPolicy', named))
      for (const each of scene.workers)
        assert.equal((await each.as(user)('ListKeys', {})).type, 'AccessDeniedException')
    }
  })
})

describe('what one worker gives out, the others take:', () => {
  it('ciphertexts, markers, and grant tokens', async () => {
    const [one, two] = [workerOf(0), workerOf(1)]
    const KeyId = await newKey(one)
    await newKey(two)
    const encrypted = succeeded(await one.call('Encrypt', { KeyId, Plaintext: base64('text') }))
    const { CiphertextBlob } = encrypted
    assert.equal(
      succeeded(await two.call('Decrypt', { CiphertextBlob }))['Plaintext'],
      base64('text'),
    )
    const { Keys, NextMarker: Marker } = succeeded(await one.call('ListKeys', { Limit: 1 }))
    const { Keys: rest } = succeeded(await two.call('ListKeys', { Marker }))
    assert.deepEqual(succeeded(await two.call('ListKeys', {}))['Keys'], [
      ...(Keys as object[]),
      ...(rest as object[]),
    ])
    const user = await newUser(one, 'bearer')
    const grant = { KeyId, GranteePrincipal: user.arn, Operations: ['Decrypt'] }
    const { GrantToken } = succeeded(await one.call('CreateGrant', grant))
    const input = { CiphertextBlob, GrantTokens: [GrantToken] }
    succeeded(await two.as(user)('Decrypt', input))
  })

  it('refusals of changes are those of one process', async () => {
    const one = workerOf(0)
    const KeyId = await newKey(one)
    const alias = { AliasName: 'alias/aws/mine', TargetKeyId: KeyId }
    assert.equal((await one.call('CreateAlias', alias)).type, 'NotAuthorizedException')
    refused(
      await one.call('DisableKey', { KeyId: 'no key' }),
      'NotFoundException',
      "Invalid keyId 'no key'",
    )
    const unsupported = await one.call('CreateKey', { Policy: '{' })
    assert.equal(unsupported.type, 'MalformedPolicyDocumentException')
    const dry = await one.call('CreateGrant', {
      KeyId,
      GranteePrincipal: 'arn:aws:iam::000000000000:root',
      Operations: ['Encrypt'],
      DryRun: true,
    })
    assert.equal(dry.type, 'DryRunOperationException')
  })
})

/** Two further connections to each worker, so that no call of a test waits for one of the load. */
const moreConnections = async (): Promise<readonly Caller[]> =>
  [...(await scene.connect()), ...(await scene.connect())].map(({ call }) => call)

const newUser = async (connection: Connection, UserName: string) => {
  const arn = at(done(await callIam(connection, 'CreateUser', { UserName })), 'User', 'Arn')
  const made = done(await callIam(connection, 'CreateAccessKey', { UserName }))
  return {
    arn,
    accessKeyId: at(made, 'AccessKey', 'AccessKeyId'),
    secretAccessKey: at(made, 'AccessKey', 'SecretAccessKey'),
  }
}
