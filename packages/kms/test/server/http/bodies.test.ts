import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import fc from 'fast-check'
import { KmsError } from '../../../src/api/errors.ts'
import { errorAnswer } from '../../../src/server/http/answers.ts'
import { Body } from '../../../src/server/http/body.ts'
import { BodyBudget } from '../../../src/server/http/body-budget.ts'
import { assertAwsError, echo, listen, open, post } from './wire.ts'

const limits = {
  bodyBytesHeldMax: 100,
  smallBodyBytesMax: 10,
  largeBytesHeldMax: 60,
  largeBytesPerAddressMax: 40,
}

test('a body that comes in any pieces is put together, and holds no more than its length', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 9000 }), { minLength: 1, maxLength: 8 }),
      (pieces) => {
        const expected = Buffer.concat(pieces)
        let heldBytes = 0
        const hold = (bytes: number): boolean => {
          heldBytes += bytes
          return true
        }
        const body = new Body(expected.length, { hold })
        let comeBytes = 0
        for (const piece of pieces) {
          assert.ok(body.add(piece))
          comeBytes += piece.length
          assert.equal(body.missingBytes, expected.length - comeBytes)
          assert.ok(heldBytes <= Math.max(4096, 2 * comeBytes), 'memory for what has not come')
        }
        assert.deepEqual(Buffer.from(body.whole()), expected)
        assert.equal(heldBytes, expected.length)
      },
    ),
  )
})

test('a mebibyte that comes byte by byte takes a few allocations, not one for each', () => {
  let holds = 0
  const hold = (): boolean => {
    holds += 1
    return true
  }
  const body = new Body(1_048_576, { hold })
  for (let at = 0; at < 1_048_576; at += 1) body.add(new Uint8Array([at & 0xff]))
  assert.equal(holds, 9)
  assert.equal(body.whole().length, 1_048_576)
})

test('a body that may not have its memory is given up', () => {
  for (const piece of [new Uint8Array(5000), new Uint8Array(1)]) {
    assert.equal(new Body(5000, { hold: () => false }).add(piece), false)
  }
})

test('large bodies have a share of the memory, and an address a share of that', () => {
  const budget = new BodyBudget(limits)
  assert.ok(!budget.isLarge(10))
  assert.ok(budget.isLarge(11))
  assert.ok(budget.take(40, true, 'a'))
  assert.ok(!budget.take(1, true, 'a'), 'above the share of the address')
  assert.ok(budget.take(20, true, 'b'))
  assert.ok(!budget.take(1, true, 'b'), 'above the share of large bodies')
  assert.ok(budget.take(40, false, 'a'), 'small ones have the rest')
  assert.ok(!budget.take(1, false, 'b'))
  budget.giveBack(40, true, 'a')
  assert.ok(budget.take(40, true, 'a'))
  budget.giveBack(40, true, 'a')
  budget.giveBack(20, true, 'b')
  budget.giveBack(40, false, 'a')
  assert.equal(budget.heldBytes, 0)
})

test('small requests are served while large bodies are stalled', async () => {
  await using server = await listen({ limits })
  const stalled = await open(server.port)
  stalled.send(post('a'.repeat(40)).slice(0, -1))
  const second = await open(server.port)
  let answer
  do {
    // Until the first body has been read, the second one fits.
    answer = await (await open(server.port)).send(post('b'.repeat(40))).answer()
  } while (answer.status === 200)
  assert.equal(answer.status, 503)
  assertAwsError(answer, 'ServiceUnavailableException')
  assert.equal((await second.send(post('{"a":1}')).answer()).body, '{"a":1}')
  assert.equal((await stalled.send('a').answer()).body, 'a'.repeat(40))
  // Its memory is free again.
  assert.equal((await second.send(post('c'.repeat(40))).answer()).body, 'c'.repeat(40))
})

test('the body of a refused head is never read, nor asked for', async () => {
  const addresses: string[] = []
  await using server = await listen({
    limits: { ...limits, lingerMs: 20 },
    mayRead: (headers, address) => {
      addresses.push(address)
      const error = new KmsError('UnrecognizedClientException', headers.get('host') ?? '')
      return { refused: errorAnswer(error) }
    },
  })
  for (const lines of [[], ['Expect: 100-continue']]) {
    const client = await open(server.port)
    const answer = await client.send(post('a'.repeat(40), ...lines).slice(0, -1)).answer()
    assert.equal(answer.status, 400)
    assertAwsError(answer, 'UnrecognizedClientException')
    assert.equal(answer.headers.get('Connection'), 'close')
    assert.equal(await client.ended(), '')
  }
  assert.deepEqual(addresses, ['127.0.0.1', '127.0.0.1'])
  assert.deepEqual(server.refused, ['signature', 'signature'])
  assert.deepEqual(server.requests, [])
})

test('a fault in deciding on a head is an internal error, and the next client is served', async () => {
  await using server = await listen({
    limits: { lingerMs: 20 },
    mayRead: () => {
      throw new Error('secret detail')
    },
    onGet: () => ({ status: 200, headers: [], body: new Uint8Array() }),
  })
  const answer = await (await open(server.port)).send(post('{}')).answer()
  assertAwsError(answer, 'KMSInternalException')
  assert.doesNotMatch(answer.body, /secret detail/)
  const next = await open(server.port)
  assert.equal((await next.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n').answer()).status, 200)
})

test('a client that ends its side after its requests gets all their answers', async () => {
  const waiting: (() => void)[] = []
  await using server = await listen({
    onRequest: async (request) => {
      await new Promise<void>((resolve) => waiting.push(resolve))
      return echo(request)
    },
  })
  const client = await open(server.port)
  client.send(`${post('one')}${post('two')}`).socket.end()
  await once(client.socket, 'finish')
  while (waiting.length < 2) await new Promise<void>((resolve) => setImmediate(resolve))
  // Once somebody else has been served, the server has seen the end of this client too.
  const other = await open(server.port)
  await other.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n').answer()
  other.socket.destroy()
  for (const resolve of waiting) resolve()
  assert.equal((await client.answer()).body, 'one')
  assert.equal((await client.answer()).body, 'two')
  assert.equal(await client.ended(), '')
  while (server.listener.connections() > 0) {
    await new Promise<void>((resolve) => setImmediate(resolve))
  }
  assert.deepEqual(server.refused, [])
})

test('a connection that is ended on one side only does not outlast its time', async () => {
  await using server = await listen({
    limits: { inactivityTimeoutMs: 30 },
    onRequest: () => new Promise(() => undefined),
  })
  const client = await open(server.port)
  client.send(post('{}')).socket.end()
  assert.equal(await client.ended(), '')
  assert.equal(server.requests.length, 1)
})

test('a whole request is answered before the refusal of what follows it in the same packet', async () => {
  const followers = [
    'GARBAGE \x01\r\n\r\n',
    'XX\r\n',
    `POST / HTTP/1.1\r\nx: ${'a'.repeat(20_000)}`,
  ]
  for (const follower of followers) {
    await using server = await listen({ limits: { lingerMs: 20 } })
    const client = await open(server.port)
    client.send(post('{"a":1}') + follower)
    assert.equal((await client.answer()).body, '{"a":1}', follower)
    const refused = await client.answer()
    assert.ok(refused.status === 400 || refused.status === 431)
    assertAwsError(refused)
    assert.equal(await client.ended(), '')
  }
})
