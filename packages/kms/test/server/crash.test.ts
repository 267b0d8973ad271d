import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { readClientConfig } from '../../src/server/client-config.ts'
import { layout } from '../../src/server/data-directory.ts'
import { base64, succeeded } from './expect.ts'
import { type AuditRecord, auditRecords } from './files.ts'
import type { Reply } from './harness.ts'
import { type Caller, callerOf, seededRandom, someMoment } from './killing.ts'
import { serveChild } from './serve-child.ts'

const rounds = 50
const clients = 4

/** What the service has acknowledged: it may never be missing again. */
type Acknowledged = {
  readonly keyIds: Set<string>
  readonly aliases: Map<string, string>
  readonly ciphertexts: {
    readonly blob: string
    readonly keyId: string
    readonly plaintext: string
  }[]
  readonly requestIds: Set<string>
}

let aliasCount = 0

/** Works until the connection breaks, and notes what was acknowledged. */
const work = async (call: Caller, acknowledged: Acknowledged): Promise<void> => {
  const noted = async (operation: string, input: object): Promise<Reply> => {
    const reply = await call(operation, input)
    succeeded(reply)
    acknowledged.requestIds.add(String(reply.headers['x-amzn-requestid']))
    return reply
  }
  try {
    for (;;) {
      const { KeyMetadata } = (await noted('CreateKey', {})).json
      const { KeyId } = KeyMetadata as { KeyId: string }
      acknowledged.keyIds.add(KeyId)
      const AliasName = `alias/a${(aliasCount += 1)}`
      await noted('CreateAlias', { AliasName, TargetKeyId: KeyId })
      acknowledged.aliases.set(AliasName, KeyId)
      const plaintext = base64(AliasName)
      const encrypted = await noted('Encrypt', { KeyId: AliasName, Plaintext: plaintext })
      const blob = String(encrypted.json['CiphertextBlob'])
      acknowledged.ciphertexts.push({ blob, keyId: KeyId, plaintext })
    }
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error
  }
}

const listAll = async (call: Caller, operation: string, items: string): Promise<unknown[]> => {
  const found: unknown[] = []
  let Marker: unknown
  do {
    const page = succeeded(await call(operation, { Limit: 100, Marker }))
    found.push(...(page[items] as unknown[]))
    Marker = page['NextMarker']
  } while (Marker !== undefined)
  return found
}

/** Everything acknowledged is there and decrypts, and audit log and state tell the same. */
const verify = async (
  call: Caller,
  acknowledged: Acknowledged,
  records: readonly AuditRecord[],
) => {
  const keys = (await listAll(call, 'ListKeys', 'Keys')) as { KeyId: string }[]
  const keyIds = new Set(keys.map(({ KeyId }) => KeyId))
  const aliases = (await listAll(call, 'ListAliases', 'Aliases')) as Record<string, string>[]
  const targets = new Map(aliases.map((alias) => [alias['AliasName'], alias['TargetKeyId']]))
  for (const keyId of acknowledged.keyIds) assert(keyIds.has(keyId), `the key ${keyId} is lost`)
  for (const [name, keyId] of acknowledged.aliases) assert.equal(targets.get(name), keyId)
  for (const { blob, keyId, plaintext } of acknowledged.ciphertexts) {
    const opened = succeeded(await call('Decrypt', { CiphertextBlob: blob, KeyId: keyId }))
    assert.equal(opened['Plaintext'], plaintext)
  }
  const ids = records.map(({ requestID }) => requestID)
  assert.equal(new Set(ids).size, ids.length, 'a call has two records')
  for (const id of acknowledged.requestIds) assert(ids.includes(id), `${id} has no record`)
  for (const { eventName, errorCode, requestParameters, responseElements } of records) {
    if (errorCode !== undefined) continue
    const made = responseElements as { keyMetadata?: { keyId: string } } | null
    if (eventName === 'CreateKey') assert(keyIds.has(made?.keyMetadata?.keyId ?? ''))
    const { aliasName } = (requestParameters ?? {}) as { aliasName?: string }
    if (eventName === 'CreateAlias') assert(targets.has(aliasName))
  }
}

const nothingYet = (): Acknowledged => ({
  keyIds: new Set(),
  aliases: new Map(),
  ciphertexts: [],
  requestIds: new Set(),
})

it('a service that is killed at any moment loses nothing that it has acknowledged', async (t) => {
  const random = seededRandom(t)
  const dataDir = await mkdtemp(join(tmpdir(), 'keyhold-crash-'))
  t.after(() => rm(dataDir, { recursive: true, force: true }))
  const directory = layout(dataDir)
  const all = nothingYet()
  let lastRound = nothingYet()
  let seen = 0
  for (let round = 0; round <= rounds; round += 1) {
    const child = serveChild(dataDir)
    t.after(() => child.kill('SIGKILL'))
    // Now and then it dies while it starts; never at the very first time, which makes the credential.
    if (round > 0 && round < rounds && random() < 0.2) {
      await someMoment(random, 500)
      await child.kill('SIGKILL')
      continue
    }
    const endpoint = await child.ready
    if (endpoint === undefined) assert.fail((await child.ended).stderr)
    const credentials = await readClientConfig(directory.client)
    assert(credentials !== undefined)
    const agent = new Agent({ keepAlive: true, maxSockets: clients })
    const call = callerOf(endpoint, credentials, agent)
    const records = auditRecords(directory)
    await verify(call, round === rounds ? all : lastRound, records)
    assert(records.length >= seen, 'the audit log has lost records')
    seen = records.length
    lastRound = nothingYet()
    if (round < rounds) {
      const workers = Array.from({ length: clients }, () => work(call, lastRound))
      await someMoment(random, 150)
      await child.kill('SIGKILL')
      await Promise.all(workers)
    } else await child.kill('SIGTERM')
    agent.destroy()
    for (const keyId of lastRound.keyIds) all.keyIds.add(keyId)
    for (const [name, keyId] of lastRound.aliases) all.aliases.set(name, keyId)
    all.ciphertexts.push(...lastRound.ciphertexts)
    for (const id of lastRound.requestIds) all.requestIds.add(id)
  }
  t.diagnostic(`${all.keyIds.size} keys, ${all.requestIds.size} acknowledged calls`)
  assert(all.keyIds.size > rounds)
})
