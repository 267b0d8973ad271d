import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readHeaders } from '../../../src/server/sigv4/request.ts'
import {
  alice,
  credentialOf,
  pairsOf,
  plainHeaders,
  plainSigned,
  raw,
  refuses,
  region,
  session,
  signed,
  signedFreely,
  verifierOf,
  verify,
  withHeader,
} from './signed.ts'

const mismatch =
  'The request signature we calculated does not match the signature you provided. Check your AWS ' +
  'Secret Access Key and signing method. Consult the service documentation for details.'
const unrecognised = 'The security token included in the request is invalid.'

test('a request of our own client is its caller', () => {
  const caller = verify(signed())
  assert.equal(caller.accessKeyId, alice.accessKeyId)
  assert.equal(caller.region, region)
  assert.equal(caller.service, 'kms')
  assert.equal(caller.credential.accessKeyId, alice.accessKeyId)
})

test('point 1: no header may come twice, whatever its case', () => {
  for (const name of [
    'Authorization',
    'host',
    'X-AMZ-DATE',
    'x-amz-target',
    'X-Amz-Security-Token',
    'X-Amz-Content-Sha256',
    'Content-Length',
    'Content-Type',
    'X-Forwarded-For',
  ]) {
    const rawHeaders = [name, '1', 'Accept', '*/*', name.toLowerCase(), '1']
    refuses(
      () => readHeaders({ rawHeaders }),
      'ValidationException',
      /must not occur more than once/,
    )
  }
})

test('point 1: codings, non-ASCII bytes and names that are no tokens are refused', () => {
  for (const [name, value, text] of [
    ['Transfer-Encoding', 'chunked', "Header 'transfer-encoding' is not supported."],
    ['transfer-encoding', 'identity', "Header 'transfer-encoding' is not supported."],
    ['Content-Encoding', 'aws-chunked', "Header 'content-encoding' is not supported."],
    ['X-Note', 'caf\u00e9', "The value of header 'x-note' must be printable ASCII."],
    ['X-Note', 'a\u0000b', "The value of header 'x-note' must be printable ASCII."],
    ['X-Note', 'a\nb', "The value of header 'x-note' must be printable ASCII."],
    ['X Note', 'a', 'A header has a name that is not allowed in HTTP.'],
    ['', 'a', 'A header has a name that is not allowed in HTTP.'],
    ['X-N\u00f6te', 'a', 'A header has a name that is not allowed in HTTP.'],
  ] as const) {
    refuses(() => readHeaders({ rawHeaders: [name, value] }), 'ValidationException', text)
  }
})

test('point 2: content-type may stay unsigned, nothing else that the rule names', () => {
  const headers = [...plainHeaders, ['X-Amz-User-Agent', 'a/1'] as const]
  const sign = [...plainSigned, 'x-amz-user-agent']
  verify(signedFreely({ headers, sign: sign.filter((name) => name !== 'content-type') }))
  for (const name of ['x-amz-date', 'x-amz-target', 'x-amz-user-agent']) {
    refuses(
      () => verify(signedFreely({ headers, sign: sign.filter((other) => other !== name) })),
      'InvalidSignatureException',
      `'${name}' must be a 'SignedHeader' in the AWS Authorization.`,
    )
  }
  refuses(
    () => verify(signedFreely({ headers, sign: sign.filter((name) => name !== 'host') })),
    'InvalidSignatureException',
    "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
  )
})

test('point 2: an x-amz header that is added on the way is refused, x-amzn-trace-id is not', () => {
  const added = (name: string) => raw([...pairsOf(signed()), [name, 'x']], signed().body)
  verify(added('X-Amzn-Trace-Id'))
  verify(added('X-Forwarded-For'))
  for (const name of ['X-Amz-Security-Token', 'x-amz-anything', 'x-amz-']) {
    refuses(
      () => verify(added(name)),
      'InvalidSignatureException',
      `'${name.toLowerCase()}' must be a 'SignedHeader' in the AWS Authorization.`,
    )
  }
  // The header that has to be signed is named, not one that came before it and may stay unsigned.
  const request = signed()
  const pairs = [['Accept', '*/*'], ...pairsOf(request), ['X-Amz-Anything', 'x']] as const
  refuses(
    () => verify(raw(pairs, request.body)),
    'InvalidSignatureException',
    "'x-amz-anything' must be a 'SignedHeader' in the AWS Authorization.",
  )
})

test('point 2: any header that came may be signed, also one whose name sorts before all letters', () => {
  const headers = [...plainHeaders, ['0-First', 'a'] as const, ['!', 'b'] as const]
  verify(signedFreely({ headers, sign: [...plainSigned, '0-first', '!'] }))
})

test('point 2: the list of signed headers is sorted, lower case, unique, and of headers that came', () => {
  const sign = [...plainSigned]
  for (const [signedHeaders, text] of [
    ['content-type;host;x-amz-target;x-amz-date', /sorted/],
    ['Content-Type;host;x-amz-date;x-amz-target', /lower case/],
    ['content-type;host;host;x-amz-date;x-amz-target', /duplicates/],
    ['accept;content-type;host;x-amz-date;x-amz-target', /'accept' is named as a SignedHeader/],
    ['content-type;host;x-amz-date;x-amz-target;', /'' is named/],
    ['', /'' is named/],
    ['content-type; host; x-amz-date; x-amz-target', /' host' is named/],
    ['a'.repeat(70), /^'a{64}' is named as a SignedHeader/],
  ] as const) {
    const request = signedFreely({ headers: plainHeaders, sign, signedHeaders })
    refuses(() => verify(request), 'IncompleteSignatureException', text)
  }
})

test('point 3: only POST / without a query is signed for', () => {
  for (const change of [
    { target: '' },
    { target: '/?' },
    { target: '/?Action=Encrypt' },
    { target: '//' },
    { target: '/%2F' },
    { target: '/./' },
    { target: 'http://127.0.0.1:8080/' },
    { target: '*' },
    { target: '/keys?X-Amz-Signature=0' },
    { target: '?X-Amz-Signature=0' },
    { method: 'GET' },
    { method: 'post' },
  ]) {
    refuses(() => verify({ ...signed(), ...change }), 'UnknownOperationException')
  }
})

test('point 3: a signature in the query string is refused', () => {
  const target = `/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=${'0'.repeat(64)}`
  refuses(() => verify({ ...signed(), target }), 'IncompleteSignatureException', /query string/)
})

test('point 3: the body received is hashed, whatever x-amz-content-sha256 says', () => {
  const bodyHash = (value: string, body?: string) =>
    signedFreely({
      headers: [...plainHeaders, ['X-Amz-Content-Sha256', value]],
      sign: [...plainSigned, 'x-amz-content-sha256'],
      // The signature is right by the rules of whoever honours the value.
      bodyHash: value,
      ...(body === undefined ? {} : { body }),
    })
  const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
  verify(bodyHash(empty, ''))
  for (const value of [
    'UNSIGNED-PAYLOAD',
    'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
    'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
    'STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD',
    'STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER',
    'STREAMING-AWS4-HMAC-SHA256-EVENTS',
    'required',
    '',
    empty,
  ]) {
    refuses(() => verify(bodyHash(value)), 'InvalidSignatureException', /x-amz-content-sha256/)
  }
  refuses(() => verify(bodyHash(empty.toUpperCase(), '')), 'InvalidSignatureException')
})

test('point 4: the scope has the right day, Region, service and end, and all faults are told', () => {
  const scoped = (scope: string) =>
    signedFreely({ headers: plainHeaders, sign: plainSigned, scope })
  const wrongDay = (day: string) =>
    'Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: ' +
    `'${day}' != '20181116', from '20181116T101000Z'.`
  for (const [scope, text] of [
    [`20181116/mars-1/kms/aws4_request`, 'Credential should be scoped to a valid region.'],
    [
      `20181116/${region}/s3/aws4_request`,
      "Credential should be scoped to correct service: 'kms'.",
    ],
    [
      `20181116/${region}/kms/aws4_requests`,
      "Credential should be scoped with a valid terminator: 'aws4_request'.",
    ],
    [`20181115/${region}/kms/aws4_request`, wrongDay('20181115')],
    [`/${region}/kms/aws4_request`, wrongDay('')],
    [`2018111/${region}/kms/aws4_request`, wrongDay('2018111')],
    [
      `20181115/mars-1/s3/end`,
      'Credential should be scoped to a valid region. ' +
        "Credential should be scoped to correct service: 'kms'. " +
        "Credential should be scoped with a valid terminator: 'aws4_request'. " +
        wrongDay('20181115'),
    ],
  ] as const) {
    refuses(() => verify(scoped(scope)), 'InvalidSignatureException', text)
  }
  for (const scope of ['20181116', `20181116/${region}/kms/aws4_request/more`]) {
    refuses(
      () => verify(scoped(scope)),
      'IncompleteSignatureException',
      'Credential must have exactly 5 slash-delimited elements, e.g. ' +
        `keyid/date/region/service/term, got '${alice.accessKeyId}/${scope}'`,
    )
  }
})

test('point 4: of a scope that is too long, a refusal repeats only the beginning', () => {
  const scoped = (scope: string) => () =>
    verify(signedFreely({ headers: plainHeaders, sign: plainSigned, scope }))
  const long = '2'.repeat(300)
  refuses(
    scoped(long),
    'IncompleteSignatureException',
    'Credential must have exactly 5 slash-delimited elements, e.g. ' +
      `keyid/date/region/service/term, got '${`${alice.accessKeyId}/${long}`.slice(0, 256)}'`,
  )
  refuses(
    scoped(`${long}/${region}/kms/aws4_request`),
    'InvalidSignatureException',
    'Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: ' +
      `'${long.slice(0, 64)}' != '20181116', from '20181116T101000Z'.`,
  )
})

test('point 5: a signature is 64 digits of lower-case hex and no other spelling of them', () => {
  const respelt = (change: (hex: string) => string) =>
    withHeader(signed(), 'authorization', (value) => {
      const at = value.indexOf('Signature=') + 'Signature='.length
      return value.slice(0, at) + change(value.slice(at))
    })
  for (const change of [
    (hex: string) => hex.toUpperCase(),
    (hex: string) => hex.slice(1),
    (hex: string) => `${hex}00`,
    (hex: string) => `${hex} `,
    (hex: string) => `0x${hex.slice(2)}`,
    (hex: string) => `${hex},`,
    () => '',
    () => '0'.repeat(64),
  ]) {
    refuses(() => verify(respelt(change)), 'InvalidSignatureException', mismatch)
  }
})

test('point 5: an unknown access key is told apart by its code only after the whole check', () => {
  const stranger = { ...alice, accessKeyId: 'AKIASTRANGER' }
  const verifier = verifierOf()
  for (let times = 0; times < 2; times += 1) {
    refuses(
      () => verify(signed({ credentials: stranger }), verifier),
      'UnrecognizedClientException',
      unrecognised,
    )
  }
  // What is wrong with the request itself comes first, as for a known key.
  refuses(
    () => verify(signed({ credentials: stranger, region: 'mars-1' }), verifier),
    'InvalidSignatureException',
  )
})

test('point 6: a session token belongs to its access key', () => {
  verify(signed({ credentials: session }))
  const withoutToken = {
    accessKeyId: session.accessKeyId,
    secretAccessKey: session.secretAccessKey,
  }
  for (const credentials of [
    withoutToken,
    { ...withoutToken, sessionToken: 'foreign' },
    { ...withoutToken, sessionToken: session.sessionToken!.slice(0, -1) },
    { ...alice, sessionToken: session.sessionToken! },
  ]) {
    refuses(() => verify(signed({ credentials })), 'UnrecognizedClientException', unrecognised)
  }
})

test('point 7: equal requests within a second are all served', () => {
  const verifier = verifierOf()
  const request = signed()
  for (let times = 0; times < 3; times += 1) verify(request, verifier)
})

test('point 9: what is verified is what came, host and target as sent', () => {
  refuses(
    () => verify(withHeader(signed(), 'host', () => '127.0.0.1')),
    'InvalidSignatureException',
    mismatch,
  )
  refuses(
    () => verify(withHeader(signed(), 'x-amz-target', () => 'TrentService.Decrypt')),
    'InvalidSignatureException',
    mismatch,
  )
  refuses(
    () => verify({ ...signed(), body: new TextEncoder().encode('{}') }),
    'InvalidSignatureException',
    mismatch,
  )
})

test('point 10: a secret that is replaced or withdrawn is out of use at once', () => {
  const table = new Map([[alice.accessKeyId, credentialOf(alice)]])
  const verifier = verifierOf(table)
  verify(signed(), verifier)
  table.set(alice.accessKeyId, credentialOf({ ...alice, secretAccessKey: 'a new one' }))
  refuses(() => verify(signed(), verifier), 'InvalidSignatureException', mismatch)
  verify(signed({ credentials: { ...alice, secretAccessKey: 'a new one' } }), verifier)
  table.delete(alice.accessKeyId)
  refuses(() => verify(signed(), verifier), 'UnrecognizedClientException', unrecognised)
  table.set(alice.accessKeyId, credentialOf(alice))
  verify(signed(), verifier)
  verifier.forget(alice.accessKeyId)
  verify(signed(), verifier)
})
