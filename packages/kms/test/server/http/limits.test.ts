import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { RawResponse } from '../../../src/server/http/answers.ts'
import type { AdmittedRequest } from '../../../src/server/http/listener.ts'
import { assertAwsError, echo, listen, open, post } from './wire.ts'

/** Requests wait in here until the test lets them go. */
const held = () => {
  const waiting: (() => void)[] = []
  const arrived: (() => void)[] = []
  return {
    onRequest: (request: AdmittedRequest): Promise<RawResponse> => {
      arrived.shift()?.()
      return new Promise((resolve) => waiting.push(() => resolve(echo(request))))
    },
    arrival: (): Promise<void> => new Promise((resolve) => arrived.push(resolve)),
    letGo: (): void => waiting.shift()?.(),
  }
}

const quick = { headersTimeoutMs: 40, requestTimeoutMs: 80, checkIntervalMs: 10, lingerMs: 50 }

test('point 8: a client that never ends its headers is timed out', async () => {
  await using server = await listen({ limits: quick })
  const client = await open(server.port)
  const answer = await client.send('POST / HTTP/1.1\r\nHost: a\r\nX-Slow: ').answer()
  assert.equal(answer.status, 408)
  assertAwsError(answer)
  assert.equal(await client.ended(), '')
  assert.deepEqual(server.refused, ['time-out'])
})

test('point 8: a client that never ends its body is timed out, dripping bytes or not', async () => {
  await using server = await listen({ limits: quick })
  const client = await open(server.port)
  client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n{')
  const drip = setInterval(() => client.send(' '), 5)
  const answer = await client.answer()
  clearInterval(drip)
  assert.equal(answer.status, 408)
  assertAwsError(answer)
  await client.ended()
  assert.deepEqual(server.requests, [])
})

test('point 8: a connection that sends nothing at all is closed', async () => {
  await using server = await listen({ limits: quick })
  const client = await open(server.port)
  assertAwsError(await client.answer())
  await client.ended()
  while (server.listener.connections() > 0) await setImmediate()
})

test('an idle connection is closed after its time', async () => {
  await using server = await listen({ limits: { keepAliveTimeoutMs: 20 } })
  const client = await open(server.port)
  await client.send(post('{}')).answer()
  assert.equal(await client.ended(), '')
  assert.deepEqual(server.refused, [])
})

test('connections beyond the limit are refused politely, and the others go on', async () => {
  await using server = await listen({ limits: { connectionsMax: 1, lingerMs: 20 } })
  const first = await open(server.port)
  await first.send(post('{}')).answer()
  const second = await open(server.port)
  const answer = await second.answer()
  assert.equal(answer.status, 503)
  assertAwsError(answer, 'ServiceUnavailableException')
  await second.ended()
  assert.equal((await first.send(post('again')).answer()).body, 'again')
  assert.deepEqual(server.refused, ['connections'])
})

test('bodies held over all connections are bounded, and room is given back', async () => {
  const hold = held()
  await using server = await listen({ limits: { bodyBytesHeldMax: 10 }, onRequest: hold.onRequest })
  const first = await open(server.port)
  const arrival = hold.arrival()
  first.send(post('12345678'))
  await arrival
  const second = await open(server.port)
  const refused = await second.send(post('12345678')).answer()
  assert.equal(refused.status, 503)
  assertAwsError(refused, 'ServiceUnavailableException')
  hold.letGo()
  await first.answer()
  const third = await open(server.port)
  const served = hold.arrival()
  third.send(post('12345678'))
  await served
  hold.letGo()
  assert.equal((await third.answer()).body, '12345678')
})

test('a client that goes away gives its room back', async () => {
  await using server = await listen({ limits: { bodyBytesHeldMax: 10 } })
  const gone = await open(server.port)
  gone.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n12345678')
  gone.socket.destroy()
  await once(gone.socket, 'close')
  for (;;) {
    const client = await open(server.port)
    const answer = await client.send(post('12345678')).answer()
    if (answer.status === 200) break
  }
})

test('answers to pipelined requests keep their order, and a refusal comes last', async () => {
  const hold = held()
  await using server = await listen({ onRequest: hold.onRequest, limits: { lingerMs: 20 } })
  const client = await open(server.port)
  const both = Promise.all([hold.arrival(), hold.arrival()])
  client.send(`${post('one')}${post('two')}GARBAGE\r\n\r\n`)
  await both
  hold.letGo()
  assert.equal((await client.answer()).body, 'one')
  hold.letGo()
  assert.equal((await client.answer()).body, 'two')
  const refused = await client.answer()
  assert.equal(refused.status, 400)
  assertAwsError(refused)
  assert.equal(refused.headers.get('Connection'), 'close')
  assert.equal(await client.ended(), '')
})

test('a connection cannot queue requests without bound', async () => {
  const hold = held()
  await using server = await listen({
    onRequest: hold.onRequest,
    limits: { pipelinedMax: 2, lingerMs: 20 },
  })
  const client = await open(server.port)
  const both = Promise.all([hold.arrival(), hold.arrival()])
  client.send(post('{}').repeat(50))
  await both
  hold.letGo()
  hold.letGo()
  await client.answer()
  await client.answer()
  const refused = await client.answer()
  assert.equal(refused.status, 503)
  assertAwsError(refused)
  await client.ended()
  assert.equal(server.requests.length, 2)
  assert.deepEqual(server.refused, ['pipelining'])
})

test('a client that does not read its answers is not read from, until it does', async () => {
  const body = new Uint8Array(1024 * 1024).fill(0x61)
  const onRequest = (): RawResponse => ({ status: 200, headers: [], body })
  await using server = await listen({ onRequest, limits: { pipelinedMax: 100 } })
  const client = await open(server.port)
  client.socket.pause()
  const wanted = 40
  for (let sent = 0; sent < wanted; sent += 1) {
    client.send(post('{}'))
    await setImmediate()
  }
  // Another client has been served since, so the server has done what it would do.
  const other = await open(server.port)
  await other.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n').answer()
  assert(server.requests.length < wanted)
  client.socket.resume()
  for (let read = 0; read < wanted; read += 1)
    assert.equal((await client.answer()).body.length, body.length)
})

test('a client that waits for 100 gets it if its request is acceptable, and only then', async () => {
  await using server = await listen({ limits: { lingerMs: 20 } })
  const client = await open(server.port)
  const head = (length: number) =>
    `POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: ${length}\r\n\r\n`
  assert.equal((await client.send(head(7)).answer()).status, 100)
  assert.equal((await client.send('{"a":1}').answer()).body, '{"a":1}')
  const refused = await client.send(head(2_000_000)).answer()
  assert.equal(refused.status, 413)
  assertAwsError(refused, 'RequestEntityTooLargeException')
  assert.equal(refused.headers.get('Connection'), 'close')
  assert.equal(await client.ended(), '')
})

test('a 100 comes after the answers that are due before it', async () => {
  const page = 'GET /none HTTP/1.1\r\nHost: a\r\n\r\n'
  const head = 'POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n'
  await using server = await listen({
    onRequest: async (request) => {
      await setImmediate()
      return echo(request)
    },
  })
  for (const [before, status] of [
    [page, 404],
    [post('[]'), 200],
  ] as const) {
    const client = await open(server.port)
    client.send(before + head)
    assert.equal((await client.answer()).status, status)
    assert.equal((await client.answer()).status, 100)
    assert.equal((await client.send('{}').answer()).body, '{}')
    assert.equal(await client.rest(), '')
  }
})

test('nobody gets a 100 that did not ask for it', async () => {
  await using server = await listen()
  const client = await open(server.port)
  assert.equal((await client.send(post('a'.repeat(500_000))).answer()).status, 200)
})

test('a client that sends too large a body at once still reads the refusal', async () => {
  await using server = await listen()
  const client = await open(server.port)
  client.send(post('a'.repeat(3_000_000)))
  const answer = await client.answer()
  assert.equal(answer.status, 413)
  assertAwsError(answer, 'RequestEntityTooLargeException')
  await client.ended()
})

test('draining answers what is under way, announces the end, and takes nobody new', async () => {
  const hold = held()
  await using server = await listen({ onRequest: hold.onRequest })
  const busy = await open(server.port)
  const arrival = hold.arrival()
  busy.send(post('{"a":1}'))
  await arrival
  const silent = await open(server.port)
  const closed = server.listener.close(60_000)
  await assert.rejects(open(server.port), { code: 'ECONNREFUSED' })
  await silent.ended()
  hold.letGo()
  const answer = await busy.answer()
  assert.equal(answer.body, '{"a":1}')
  assert.equal(answer.headers.get('Connection'), 'close')
  await busy.ended()
  await closed
  assert.equal(server.listener.connections(), 0)
})

test('draining closes idle connections at once', async () => {
  await using server = await listen()
  const client = await open(server.port)
  await client.send(post('{}')).answer()
  const closed = server.listener.close(60_000)
  await client.ended()
  await closed
})

test('draining hangs up on who is left when the time is over', async () => {
  const hold = held()
  await using server = await listen({ onRequest: hold.onRequest })
  const client = await open(server.port)
  const arrival = hold.arrival()
  client.send(post('{}'))
  await arrival
  await server.listener.close(10)
  assert.equal(await client.ended(), '')
  // The handler ends after its client: nothing to answer, nothing to break.
  hold.letGo()
})

test('a port that is taken rejects', async () => {
  await using server = await listen()
  const { createListener } = await import('../../../src/server/http/listener.ts')
  const { defaultHttpLimits } = await import('../../../src/server/http/limits.ts')
  await assert.rejects(
    createListener({
      host: '127.0.0.1',
      port: server.port,
      limits: defaultHttpLimits,
      clock: { nowMs: () => 0 },
      onRequest: echo,
      onGet: () => undefined,
      onRefused: () => undefined,
      newRequestId: () => '',
    }),
    { code: 'EADDRINUSE' },
  )
})

test('a client whose next head always comes with the body before it is never too slow', async () => {
  await using server = await listen({ limits: quick })
  const client = await open(server.port)
  const head = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n'
  const startMs = performance.now()
  client.send(head)
  while (performance.now() - startMs < 4 * quick.requestTimeoutMs)
    assert.equal((await client.send(`{}${head}`).answer()).status, 200)
  assert.deepEqual(server.refused, [])
})

test('a client that resets his connection while the listener closes keeps nothing from ending', async () => {
  const hold = held()
  const server = await listen({ onRequest: hold.onRequest })
  const [leaving, staying] = await Promise.all([open(server.port), open(server.port)])
  for (const client of [leaving, staying]) {
    const arrival = hold.arrival()
    client.send(post('{}'))
    await arrival
  }
  const closed = server.listener.close(60_000)
  leaving.socket.resetAndDestroy()
  while (server.listener.connections() > 1) await setImmediate()
  hold.letGo()
  hold.letGo()
  assert.equal((await staying.answer()).status, 200)
  await closed
})
