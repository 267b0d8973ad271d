import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { RefusedReason } from '../../../src/server/http/answers.ts'
import { assertAwsError, listen, open, post } from './wire.ts'

type Row = { readonly bytes: string; readonly status: number; readonly reason: RefusedReason }

const head = (...lines: readonly string[]): string => [...lines, '', ''].join('\r\n')
const start = 'POST / HTTP/1.1'
const host = 'Host: a'

const rows: Readonly<Record<string, Row>> = {
  'no HTTP': { bytes: 'hello\r\n\r\n', status: 400, reason: 'malformed' },
  'a TLS greeting': { bytes: '\x16\x03\x01\x02\x00\x01', status: 400, reason: 'malformed' },
  'the preface of HTTP/2': {
    bytes: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    status: 400,
    reason: 'malformed',
  },
  'an unknown method': { bytes: head('FOO / HTTP/1.1', host), status: 400, reason: 'malformed' },
  'a bare line feed': { bytes: 'POST / HTTP/1.1\nHost: a\n\n', status: 400, reason: 'malformed' },
  'a bare carriage return': {
    bytes: head(start, host, 'X-A: 1\r2', 'Content-Length: 2'),
    status: 400,
    reason: 'malformed',
  },
  'a bare carriage return before the end': {
    bytes: `${head(start, host, 'Content-Length: 2', 'X-A: 1\r')}{}`,
    status: 400,
    reason: 'malformed',
  },
  'a bare line feed before the end': {
    bytes: `${head(start, host, 'Content-Length: 2', 'X-A: 1\n')}{}`,
    status: 400,
    reason: 'malformed',
  },
  'a folded header': {
    bytes: head(start, host, 'X-A: 1', '  2', 'Content-Length: 2'),
    status: 400,
    reason: 'malformed',
  },
  'a space before the colon': { bytes: head(start, 'Host : a'), status: 400, reason: 'malformed' },
  'a control character': {
    bytes: head(start, host, 'X-A: \x01'),
    status: 400,
    reason: 'malformed',
  },
  'a NUL in a name': { bytes: head(start, host, 'X-\x00A: 1'), status: 400, reason: 'malformed' },
  'a byte above ASCII': {
    bytes: head(start, host, 'X-A: \xe9', 'Content-Length: 2'),
    status: 400,
    reason: 'header',
  },
  'a repeated header': {
    bytes: head(start, host, 'x-amz-target: a', 'X-Amz-Target: b', 'Content-Length: 2'),
    status: 400,
    reason: 'header',
  },
  'two hosts': {
    bytes: head(start, host, host, 'Content-Length: 2'),
    status: 400,
    reason: 'header',
  },
  chunks: {
    bytes: `${head(start, host, 'Transfer-Encoding: chunked')}2\r\n{}\r\n0\r\n\r\n`,
    status: 400,
    reason: 'header',
  },
  'chunks and a length': {
    bytes: head(start, host, 'Content-Length: 4', 'Transfer-Encoding: chunked'),
    status: 400,
    reason: 'malformed',
  },
  'a coding that is not chunked': {
    bytes: head(start, host, 'Transfer-Encoding: identity'),
    status: 400,
    reason: 'header',
  },
  'a coded body': {
    bytes: head(start, host, 'Content-Encoding: gzip', 'Content-Length: 2'),
    status: 400,
    reason: 'header',
  },
  'two lengths': {
    bytes: head(start, host, 'Content-Length: 2', 'Content-Length: 3'),
    status: 400,
    reason: 'malformed',
  },
  'two equal lengths': {
    bytes: head(start, host, 'Content-Length: 2', 'Content-Length: 2'),
    status: 400,
    reason: 'malformed',
  },
  'a list of lengths': {
    bytes: head(start, host, 'Content-Length: 2, 2'),
    status: 400,
    reason: 'malformed',
  },
  'a signed length': {
    bytes: head(start, host, 'Content-Length: +2'),
    status: 400,
    reason: 'malformed',
  },
  'a length in hex': {
    bytes: head(start, host, 'Content-Length: 0x2'),
    status: 400,
    reason: 'malformed',
  },
  'a length beyond all numbers': {
    bytes: head(start, host, `Content-Length: ${'9'.repeat(30)}`),
    status: 400,
    reason: 'malformed',
  },
  'no length': { bytes: head(start, host), status: 411, reason: 'length' },
  'an empty body': { bytes: post(''), status: 400, reason: 'empty-body' },
  'a body beyond the limit': {
    bytes: head(start, host, 'Content-Length: 1048577'),
    status: 413,
    reason: 'body-size',
  },
  'no host': { bytes: head(start, 'Content-Length: 2'), status: 400, reason: 'host' },
  'an empty host': {
    bytes: head(start, 'Host:', 'Content-Length: 2'),
    status: 400,
    reason: 'host',
  },
  'HTTP/1.0': {
    bytes: head('POST / HTTP/1.0', host, 'Content-Length: 2'),
    status: 505,
    reason: 'version',
  },
  'HTTP/0.9': { bytes: head('POST / HTTP/0.9'), status: 505, reason: 'version' },
  'another method': {
    bytes: head('PUT / HTTP/1.1', host, 'Content-Length: 2'),
    status: 404,
    reason: 'method-or-target',
  },
  'OPTIONS of the server': {
    bytes: head('OPTIONS * HTTP/1.1', host),
    status: 404,
    reason: 'method-or-target',
  },
  'a tunnel': {
    bytes: head('CONNECT b:443 HTTP/1.1', host),
    status: 404,
    reason: 'method-or-target',
  },
  'an absolute target': {
    bytes: head('POST http://a/ HTTP/1.1', host, 'Content-Length: 2'),
    status: 404,
    reason: 'method-or-target',
  },
  'another path': {
    bytes: head('POST /pre/ HTTP/1.1', host, 'Content-Length: 2'),
    status: 404,
    reason: 'method-or-target',
  },
  'a query': {
    bytes: head('POST /?X-Amz-Signature=0 HTTP/1.1', host, 'Content-Length: 2'),
    status: 404,
    reason: 'method-or-target',
  },
  'a page by an absolute target': {
    bytes: head('GET http://a/healthz HTTP/1.1', host),
    status: 404,
    reason: 'method-or-target',
  },
  'a page with a body': {
    bytes: head('GET / HTTP/1.1', host, 'Content-Length: 2'),
    status: 400,
    reason: 'length',
  },
  'another expectation': {
    bytes: head(start, host, 'Expect: 200-ok', 'Content-Length: 2'),
    status: 417,
    reason: 'expect',
  },
  'an expectation among others': {
    bytes: head(start, host, 'Expect: 100-continue, more', 'Content-Length: 2'),
    status: 417,
    reason: 'expect',
  },
  'too long a target': {
    bytes: head(`POST /${'a'.repeat(17_000)} HTTP/1.1`, host),
    status: 431,
    reason: 'header-size',
  },
  'too long a header': {
    bytes: head(start, host, `X-A: ${'a'.repeat(17_000)}`),
    status: 431,
    reason: 'header-size',
  },
  'too many headers': {
    bytes: head(start, host, ...Array.from({ length: 3000 }, (_, at) => `X-${at}: 1`)),
    status: 431,
    reason: 'header-size',
  },
}

for (const [name, row] of Object.entries(rows)) {
  test(`${name}: refused with an AWS error and a closed connection`, async () => {
    await using server = await listen()
    const client = await open(server.port)
    const answer = await client.send(row.bytes).answer()
    assert.equal(answer.status, row.status)
    assertAwsError(answer)
    assert.equal(answer.headers.get('Connection'), 'close')
    assert.equal(await client.ended(), '')
    assert.deepEqual(server.requests, [])
    assert.deepEqual(server.refused, [row.reason])
  })
}

test('a request that was cut off is refused, and never handled', async () => {
  for (const bytes of ['POST / HT', head(start, host).slice(0, -2), post('{"a":1}').slice(0, -1)]) {
    await using server = await listen()
    const client = await open(server.port)
    client.send(bytes).socket.end()
    assertAwsError(await client.answer())
    assert.deepEqual(server.requests, [])
    assert.deepEqual(server.refused, ['malformed'])
  }
})

test('a head may come in any pieces, of which each is read by itself', async () => {
  await using server = await listen()
  const client = await open(server.port)
  const other = await open(server.port)
  for (const piece of head(start, host, 'X-A: 1', 'Content-Length: 2').split(/(?<=[\r\n:])/)) {
    client.send(piece)
    // By the time that somebody else is answered, it has been read.
    await other.send(head('GET / HTTP/1.1', host)).answer()
  }
  assert.equal((await client.send('{}').answer()).body, '{}')
  assert.deepEqual(server.refused, [])
})

test('what follows a refused request on its connection is never read as another', async () => {
  await using server = await listen()
  const client = await open(server.port)
  client.send(
    `${head(start, host, 'Transfer-Encoding: chunked')}0\r\n\r\n${post('{"smuggled":1}')}`,
  )
  assert.equal((await client.answer()).status, 400)
  assert.equal(await client.ended(), '')
  assert.deepEqual(server.requests, [])
})

test('of very many short headers none is dropped unseen', async () => {
  await using server = await listen()
  const client = await open(server.port)
  const letters = 'abcdefghijklmnopqrstuvwxyz0123456789!#$%&*^_|~'.split('')
  const names = letters.flatMap((one) => letters.map((other) => one + other)).slice(0, 2100)
  const many = names.map((name) => `${name}:`)
  assert.equal((await client.send(post('{}', ...many)).answer()).status, 200)
  assert.equal(server.requests[0]?.headers.names.raw.length, names.length + 2)
  assertAwsError(await client.send(post('{}', ...many, `${names[0]}:`)).answer())
  assert.equal(server.requests.length, 1)
})

test('a body of the very limit is read, and headers of nearly theirs', async () => {
  await using server = await listen()
  const client = await open(server.port)
  const body = 'a'.repeat(1024 * 1024)
  const answer = await client.send(post(body, `X-A: ${'a'.repeat(16_000)}`)).answer()
  assert.equal(answer.body.length, body.length)
})

test('whatever bytes come, answers are AWS errors or what the handler said', async () => {
  await using server = await listen()
  const part = fc.oneof(
    fc.constantFrom(
      post('{}'),
      'POST / HTTP/1.1\r\n',
      'GET / HTTP/1.1\r\n',
      'Host: a\r\n',
      'Content-Length: 2\r\n',
      'Transfer-Encoding: chunked\r\n',
      'Expect: 100-continue\r\n',
      'Connection: Upgrade\r\nUpgrade: websocket\r\n',
      '\r\n',
      '0\r\n\r\n',
      '{}',
    ),
    fc.string({ maxLength: 8 }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 8 }), async (parts) => {
      const client = await open(server.port)
      client.send(parts.join('')).socket.end()
      for (;;) {
        let answer
        try {
          answer = await client.answer()
        } catch (error) {
          // No answer is owed to no request.
          assert.match(String(error), /no whole answer, but ''/)
          break
        }
        if (answer.status === 100) continue
        if (answer.status === 200) assert.equal(answer.body.length, 2)
        else assertAwsError(answer)
      }
    }),
    { numRuns: 300 },
  )
})
