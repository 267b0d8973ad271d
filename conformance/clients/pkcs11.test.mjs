/**
 * Keys in a token of SoftHSM2, in the place of a CloudHSM cluster: the module is loaded by a process
 * that may be killed, or hang, without harm to the service.
 */
import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import * as kms from '@aws-sdk/client-kms'
import { readHsmClusters } from '../../packages/kms/src/cli/hsm-clusters.ts'
import { auditLines } from '../../packages/kms/test/server/files.ts'
import { dayMs, startTestService } from '../../packages/kms/test/server/harness.ts'
import { startService } from '../service.ts'
import { clusterId, makeToken } from './key-stores/softhsm.mjs'
import { until, untilConnection } from './key-stores/waiting.mjs'
import { setting } from './setting.mjs'

const token = await makeToken()
const scratch = await mkdtemp(join(tmpdir(), 'keyhold-pkcs11-'))
let service
let client
before(async () => {
  const env = { ...process.env, ...token.env }
  const options = ['--hsm-clusters', token.clusters]
  service = await startService(setting.keyhold, join(scratch, 'data'), env, options)
  const region = 'us-west-2'
  const { endpoint } = service
  client = new kms.KMSClient({ endpoint, region, credentials: service, maxAttempts: 1 })
})
after(async () => {
  client.destroy()
  await service.stop()
  await rm(scratch, { recursive: true })
  await token.remove()
})

const ask = (name, input) => client.send(new kms[`${name}Command`](input))
const refuses = (name, input, code, message) =>
  assert.rejects(ask(name, input), { name: code, message })

const storeInput = {
  CustomKeyStoreName: 'token',
  CloudHsmClusterId: clusterId,
  TrustAnchorCertificate: token.trustAnchor,
  KeyStorePassword: token.pin,
}
const Plaintext = new TextEncoder().encode('known to neither alone')
const failed = 'The CloudHSM cluster did not do what it was asked to. The request can be retried.'

/** The id of the parent of a process; none if it has ended meanwhile. */
const parentOf = async (pid) => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // The name, in parentheses, may have spaces of its own.
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
}

/** The process of the service that has the module in it. */
const tokenProcess = async () => {
  const pids = (await readdir('/proc')).filter((name) => /^[0-9]+$/.test(name))
  for (const pid of pids)
    if ((await parentOf(pid)) === service.pid) {
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
      if (command.includes('token-process')) return Number(pid)
    }
  return undefined
}

describe('keys in a token of SoftHSM2', () => {
  let store
  let key
  const connect = async () => {
    await ask('ConnectCustomKeyStore', store)
    return untilConnection(ask, store.CustomKeyStoreId, 'CONNECTED')
  }

  test('a wrong PIN fails the connection, and the right one makes it', async () => {
    const wrong = { ...storeInput, KeyStorePassword: 'not the PIN' }
    const { CustomKeyStoreId } = await ask('CreateCustomKeyStore', wrong)
    store = { CustomKeyStoreId }
    await ask('ConnectCustomKeyStore', store)
    const entry = await untilConnection(ask, store.CustomKeyStoreId, 'FAILED')
    assert.equal(entry.ConnectionErrorCode, 'INVALID_CREDENTIALS')
    await ask('DisconnectCustomKeyStore', store)
    await untilConnection(ask, store.CustomKeyStoreId, 'DISCONNECTED')
    await ask('UpdateCustomKeyStore', { ...store, KeyStorePassword: token.pin })
    const connected = await connect()
    assert.equal(connected.CloudHsmClusterId, clusterId)
    assert.equal(connected.ConnectionErrorCode, undefined)
    await refuses('CreateCustomKeyStore', storeInput, 'CustomKeyStoreNameInUseException', /./)
  })

  test('a key is made in the token, and works together with it', async () => {
    const objects = token.objects()
    const input = { Origin: 'AWS_CLOUDHSM', ...store }
    key = (await ask('CreateKey', input)).KeyMetadata
    assert.equal(key.CloudHsmClusterId, clusterId)
    assert.equal(token.objects(), objects + 1)
    const { KeyId, Arn } = key
    const EncryptionContext = { tenant: 'one' }
    const { CiphertextBlob } = await ask('Encrypt', { KeyId, Plaintext, EncryptionContext })
    const opened = await ask('Decrypt', { CiphertextBlob, EncryptionContext })
    assert.equal(opened.KeyId, Arn)
    assert.deepEqual(Buffer.from(opened.Plaintext), Buffer.from(Plaintext))
    const wrong = { CiphertextBlob, EncryptionContext: { tenant: 'two' } }
    await assert.rejects(ask('Decrypt', wrong), kms.InvalidCiphertextException)
  })

  test('ciphertexts move into the token and out of it, and data keys come from it', async () => {
    const { KeyId } = key
    const own = (await ask('CreateKey', {})).KeyMetadata
    const sealed = await ask('Encrypt', { KeyId: own.KeyId, Plaintext })
    const into = { CiphertextBlob: sealed.CiphertextBlob, DestinationKeyId: KeyId }
    const inside = await ask('ReEncrypt', into)
    const out = { CiphertextBlob: inside.CiphertextBlob, DestinationKeyId: own.KeyId }
    const { CiphertextBlob } = await ask('ReEncrypt', out)
    const opened = await ask('Decrypt', { CiphertextBlob })
    assert.deepEqual(Buffer.from(opened.Plaintext), Buffer.from(Plaintext))
    const dataKey = await ask('GenerateDataKey', { KeyId, KeySpec: 'AES_256' })
    const again = await ask('Decrypt', { CiphertextBlob: dataKey.CiphertextBlob })
    assert.deepEqual(again.Plaintext, dataKey.Plaintext)
    const random = { NumberOfBytes: 64, ...store }
    const [one, other] = [await ask('GenerateRandom', random), await ask('GenerateRandom', random)]
    assert.equal(one.Plaintext.length, 64)
    assert.notDeepEqual(one.Plaintext, other.Plaintext)
  })

  test('a process that is killed in the middle of a request fails that one alone', async () => {
    const { KeyId } = key
    const audit = { audit: join(service.dataDir, 'audit') }
    const { CiphertextBlob } = await ask('Encrypt', { KeyId, Plaintext })
    const pid = await tokenProcess()
    const records = auditLines(audit).length
    // Stopped, it takes the request, and has no answer to it.
    process.kill(pid, 'SIGSTOP')
    const answers = Promise.allSettled(
      Array.from({ length: 8 }, () => ask('Decrypt', { CiphertextBlob })),
    )
    await until(
      () => auditLines(audit).length,
      (length) => length >= records + 8,
    )
    process.kill(pid, 'SIGKILL')
    const failures = (await answers).filter(({ status }) => status === 'rejected')
    assert.ok(failures.length > 0)
    for (const { reason } of failures) {
      assert.ok(reason instanceof kms.KMSInvalidStateException, reason.message)
      assert.equal(reason.message, failed)
    }
    const opened = await ask('Decrypt', { CiphertextBlob })
    assert.deepEqual(Buffer.from(opened.Plaintext), Buffer.from(Plaintext))
    const next = await tokenProcess()
    assert.ok(next !== undefined && next !== pid)
  })

  test('a process that hangs is ended, and another one takes its place', async () => {
    const { KeyId } = key
    process.kill(await tokenProcess(), 'SIGSTOP')
    await refuses('Encrypt', { KeyId, Plaintext }, 'KMSInvalidStateException', /answer in time/)
    await ask('Encrypt', { KeyId, Plaintext })
  })

  test('a store that is disconnected makes its keys unavailable', async () => {
    const { KeyId, Arn } = key
    await ask('DisconnectCustomKeyStore', store)
    await untilConnection(ask, store.CustomKeyStoreId, 'DISCONNECTED')
    assert.equal(await tokenProcess(), undefined)
    const { KeyMetadata } = await ask('DescribeKey', { KeyId })
    assert.equal(KeyMetadata.KeyState, 'Unavailable')
    const input = { KeyId, Plaintext }
    await refuses('Encrypt', input, 'KMSInvalidStateException', `${Arn} is unavailable.`)
    await connect()
    await ask('Encrypt', input)
  })
})

test('a key that is deleted is destroyed in the token', async () => {
  Object.assign(process.env, token.env)
  const hsmClusters = await readHsmClusters(token.clusters)
  // Days pass in it when they are told to.
  let days = await startTestService({ hsmClusters })
  const requires = async (name, input) => {
    const { status, json } = await days.call(name, input)
    assert.equal(status, 200, JSON.stringify(json))
    return json
  }
  try {
    const objects = token.objects()
    const store = await requires('CreateCustomKeyStore', storeInput)
    await requires('ConnectCustomKeyStore', store)
    await untilConnection(requires, store.CustomKeyStoreId, 'CONNECTED')
    const { KeyMetadata } = await requires('CreateKey', { Origin: 'AWS_CLOUDHSM', ...store })
    assert.equal(token.objects(), objects + 1)
    const { KeyId } = KeyMetadata
    await requires('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 })
    days.clock.advance(8 * dayMs)
    days = await days.restart()
    await until(token.objects, (left) => left === objects)
  } finally {
    await days[Symbol.asyncDispose]()
  }
})
