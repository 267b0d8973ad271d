import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { readClientConfig } from '../../src/server/client-config.ts'
import { layout } from '../../src/server/data-directory.ts'
import { base64, type KeyMetadata, succeeded } from './expect.ts'
import { type AuditRecord, auditRecords } from './files.ts'
import { type Caller, callerOf, seededRandom, someMoment } from './killing.ts'
import { serveChild } from './serve-child.ts'

const rounds = 12
const here = 'eu-central-1'
const there = 'us-east-1'

/** A key, and what the service has acknowledged of it. */
type Acknowledged = {
  readonly KeyId: string
  rotations: number
  isReplicated: boolean
  readonly blobs: string[]
}

/** Makes keys and rotates them in two Regions, until the connection breaks. */
const work = async (call: Caller, keys: Acknowledged[]): Promise<void> => {
  try {
    for (;;) {
      const made = succeeded(await call('CreateKey', { MultiRegion: true }, here))
      const { KeyId } = made['KeyMetadata'] as KeyMetadata
      const key: Acknowledged = { KeyId, rotations: 0, isReplicated: false, blobs: [] }
      keys.push(key)
      const encrypt = async (region: string): Promise<void> => {
        const reply = await call('Encrypt', { KeyId, Plaintext: base64(KeyId) }, region)
        key.blobs.push(String(succeeded(reply)['CiphertextBlob']))
      }
      const rotate = async (): Promise<void> => {
        succeeded(await call('RotateKeyOnDemand', { KeyId }, here))
        key.rotations += 1
      }
      await encrypt(here)
      await rotate()
      succeeded(await call('ReplicateKey', { KeyId, ReplicaRegion: there }, here))
      key.isReplicated = true
      await encrypt(there)
      await rotate()
      await encrypt(here)
    }
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error
  }
}

const listed = async (call: Caller, KeyId: string, region: string): Promise<readonly object[]> => {
  const input = { KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' }
  return succeeded(await call('ListKeyRotations', input, region))['Rotations'] as object[]
}

/** Nothing acknowledged is lost, no Region knows less than the other, and the log has it all. */
const verify = async (
  call: Caller,
  { KeyId, rotations, isReplicated, blobs }: Acknowledged,
  records: readonly AuditRecord[],
): Promise<void> => {
  const generations = await listed(call, KeyId, here)
  assert(generations.length > rotations, `a rotation of ${KeyId} is lost`)
  const events = records.filter(
    ({ eventName, serviceEventDetails: details }) =>
      eventName === 'RotateKey' && (details as { keyId: string }).keyId === KeyId,
  )
  assert.equal(events.length, generations.length - 1, `a rotation of ${KeyId} has no record`)
  const replica = await call('DescribeKey', { KeyId }, there)
  if (isReplicated) succeeded(replica)
  const regions = replica.status === 200 ? [here, there] : [here]
  for (const region of regions) {
    assert.deepEqual(await listed(call, KeyId, region), generations)
    for (const CiphertextBlob of blobs) {
      const opened = succeeded(await call('Decrypt', { CiphertextBlob }, region))
      assert.equal(opened['Plaintext'], base64(KeyId))
    }
  }
}

/** Asked before anything else, which would be a later use. */
const verifyLastUse = async (
  call: Caller,
  { KeyId }: Acknowledged,
  records: readonly AuditRecord[],
): Promise<void> => {
  const { KeyLastUsage } = succeeded(await call('GetKeyLastUsage', { KeyId }, here))
  const { CloudTrailEventId } = KeyLastUsage as { CloudTrailEventId?: string }
  const newest = records.findLast(
    ({ eventName, awsRegion, resources }) =>
      eventName === 'Encrypt' && awsRegion === here && resources?.[0]?.ARN.endsWith(KeyId),
  )
  assert.equal(CloudTrailEventId, newest?.eventID, `the last use of ${KeyId} is lost`)
}

it('a rotation, a replica and a last use outlive the process that acknowledged them', async (t) => {
  const random = seededRandom(t)
  const dataDir = await mkdtemp(join(tmpdir(), 'keyhold-crash-'))
  t.after(() => rm(dataDir, { recursive: true, force: true }))
  const directory = layout(dataDir)
  let keys: Acknowledged[] = []
  let count = 0
  for (let round = 0; round <= rounds; round += 1) {
    const child = serveChild(dataDir)
    t.after(() => child.kill('SIGKILL'))
    const endpoint = await child.ready
    if (endpoint === undefined) assert.fail((await child.ended).stderr)
    const credentials = await readClientConfig(directory.client)
    assert(credentials !== undefined)
    const agent = new Agent({ keepAlive: true, maxSockets: 2 })
    const call = callerOf(endpoint, credentials, agent)
    const records = auditRecords(directory)
    for (const key of keys) await verifyLastUse(call, key, records)
    for (const key of keys) await verify(call, key, records)
    count += keys.length
    keys = []
    if (round < rounds) {
      const workers = [work(call, keys), work(call, keys)]
      await someMoment(random, 250)
      await child.kill('SIGKILL')
      await Promise.all(workers)
    } else await child.kill('SIGTERM')
    agent.destroy()
  }
  t.diagnostic(`${count} keys`)
  assert(count > rounds)
})
