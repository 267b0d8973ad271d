import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { it } from 'node:test'
import { readClientConfig } from '../../src/server/client-config.ts'
import { layout } from '../../src/server/data-directory.ts'
import { systemClock } from '../../src/server/system.ts'
import { wrapMaterial } from '../wrapping.ts'
import { readDatabase } from './database.ts'
import { base64, succeeded } from './expect.ts'
import { auditRecords } from './files.ts'
import { bodyBytes, exchange, type Reply, signedHeaders } from './harness.ts'
import { serveChild } from './serve-child.ts'

const rounds = 6

type Caller = (operation: string, input: object) => Promise<Reply>

/** Deletes the material and imports it again, until the connection breaks. */
const alternate = async (call: Caller, input: Readonly<Record<string, unknown>>) => {
  const { KeyId } = input
  let count = 0
  try {
    for (; ; count += 1) {
      succeeded(await call('DeleteImportedKeyMaterial', { KeyId }))
      succeeded(await call('ImportKeyMaterial', input))
    }
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error
    return count
  }
}

it('a service that is killed while material comes and goes has all of it, or nothing', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'keyhold-crash-'))
  t.after(() => rm(dataDir, { recursive: true, force: true }))
  const directory = layout(dataDir)
  let input: Record<string, unknown> | undefined
  let CiphertextBlob: unknown
  let cycles = 0
  for (let round = 0; round <= rounds; round += 1) {
    const child = serveChild(dataDir)
    t.after(() => child.kill('SIGKILL'))
    const endpoint = await child.ready
    if (endpoint === undefined) assert.fail((await child.ended).stderr)
    const credentials = await readClientConfig(directory.client)
    assert(credentials !== undefined)
    const agent = new Agent({ keepAlive: true })
    const call: Caller = (operation, body) => {
      const bytes = bodyBytes(body)
      const signing = { operation, bytes, endpoint, credentials, clock: systemClock }
      return exchange(new URL(endpoint), 'POST', signedHeaders(signing), bytes, agent)
    }
    if (input === undefined) {
      input = await importInputOf(call)
      succeeded(await call('ImportKeyMaterial', input))
      const encrypting = { KeyId: input['KeyId'], Plaintext: base64('text') }
      CiphertextBlob = succeeded(await call('Encrypt', encrypting))['CiphertextBlob']
    } else {
      const { KeyId } = input
      const isThere = await stateOf(call, KeyId)
      assert.equal(isThere, hasBytes(directory.database, KeyId))
      assert.equal(isThere, wasImportedLast(auditRecords(directory)))
      if (!isThere) succeeded(await call('ImportKeyMaterial', input))
      succeeded(await call('Decrypt', { CiphertextBlob, KeyId }))
    }
    const working = alternate(call, input)
    await after(Math.random() * 200)
    await child.kill(round < rounds ? 'SIGKILL' : 'SIGTERM')
    cycles += await working
    agent.destroy()
  }
  t.diagnostic(`${cycles} imports`)
  assert(cycles > 0)
})

const importInputOf = async (call: Caller): Promise<Record<string, unknown>> => {
  const { KeyMetadata } = succeeded(await call('CreateKey', { Origin: 'EXTERNAL' }))
  const { KeyId } = KeyMetadata as { KeyId: string }
  const WrappingAlgorithm = 'RSAES_OAEP_SHA_256'
  const asked = { KeyId, WrappingAlgorithm, WrappingKeySpec: 'RSA_2048' }
  const { PublicKey, ImportToken } = succeeded(await call('GetParametersForImport', asked))
  const publicKey = Buffer.from(String(PublicKey), 'base64')
  return {
    KeyId,
    ImportToken,
    EncryptedKeyMaterial: wrapMaterial(WrappingAlgorithm, publicKey, randomBytes(32)),
    ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
  }
}

/** Whether the key works; the only other state that it may be in is that it waits. */
const stateOf = async (call: Caller, KeyId: unknown): Promise<boolean> => {
  const { KeyMetadata } = succeeded(await call('DescribeKey', { KeyId }))
  const { KeyState } = KeyMetadata as { KeyState: string }
  assert(['Enabled', 'PendingImport'].includes(KeyState), KeyState)
  return KeyState === 'Enabled'
}

const hasBytes = (database: string, KeyId: unknown): boolean => {
  const sql = "select content from secret_entity where tbl = 'material' and parent like ?"
  const [row] = readDatabase(database, sql, `%${String(KeyId)}`)
  return 'wrapped' in (JSON.parse(String(row?.['content'])) as object)
}

const wasImportedLast = (records: ReturnType<typeof auditRecords>): boolean => {
  const names = ['DeleteImportedKeyMaterial', 'ImportKeyMaterial']
  const last = records.findLast(
    ({ eventName = '', errorCode }) => names.includes(eventName) && errorCode === undefined,
  )
  return last?.eventName === 'ImportKeyMaterial'
}
