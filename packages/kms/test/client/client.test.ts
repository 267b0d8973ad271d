import assert from 'node:assert/strict'
import test from 'node:test'
import { createClient, type ClientConfig, type KmsClient } from '../../src/client/client.ts'
import { ServiceError, TransportError } from '../../src/client/errors.ts'
import { startFakeService, type FakeService, type Table } from '../cli/fake-service.ts'

type Fixture = { service: FakeService; client: KmsClient; waitsMs: number[] }

const withClient = async (
  table: Table,
  use: (fixture: Fixture) => Promise<void>,
  config: Partial<ClientConfig> = {},
): Promise<void> => {
  const service = await startFakeService(table)
  const waitsMs: number[] = []
  const client = createClient({
    endpoint: service.endpoint,
    region: 'us-east-1',
    credentials: () => Promise.resolve({ accessKeyId: 'AKID', secretAccessKey: 's' }),
    world: {
      nowMs: () => 0,
      random: () => 0.5,
      sleep: (ms) => {
        waitsMs.push(ms)
        return Promise.resolve()
      },
    },
    ...config,
  })
  try {
    await use({ service, client, waitsMs })
  } finally {
    client.close()
    await service.close()
  }
}

const ill = { status: 500, body: { __type: 'KMSInternalException', message: 'x' } }

test('an answer is resolved to as it is on the wire, an empty one to an empty object', () =>
  withClient({ Encrypt: { body: { KeyId: 'k' } }, EnableKey: {} }, async ({ client }) => {
    assert.deepEqual(await client.call('Encrypt', {}), { KeyId: 'k' })
    assert.deepEqual(await client.call('EnableKey', {}), {})
  }))

test('requests are signed at the time of the clock', () =>
  withClient({ EnableKey: {} }, async ({ client, service }) => {
    await client.call('EnableKey', {})
    assert.equal(service.requests[0]?.headers['x-amz-date'], '19700101T000000Z')
  }))

test('a fault is thrown with its code, text and status', () =>
  withClient(
    { Encrypt: { status: 400, body: { __type: 'com.amazonaws#NotFoundException', message: 'm' } } },
    async ({ client, waitsMs }) => {
      await assert.rejects(client.call('Encrypt', {}), (error) => {
        assert.ok(error instanceof ServiceError)
        assert.deepEqual(
          [error.code, error.message, error.status, error.retries],
          ['NotFoundException', 'm', 400, 0],
        )
        return true
      })
      assert.deepEqual(waitsMs, [])
    },
  ))

test('a server fault is tried three times, the waits doubling', () =>
  withClient({ Encrypt: ill }, async ({ client, service, waitsMs }) => {
    await assert.rejects(client.call('Encrypt', {}), { code: 'KMSInternalException', retries: 2 })
    assert.equal(service.requests.length, 3)
    assert.deepEqual(waitsMs, [500, 1000])
  }))

test('throttling and a dropped connection are tried again, and the answer is what counts', () =>
  withClient(
    {
      Encrypt: (_body: unknown, count: number) => {
        if (count === 1) return { status: 400, body: { __type: 'ThrottlingException' } }
        return count === 2 ? { drop: true } : { body: { KeyId: 'k' } }
      },
    },
    async ({ client, service }) => {
      assert.deepEqual(await client.call('Encrypt', {}), { KeyId: 'k' })
      assert.equal(service.requests.length, 3)
    },
  ))

test('a quota that is used up is not tried again', () =>
  withClient(
    { CreateKey: { status: 400, body: { __type: 'LimitExceededException' } } },
    async ({ client, service }) => {
      await assert.rejects(client.call('CreateKey', {}), { code: 'LimitExceededException' })
      assert.equal(service.requests.length, 1)
    },
  ))

test('attemptsMax bounds the attempts', () =>
  withClient(
    { Encrypt: ill },
    async ({ client, service }) => {
      await assert.rejects(client.call('Encrypt', {}), { retries: 0 })
      assert.equal(service.requests.length, 1)
    },
    { attemptsMax: 1 },
  ))

test('no answer in time is a read time-out', () =>
  withClient({}, async ({ client, service }) => {
    const silent = createSilentServer()
    const endpoint = await silent.endpoint
    const waiting = createClient({
      endpoint,
      region: 'us-east-1',
      credentials: () => Promise.resolve({ accessKeyId: 'AKID', secretAccessKey: 's' }),
      readTimeoutMs: 20,
      attemptsMax: 1,
    })
    await assert.rejects(waiting.call('Encrypt', {}), (error) => {
      assert.ok(error instanceof TransportError)
      assert.equal(error.failure, 'readTimeout')
      assert.equal(error.endpoint, endpoint)
      return true
    })
    waiting.close()
    silent.close()
    client.close()
    assert.equal(service.requests.length, 0)
  }))

test('what is not JSON is a fault of its status', () =>
  withClient({ Encrypt: { status: 503, body: 'busy' } }, async ({ client }) => {
    await assert.rejects(client.call('Encrypt', {}), { code: '503', status: 503 })
  }))

test('an endpoint is http or https', () => {
  const credentials = () => Promise.resolve({ accessKeyId: 'AKID', secretAccessKey: 's' })
  assert.throws(
    () => createClient({ endpoint: 'ftp://x/', region: 'us-east-1', credentials }),
    TypeError,
  )
})

/** Takes connections and says nothing. */
const createSilentServer = (): { endpoint: Promise<string>; close(): void } => {
  const server = process.getBuiltinModule('node:net').createServer((socket) => {
    socket.on('error', () => {})
  })
  return {
    endpoint: new Promise((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address()
        const port = typeof address === 'object' && address !== null ? address.port : 0
        resolve(`http://127.0.0.1:${port}/`)
      })
    }),
    close: () => {
      server.close()
    },
  }
}
