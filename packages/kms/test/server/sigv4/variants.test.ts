import assert from 'node:assert/strict'
import { after, describe, it, test } from 'node:test'
import { auditLines } from '../files.ts'
import { bodyBytes, signedHeaders, startTestService } from '../harness.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())

type Headers = Readonly<Record<string, string>>

const bytes = bodyBytes({})

/** What a client may say of its body, in S3's ways of signing and in none; with it, it is signed. */
const payloads = [
  undefined,
  'UNSIGNED-PAYLOAD',
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
  'STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD',
  'STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER',
  'STREAMING-AWS4-HMAC-SHA256-EVENTS',
  'required',
  '',
] as const

const signed = (payload: string | undefined): Headers =>
  signedHeaders(
    { ...service, operation: 'ListKeys', bytes },
    payload === undefined ? {} : { headers: { 'X-Amz-Content-Sha256': payload } },
  )

const withAuthorization = (headers: Headers, change: (value: string) => string): Headers => ({
  ...headers,
  Authorization: change(headers['Authorization'] ?? ''),
})

/** Ways to come without a signature that is right. */
const forgeries: Readonly<Record<string, (headers: Headers) => Headers>> = {
  'a signature of zeros': (headers) =>
    withAuthorization(headers, (value) => value.replace(/[0-9a-f]{64}$/, '0'.repeat(64))),
  'a signature of nothing': (headers) =>
    withAuthorization(headers, (value) => value.replace(/[0-9a-f]{64}$/, '')),
  'no signature': (headers) =>
    withAuthorization(headers, (value) => value.replace(/, Signature=.*$/, '')),
  'no header': (headers) =>
    Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'Authorization')),
  'an empty header': (headers) => withAuthorization(headers, () => ''),
  'the access key of nobody': (headers) =>
    withAuthorization(headers, (value) =>
      value.replace(/AKIA[A-Z2-7]{16}/, 'AKIANOBODY2222222222'),
    ),
  ...Object.fromEntries(
    [
      'AWS4-ECDSA-P256-SHA256',
      'AWS4-HMAC-SHA256-PAYLOAD',
      'AWS4-HMAC-SHA1',
      'AWS4-HMAC-SHA512',
      'AWS3-HTTPS',
      'AWS',
      'Bearer',
      'None',
    ].map((algorithm) => [
      `the algorithm ${algorithm}`,
      (headers: Headers) =>
        withAuthorization(headers, (value) => value.replace('AWS4-HMAC-SHA256', algorithm)),
    ]),
  ),
}

describe('a call without a right signature', () => {
  for (const [name, forge] of Object.entries(forgeries))
    it(`is refused whatever it says of its body: ${name}`, async () => {
      const before = auditLines(service.directory).length
      for (const payload of payloads) {
        const reply = await service.send('POST', '/', forge(signed(payload)), bytes)
        assert(reply.status >= 400 && reply.status < 500, `${payload}: ${reply.text}`)
        assert.match(reply.type ?? '', /Signature|AuthenticationToken|UnrecognizedClient/)
      }
      assert.equal(auditLines(service.directory).length, before)
    })

  it('differs from one that is served by the forgery alone', async () => {
    assert.equal((await service.send('POST', '/', signed(undefined), bytes)).status, 200)
  })
})

test('however often others sign wrongly in its name, an access key is not locked out', async () => {
  const credentials = { ...service.credentials, secretAccessKey: 'another secret' }
  const answers = new Set<string>()
  for (let times = 0; times < 200; times += 1)
    answers.add((await service.call('ListKeys', {}, { credentials })).text)
  assert.equal(answers.size, 1)
  assert.match([...answers].join(), /InvalidSignatureException/)
  assert.equal((await service.call('ListKeys', {})).status, 200)
})
