import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { connect } from 'node:tls'
import { systemRandom } from '../../../src/server/system.ts'
import { selfSignedTls, type TlsFiles } from '../../../src/server/tls.ts'
import { assertAwsError, echo, listen, open, post, RawClient } from './wire.ts'

let directory: string
let tls: TlsFiles
let ca: string

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'keyhold-tls-'))
  tls = await selfSignedTls(directory, '127.0.0.1', { nowMs: () => Date.now() }, systemRandom())
  ca = await readFile(tls.caFile ?? '', 'utf8')
})
after(() => rm(directory, { recursive: true }))

const openTls = async (port: number, more: object = {}): Promise<RawClient> => {
  const socket = connect({ port, host: '127.0.0.1', ca, ...more })
  const client = new RawClient(socket)
  await once(socket, 'secureConnect')
  return client
}

test('a request over TLS says what protects it', async () => {
  await using server = await listen({ tls })
  const client = await openTls(server.port)
  assert.equal((await client.send(post('{}')).answer()).status, 200)
  assert.equal(server.requests[0]?.tls?.version, 'TLSv1.3')
  assert.match(server.requests[0]?.tls?.cipher ?? '', /^TLS_AES_/)
  await client.rest()
})

test('what is refused over TLS is refused over TLS', async () => {
  await using server = await listen({ tls, limits: { connectionsMax: 1, lingerMs: 20 } })
  const first = await openTls(server.port)
  await first.send(post('{}')).answer()
  assertAwsError(await (await openTls(server.port)).answer(), 'ServiceUnavailableException')
  const answer = await first.send('GARBAGE\r\n\r\n').answer()
  assert.equal(answer.status, 400)
  assertAwsError(answer)
})

test('a handshake that fails, or is too old, ends the connection and nothing else', async () => {
  await using server = await listen({ tls })
  const plain = await open(server.port)
  await plain.send(post('{}')).ended()
  await assert.rejects(openTls(server.port, { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' }))
  while (server.refused.length < 2) await setImmediate()
  assert.deepEqual(server.refused, ['tls', 'tls'])
  assert.equal((await (await openTls(server.port)).send(post('{}')).answer()).status, 200)
})

test('draining does not wait for a handshake that never comes', async () => {
  await using server = await listen({ tls })
  const silent = await open(server.port)
  const idle = await openTls(server.port)
  await idle.send(post('{}')).answer()
  const closed = server.listener.close(60_000)
  await silent.ended()
  await idle.ended()
  await closed
})

test('who ends his side of TLS first still gets his answer', async () => {
  await using server = await listen({
    tls,
    onRequest: async (request) => {
      // Nobody else's answer comes before the server has seen this client's end.
      if (request.body.length === 2) {
        await (await openTls(server.port)).send(post('other')).answer()
      }
      return echo(request)
    },
  })
  const client = await openTls(server.port, { allowHalfOpen: true })
  client.send(post('{}')).socket.end()
  assert.equal((await client.answer()).body, '{}')
  assert.equal(await client.ended(), '')
})

test('a handshake that ends on one side only does not outlast its time', async () => {
  await using server = await listen({ tls, limits: { headersTimeoutMs: 30 } })
  const client = await open(server.port)
  client.socket.end()
  assert.equal(await client.ended(), '')
})
