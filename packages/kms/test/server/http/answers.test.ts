import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KmsError } from '../../../src/api/errors.ts'
import { errorAnswer, errorBody } from '../../../src/server/http/answers.ts'
import { assertAwsError, assertCommonHeaders, echo, listen, open, post } from './wire.ts'

test('an error names its type, and has a message only if AWS sends one', () => {
  assert.equal(
    errorBody(new KmsError('NotFoundException', 'Key "a" is gone')),
    '{"__type":"NotFoundException","message":"Key \\"a\\" is gone"}',
  )
  assert.equal(
    errorBody(new KmsError('InvalidCiphertextException')),
    '{"__type":"InvalidCiphertextException"}',
  )
  const answer = errorAnswer(new KmsError('KMSInternalException', 'x'))
  assert.equal(answer.status, 500)
  assert.deepEqual(answer.headers[1], ['x-amzn-ErrorType', 'KMSInternalException'])
})

test('a request comes as it was sent, and its answer carries what every client looks for', async () => {
  await using server = await listen()
  const client = await open(server.port)
  client.send(post('{"a":1}', 'X-AMZ-target:TrentService.Encrypt', 'Accept: */*'))
  const answer = await client.answer()
  assertCommonHeaders(answer)
  assert.equal(answer.status, 200)
  const [request] = server.requests
  assert.deepEqual(request?.headers.names.raw.slice(0, 3), ['Host', 'X-AMZ-target', 'Accept'])
  assert.equal(request?.headers.get('accept'), '*/*')
  assert.equal(request?.target, '/')
  assert.equal(request?.remoteAddress, '127.0.0.1')
  assert.equal(request?.tls, undefined)
  assert.equal(request?.headers.get('x-amz-target'), 'TrentService.Encrypt')
  assert.equal(answer.headers.get('x-amzn-RequestId'), request?.requestId)
  assert.equal(answer.headers.get('Connection'), 'keep-alive')
  client.send(post('second'))
  assert.equal((await client.answer()).body, 'second')
  assert.equal(await client.rest(), '')
})

test('an answer without a body has a length and no content type', async () => {
  await using server = await listen({
    onRequest: () => ({ status: 200, headers: [], body: new Uint8Array() }),
  })
  const client = await open(server.port)
  const answer = await client.send(post('{}')).answer()
  assert.equal(answer.headers.get('Content-Length'), '0')
  assert.equal(answer.headers.has('Content-Type'), false)
})

test('text and bytes of a body arrive as they are, with the length that they have', async () => {
  const text = '{"Name":"Schl\u00fcssel \u{1f511}"}'
  const latin1 = 'caf\u00e9'
  for (const body of [text, new TextEncoder().encode(text)]) {
    await using server = await listen({
      onRequest: () => ({ status: 200, headers: [['X-Note', latin1]], body }),
    })
    const client = await open(server.port)
    for (const lines of [[], ['Connection: close']]) {
      const answer = await client.send(post('{}', ...lines)).answer()
      assert.equal(answer.body, text)
      assert.equal(answer.headers.get('Content-Length'), '26')
      assert.equal(answer.headers.get('X-Note'), latin1)
    }
    assert.equal(await client.ended(), '')
  }
})

test('a client that asks for it gets its connection closed, and is told', async () => {
  await using server = await listen()
  const client = await open(server.port)
  const answer = await client.send(post('{}', 'Connection:close')).answer()
  assert.equal(answer.headers.get('Connection'), 'close')
  assert.equal(await client.ended(), '')
})

test('an upgrade to HTTP/2 is passed over', async () => {
  await using server = await listen()
  const client = await open(server.port)
  client.send(
    post('{"a":1}', 'Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMA'),
  )
  const answer = await client.answer()
  assert.equal(answer.status, 200)
  assert.equal(answer.body, '{"a":1}')
})

test('whatever a handler throws is one internal error, and the next request is served', async () => {
  const faults: (() => never | Promise<never>)[] = [
    () => {
      throw new Error('secret detail')
    },
    () => Promise.reject(new TypeError('secret detail')),
    () => Promise.reject('secret detail'),
    () => {
      throw undefined
    },
  ]
  let next = 0
  await using server = await listen({
    onRequest: (request) => (request.body.length === 2 ? faults[next++]!() : echo(request)),
  })
  const client = await open(server.port)
  for (const _ of faults) {
    const answer = await client.send(post('{}')).answer()
    assert.equal(answer.status, 500)
    assertAwsError(answer, 'KMSInternalException')
    assert.doesNotMatch(answer.body, /secret detail/)
  }
  assert.deepEqual(server.refused, ['failed', 'failed', 'failed', 'failed'])
  assert.equal((await client.send(post('fine')).answer()).body, 'fine')
})

test('an error that a handler throws for the caller is the answer', async () => {
  await using server = await listen({
    onRequest: () => {
      throw new KmsError('DisabledException', 'the key is disabled.')
    },
  })
  const answer = await (await open(server.port)).send(post('{}')).answer()
  assert.equal(answer.status, 400)
  assertAwsError(answer, 'DisabledException')
})

test('a handler whose headers cannot be sent has failed', async () => {
  await using server = await listen({
    onRequest: (request) => ({ ...echo(request), headers: [['X-Bad', 'a\r\nX-Injected: b']] }),
  })
  const answer = await (await open(server.port)).send(post('{}')).answer()
  assert.equal(answer.status, 500)
  assertAwsError(answer, 'KMSInternalException')
})

test('pages are served without their query, HEAD without a body, and nothing else at all', async () => {
  const paths: string[] = []
  await using server = await listen({
    onGet: (path) => {
      paths.push(path)
      if (path !== '/healthz') return undefined
      return { status: 200, headers: [['Content-Type', 'text/plain']], body: Buffer.from('ok') }
    },
  })
  const client = await open(server.port)
  const page = await client.send('GET /healthz?probe=1 HTTP/1.1\r\nHost: a\r\n\r\n').answer()
  assert.equal(page.body, 'ok')
  assertCommonHeaders(page)
  const head = await client.send('HEAD /healthz HTTP/1.1\r\nHost: a\r\n\r\n').answer(true)
  assert.equal(head.headers.get('Content-Length'), '2')
  const none = await client.send('GET /other HTTP/1.1\r\nHost: a\r\n\r\n').answer()
  assert.equal(none.status, 404)
  assertAwsError(none, 'UnknownOperationException')
  assert.deepEqual(paths, ['/healthz', '/healthz', '/other'])
  assert.deepEqual(server.requests, [])
})
