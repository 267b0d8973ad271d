import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KmsError } from '../../../src/api/errors.ts'
import type { SigningCredentials } from '../../../src/client/sign.ts'
import { readHeaders } from '../../../src/server/sigv4/request.ts'
import { bodyBytes, signedHeaders, startTestService, type TestService } from '../harness.ts'
import {
  alice,
  nowMs,
  pairsOf,
  raw,
  signed,
  verifierOf,
  type WholeRequest,
  withHeader,
} from '../sigv4/signed.ts'
import { open } from './wire.ts'

const stranger: SigningCredentials = { ...alice, accessKeyId: 'AKIASTRANGER' }
const minuteMs = 60_000

/** What can be told before the body is there. */
const rows: Readonly<Record<string, WholeRequest>> = {
  'no signature': withHeader(signed(), 'authorization', () => undefined),
  'another scheme': withHeader(signed(), 'authorization', () => 'Basic YTpi'),
  'half a header': withHeader(signed(), 'authorization', (value) => value.slice(0, 60)),
  'no date': withHeader(signed(), 'x-amz-date', () => undefined),
  'a date that is none': withHeader(signed(), 'x-amz-date', () => 'today'),
  'an old date': signed({ atMs: nowMs - 6 * minuteMs }),
  'a date to come': signed({ atMs: nowMs + 6 * minuteMs }),
  'another Region': signed({ region: 'mars-north-1' }),
  'another service': signed({ service: 's3' }),
  'a header that is not signed': raw([...pairsOf(signed()), ['X-Amz-Note', 'a']], signed().body),
  'an access key that does not exist': signed({ credentials: stranger }),
}

const faultOf = (work: () => unknown): KmsError => {
  try {
    work()
  } catch (error) {
    assert.ok(error instanceof KmsError, String(error))
    return error
  }
  assert.fail('accepted')
}

for (const [name, request] of Object.entries(rows)) {
  test(`${name}: the head alone is refused in the words that the whole request would be`, () => {
    const verifier = verifierOf()
    const headers = readHeaders(request)
    const early = faultOf(() => verifier.checkHead(headers))
    const late = faultOf(() => verifier.verify(request, headers))
    assert.deepEqual([early.code, early.message], [late.code, late.message])
  })
}

test('a head that is in order says nothing of the signature, which still has to be right', () => {
  const verifier = verifierOf()
  const forged = { ...signed(), body: new TextEncoder().encode('{"KeyId":"other"}') }
  const headers = readHeaders(forged)
  const head = verifier.checkHead(headers)
  const fault = faultOf(() => verifier.verify(forged, headers, head))
  assert.equal(fault.code, 'InvalidSignatureException')
  assert.equal(verifier.verify(signed(), headers, head).accessKeyId, alice.accessKeyId)
})

const wire = (headers: Readonly<Record<string, string>>, length: number): string =>
  [
    'POST / HTTP/1.1',
    ...Object.entries({ ...headers, 'Content-Length': String(length) }).map((pair) =>
      pair.join(': '),
    ),
    '',
    '',
  ].join('\r\n')

/** The head of a large call, signed as by `credentials`. */
const largeHead = (service: TestService, credentials: SigningCredentials): string => {
  const { endpoint, clock } = service
  const headers = signedHeaders(
    { operation: 'Encrypt', bytes: bodyBytes({}), endpoint, credentials, clock },
    { headers: { Host: new URL(endpoint).host } },
  )
  return wire(headers, 1_048_576)
}

test('strangers cannot hold memory, however many bodies they leave unfinished', async () => {
  await using service = await startTestService({
    limits: { bodyBytesHeldMax: 65_536, lingerMs: 20 },
  })
  const heads = {
    MissingAuthenticationTokenException: wire({ Host: 'a' }, 1_048_576),
    UnrecognizedClientException: largeHead(service, stranger),
  }
  for (const [code, head] of Object.entries(heads)) {
    for (let count = 0; count < 3; count += 1) {
      const client = await open(service.service.address.port)
      const answer = await client.send(head + 'a'.repeat(60_000)).answer()
      assert.equal(answer.headers.get('x-amzn-ErrorType'), code)
      assert.equal(answer.headers.get('Connection'), 'close')
    }
  }
  assert.equal((await service.call('ListKeys', { Marker: 'a'.repeat(300) })).status, 400)
  assert.equal((await service.call('ListKeys', {})).status, 200)
  const told = service.log.lines.filter(({ event }) => event === 'signature refused')
  assert.equal(told.length, 6)
  assert.deepEqual(told[0]?.fields, {
    code: 'MissingAuthenticationTokenException',
    address: '127.0.0.1',
  })
})

test('who only knows an access key id has the share of large bodies, and no more', async () => {
  await using service = await startTestService({
    limits: { largeBytesPerAddressMax: 100_000, lingerMs: 20 },
  })
  const head = largeHead(service, service.credentials)
  const clients = await Promise.all(
    Array.from({ length: 8 }, () => open(service.service.address.port)),
  )
  // Two at most find room; one of the others is refused as soon as the room is gone.
  for (const client of clients) client.send(head + 'a'.repeat(40_000))
  const first = await Promise.any(clients.map((client) => client.answer()))
  assert.equal(first.headers.get('x-amzn-ErrorType'), 'ServiceUnavailableException')
  assert.equal((await service.call('ListKeys', {})).status, 200)
  for (const client of clients) client.socket.destroy()
})
