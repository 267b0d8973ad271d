import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { Agent } from 'node:http'
import { after, describe, it } from 'node:test'
import { readClientConfig } from '../../../src/server/client-config.ts'
import { layout } from '../../../src/server/data-directory.ts'
import { base64, succeeded } from '../expect.ts'
import type { Answer } from '../harness.ts'
import { at, callIam, done } from '../identity/query.ts'
import { callerOf } from '../killing.ts'
import { serveChild } from '../serve-child.ts'
import {
  type Connection,
  newDirectory,
  pidOf,
  recordsOf,
  type Scene,
  startWorkers,
  until,
} from './scene.ts'

const shared = await startWorkers()
after(() => shared[Symbol.asyncDispose]())

const newKey = async ({ call }: Connection): Promise<string> => {
  const { KeyMetadata } = succeeded(await call('CreateKey', {}))
  return (KeyMetadata as { readonly KeyId: string }).KeyId
}

const lastUsage = async ({ call }: Connection, KeyId: string): Promise<Answer> => {
  const { KeyLastUsage } = succeeded(await call('GetKeyLastUsage', { KeyId }))
  return KeyLastUsage as Answer
}

const connections = ({ workers }: Scene): readonly [Connection, Connection] => {
  const [one, two] = workers
  assert(one !== undefined && two !== undefined)
  return [one, two]
}

describe('the audit logs of all processes together', () => {
  it('have one record of every call, changes in the one and all else where it was answered', async () => {
    const scene = shared
    const requestIds = { uses: new Set<string>(), changes: new Set<string>() }
    await Promise.all(
      scene.workers.map(async (connection) => {
        const noted = async (kind: 'uses' | 'changes', operation: string, input: object) => {
          const reply = await connection.call(operation, input)
          requestIds[kind].add(String(reply.headers['x-amzn-requestid']))
          return reply
        }
        for (let round = 0; round < 30; round += 1) {
          const made = succeeded(await noted('changes', 'CreateKey', {}))
          const { KeyId } = made['KeyMetadata'] as { readonly KeyId: string }
          await noted('uses', 'Encrypt', { KeyId, Plaintext: base64('text') })
          await noted('changes', 'DisableKey', { KeyId })
          await noted('uses', 'Encrypt', { KeyId, Plaintext: base64('text') })
        }
      }),
    )
    const changes = recordsOf(scene.directory, 0)
    const uses = [1, 2].flatMap((slot) => recordsOf(scene.directory, slot))
    const ids = [...changes, ...uses].map(({ requestID }) => requestID)
    assert.equal(new Set(ids).size, ids.length, 'a call has two records')
    for (const id of requestIds.changes) assert(changes.some(({ requestID }) => requestID === id))
    for (const id of requestIds.uses) assert(uses.some(({ requestID }) => requestID === id))
    const seqs = changes.map(({ additionalEventData }) => additionalEventData?.changeSeq ?? 0)
    assert.deepEqual(
      seqs,
      seqs.toSorted((a, b) => a - b),
    )
    assert.equal(
      uses.some(({ additionalEventData: data }) => data?.changeSeq !== undefined),
      false,
    )
  })
})

describe('the last use of a key', () => {
  it('is known to every worker, whichever it was used on', async () => {
    const [one, two] = connections(shared)
    const KeyId = await newKey(one)
    for (const [user, asker] of [
      [one, two],
      [two, one],
      [one, one],
    ] as const) {
      const reply = await user.call('Encrypt', { KeyId, Plaintext: base64('text') })
      const { KmsRequestId } = await lastUsage(asker, KeyId)
      assert.equal(KmsRequestId, reply.headers['x-amzn-requestid'])
    }
  })

  it('is known though the worker was killed that has noted it', async () => {
    await using scene = await startWorkers()
    const [one, two] = connections(scene)
    const KeyId = await newKey(one)
    const reply = await two.call('Encrypt', { KeyId, Plaintext: base64('text') })
    const pid = pidOf(scene, 2)
    process.kill(pid, 'SIGKILL')
    await until(() => pidOf(scene, 2) !== pid)
    const { KmsRequestId } = await lastUsage(one, KeyId)
    assert.equal(KmsRequestId, reply.headers['x-amzn-requestid'])
  })

  for (const signal of ['SIGTERM', 'SIGKILL'] as const)
    it(`is known to a single process after ${signal}`, async () => {
      const dataDir = await newDirectory()
      after(() => rm(dataDir, { recursive: true, force: true }))
      const used = new Map<string, unknown>()
      {
        await using scene = await startWorkers({ dataDir })
        for (const connection of scene.workers) {
          const KeyId = await newKey(connection)
          const reply = await connection.call('Encrypt', { KeyId, Plaintext: base64('text') })
          used.set(KeyId, reply.headers['x-amzn-requestid'])
        }
        await scene.child.kill(signal)
      }
      const child = serveChild(dataDir)
      after(() => child.kill('SIGKILL'))
      const endpoint = await child.ready
      const credentials = await readClientConfig(layout(dataDir).client)
      assert(endpoint !== undefined && credentials !== undefined)
      const agent = new Agent()
      after(() => agent.destroy())
      const call = callerOf(endpoint, credentials, agent)
      for (const [KeyId, requestId] of used) {
        const { KeyLastUsage } = succeeded(await call('GetKeyLastUsage', { KeyId }))
        assert.equal((KeyLastUsage as Answer)['KmsRequestId'], requestId)
      }
      const recovered = child.log.some(({ event }) => event === 'last uses of keys recovered')
      assert.equal(recovered, signal === 'SIGKILL')
    })
})

describe('the last use of an access key', () => {
  it('is known to every worker, and gone with the key', async () => {
    const [one, two] = connections(shared)
    done(await callIam(one, 'CreateUser', { UserName: 'user' }))
    const made = done(await callIam(two, 'CreateAccessKey', { UserName: 'user' }))
    const AccessKeyId = at(made, 'AccessKey', 'AccessKeyId')
    const user = {
      accessKeyId: AccessKeyId,
      secretAccessKey: at(made, 'AccessKey', 'SecretAccessKey'),
    }
    await two.as(user)('ListKeys', {})
    const last = done(await callIam(one, 'GetAccessKeyLastUsed', { AccessKeyId }))
    assert.equal(at(last, 'AccessKeyLastUsed', 'ServiceName'), 'kms')
    done(await callIam(one, 'DeleteAccessKey', { UserName: 'user', AccessKeyId }))
    const { status } = await callIam(two, 'GetAccessKeyLastUsed', { AccessKeyId })
    assert.notEqual(status, 200)
  })
})
