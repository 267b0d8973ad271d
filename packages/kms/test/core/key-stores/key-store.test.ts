import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { describe, test } from 'node:test'
import { wrappingKeyOf } from '../../../src/core/crypto/wrap.ts'
import {
  BackendError,
  type HealthErrand,
  type KeyStoreBackend,
} from '../../../src/core/key-stores/backend.ts'
import type { BackendFailure } from '../../../src/core/key-stores/failures.ts'
import { KeyStore, type KeyStoreEvent } from '../../../src/core/key-stores/key-store.ts'
import {
  isKeyStoreId,
  keyStoreRecord,
  newKeyStoreId,
  unwrapKeyStoreSecret,
} from '../../../src/core/key-stores/record.ts'
import { Hierarchy } from '../../../src/core/seal/hierarchy.ts'
import { systemRandom } from '../crypto/fixtures.ts'

const domainKey = wrappingKeyOf(systemRandom.bytes(16), systemRandom.bytes(32))
const hierarchy = new Hierarchy('cluster', new Map([[1, domainKey]]), systemRandom)
const settings = {
  region: 'eu-central-1',
  account: '111122223333',
  id: newKeyStoreId(systemRandom),
  name: 'store',
  createdAtMs: 0,
  isConnected: false,
  type: 'AWS_CLOUDHSM',
  token: { clusterId: 'cluster-abcdefghij2', trustAnchor: 'pem' },
} as const
const record = keyStoreRecord(settings, 'the password', hierarchy)
const connected = { ...record, isConnected: true }

/** A store over backends that answer as they are told. */
const startStore = (from = record) => {
  const events: KeyStoreEvent[] = []
  const asked: HealthErrand['operation'][] = []
  const world = {
    failure: undefined as BackendFailure | 'unexpected' | undefined,
    open: 0,
    events,
    asked,
  }
  const fail = () => {
    if (world.failure === 'unexpected') throw new TypeError('a bug')
    if (world.failure !== undefined) throw new BackendError(world.failure, 'as told')
  }
  const backend: Partial<KeyStoreBackend> = {
    check: async ({ operation }) => {
      asked.push(operation)
      await setImmediate()
      fail()
    },
    random: async (length) => {
      await setImmediate()
      fail()
      return new Uint8Array(length)
    },
    destroyKey: async () => {
      await setImmediate()
      fail()
    },
    close: async () => {
      world.open -= 1
      await setImmediate()
    },
  }
  const store = new KeyStore(from, {
    hierarchy,
    random: systemRandom,
    open: (_record, secret) => {
      assert.equal(Buffer.from(secret.expose()).toString(), 'the password')
      world.open += 1
      return backend as KeyStoreBackend
    },
    onEvent: (event) => events.push(event),
  })
  return { store, world }
}

/** Until nothing is under way that takes a few turns. */
const settled = async () => {
  for (let turn = 0; turn < 10; turn += 1) await setImmediate()
}
const namesOf = (events: readonly KeyStoreEvent[]) => events.map(({ name }) => name)

describe('a custom key store', () => {
  test('connects when its row says so, and disconnects again', async () => {
    const { store, world } = startStore()
    assert.equal(store.state, 'DISCONNECTED')
    store.follow(connected)
    assert.equal(store.state, 'CONNECTING')
    await settled()
    assert.equal(store.state, 'CONNECTED')
    assert.deepEqual(world.asked, ['ConnectCustomKeyStore'])
    store.follow(record)
    assert.equal(store.state, 'DISCONNECTING')
    await settled()
    assert.equal(store.state, 'DISCONNECTED')
    assert.equal(world.open, 0)
    assert.deepEqual(namesOf(world.events), ['key store connected'])
  })

  for (const [failure, code] of [
    ['passwordRefused', 'INVALID_CREDENTIALS'],
    ['clusterUnknown', 'CLUSTER_NOT_FOUND'],
    ['tokenAbsent', 'INSUFFICIENT_CLOUDHSM_HSMS'],
    ['userLockedOut', 'USER_LOCKED_OUT'],
    ['userUnknown', 'USER_NOT_FOUND'],
    ['tokenTimedOut', 'NETWORK_ERRORS'],
    ['tokenFailed', 'INTERNAL_ERROR'],
    ['tlsFailed', 'XKS_PROXY_INVALID_TLS_CONFIGURATION'],
    ['timedOut', 'XKS_PROXY_TIMED_OUT'],
    ['unreachable', 'XKS_PROXY_NOT_REACHABLE'],
    ['unexpected', 'INTERNAL_ERROR'],
  ] as const)
    test(`is FAILED for ${failure} with ${code}, and holds nothing open`, async () => {
      const { store, world } = startStore()
      world.failure = failure
      store.follow(connected)
      await settled()
      assert.deepEqual([store.state, store.errorCode], ['FAILED', code])
      assert.equal(world.open, 0)
      store.retry()
      assert.equal(store.state, 'FAILED', 'what someone asked for is not tried again by itself')
      store.follow(record)
      assert.deepEqual([store.state, store.errorCode], ['DISCONNECTED', undefined])
    })

  test('that was connected is tried until it is, once the service starts', async () => {
    const { store, world } = startStore(connected)
    world.failure = 'unreachable'
    store.start()
    await settled()
    store.retry()
    await settled()
    assert.deepEqual([store.state, store.errorCode], ['CONNECTING', undefined])
    world.failure = undefined
    store.retry()
    await settled()
    assert.equal(store.state, 'CONNECTED')
    store.retry()
    assert.deepEqual(namesOf(world.events), [
      'key store connection failed',
      'key store connection failed',
      'key store connected',
    ])
    assert.equal(world.asked.length, 3)
  })

  test('that is not to be connected is left alone when the service starts', () => {
    const { store } = startStore()
    store.start()
    store.retry()
    assert.equal(store.state, 'DISCONNECTED')
  })

  test('is not connected by an attempt that was given up', async () => {
    const { store, world } = startStore()
    store.follow(connected)
    store.follow(record)
    store.follow(connected)
    store.follow(record)
    await settled()
    assert.equal(store.state, 'DISCONNECTED')
    assert.equal(world.open, 0)
    assert.deepEqual(world.events, [])
  })

  test('gets another backend with other settings, and the same with another name', async () => {
    const { store, world } = startStore()
    store.follow(connected)
    await settled()
    store.follow({ ...connected, name: 'renamed' })
    assert.equal(world.asked.length, 1)
    const token = { ...settings.token, clusterId: 'cluster-abcdefghij3' }
    const elsewhere = { ...settings, isConnected: true, token }
    store.follow(keyStoreRecord(elsewhere, 'the password', hierarchy))
    assert.equal(store.state, 'CONNECTED')
    await settled()
    assert.equal(world.open, 1)
  })

  test('stays connected while it is unhealthy, and says so once', async () => {
    const { store, world } = startStore()
    await store.checkHealth()
    assert.deepEqual(world.asked, [])
    store.follow(connected)
    await settled()
    world.failure = 'unhealthy'
    await store.checkHealth()
    await store.checkHealth()
    assert.equal(store.state, 'CONNECTED')
    world.failure = undefined
    await store.checkHealth()
    assert.deepEqual(namesOf(world.events), [
      'key store connected',
      'key store unhealthy',
      'key store healthy',
    ])
    assert.equal(world.asked.at(-1), 'KmsHealthCheck')
  })

  test('does work while it is connected, and says why it could not', async () => {
    const { store, world } = startStore()
    const use = () => store.use('asUse', async (backend) => backend.random?.(4))
    await assert.rejects(use(), { code: 'KMSInvalidStateException' })
    assert.throws(() => store.requireConnected('asNewKey'), {
      code: 'CustomKeyStoreInvalidStateException',
    })
    store.follow(connected)
    await settled()
    assert.equal((await use())?.length, 4)
    world.failure = 'tokenFailed'
    await assert.rejects(use(), { code: 'KMSInvalidStateException', message: /did not do/ })
    assert.equal(world.events.at(-1)?.name, 'key store request failed')
    world.failure = 'unexpected'
    await assert.rejects(use(), TypeError)
    assert.equal(store.state, 'CONNECTED')
  })

  test('has no word for the operator where the caller alone is to blame', async () => {
    const { store, world } = startStore()
    store.follow(connected)
    await settled()
    world.failure = 'tokenCiphertextRefused'
    await assert.rejects(
      store.use('asUse', async (backend) => backend.random?.(4)),
      { code: 'InvalidCiphertextException', message: '' },
    )
    assert.deepEqual(namesOf(world.events), ['key store connected'])
  })

  test('destroys a key as well as it can', async () => {
    const { store, world } = startStore()
    await store.destroyKey('k')
    store.follow(connected)
    await store.destroyKey('k')
    assert.deepEqual(namesOf(world.events), ['key store connected'])
    world.failure = 'tokenFailed'
    await store.destroyKey('k')
    assert.equal(world.events.at(-1)?.name, 'key store request failed')
  })

  test('lets go of everything when it is closed', async () => {
    const { store, world } = startStore()
    store.follow(connected)
    await store.close()
    assert.deepEqual([store.state, world.open], ['DISCONNECTED', 0])
  })
})

describe('the record of a custom key store', () => {
  test('has an id that no other text looks like', () => {
    assert.match(record.id, /^cks-[0-9a-f]{17}$/)
    assert(isKeyStoreId(record.id))
    for (const text of ['', 'cks-', `${record.id}0`, record.id.toUpperCase(), `x/${record.id}`])
      assert(!isKeyStoreId(text), text)
  })

  test('gives its secret in its own place alone', () => {
    const secret = unwrapKeyStoreSecret(record, hierarchy)
    assert.equal(Buffer.from(secret.expose()).toString(), 'the password')
    assert(!JSON.stringify(record).includes('password'))
    for (const moved of [
      { ...record, id: newKeyStoreId(systemRandom) },
      { ...record, account: '444455556666' },
      { ...record, region: 'eu-west-1' },
    ])
      assert.throws(() => unwrapKeyStoreSecret(moved, hierarchy), /does not open/)
  })
})
