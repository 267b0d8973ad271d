import assert from 'node:assert/strict'
import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { mock, test } from 'node:test'
import {
  authorizationOf,
  canonicalHeaders,
  canonicalHeaderValue,
  canonicalPath,
  canonicalQuery,
  signingKey,
} from '../../src/api/sigv4-canonical.ts'

test('a header value is signed without white space around it, each run inside as one space', () => {
  for (const [given, canonical] of [
    ['', ''],
    ['a', 'a'],
    ['a b c', 'a b c'],
    [' a', 'a'],
    ['a ', 'a'],
    ['a  b', 'a b'],
    ['  a  b  ', 'a b'],
    ['a\tb', 'a b'],
    ['a\nb', 'a b'],
    ['a \t\r\n b', 'a b'],
    ['\ta', 'a'],
    ['a\t', 'a'],
    ['   ', ''],
  ] as const)
    assert.equal(canonicalHeaderValue(given), canonical, JSON.stringify(given))
})

test('headers are signed in lower case, sorted, with the values of a repeated name joined', () => {
  assert.deepEqual(
    canonicalHeaders([
      ['X-B', ' second  value'],
      ['Host', 'example.com'],
      ['x-b', 'third'],
      ['X-A', 'first'],
    ]),
    {
      headerLines: 'host:example.com\nx-a:first\nx-b:second value,third\n',
      signedHeaders: 'host;x-a;x-b',
    },
  )
})

test('a path is encoded once more segment by segment, every sign but the unreserved ones', () => {
  for (const [path, encoded] of [
    ['', '/'],
    ['/', '/'],
    ['/a/b', '/a/b'],
    ["/-._~/!'()*", '/-._~/%21%27%28%29%2A'],
    ['/a b/%20/ü', '/a%20b/%2520/%C3%BC'],
    ['/a/./../b//', '/a/./../b//'],
  ] as const)
    assert.equal(canonicalPath(path, false), encoded, path)
})

test('a path that is normalised first has neither dot segments nor empty ones', () => {
  for (const [path, normalised] of [
    ['', '/'],
    ['/', '/'],
    ['//', '/'],
    ['/.', '/'],
    ['/..', '/'],
    ['/a', '/a'],
    ['/a/', '/a/'],
    ['/a//b', '/a/b'],
    ['/a/./b', '/a/b'],
    ['/a/.', '/a/'],
    ['/a/b/..', '/a/'],
    ['/a/../b', '/b'],
    ['/a/..', '/'],
    ['/../../a', '/a'],
    ['/a.b/..c', '/a.b/..c'],
    ["/(a)/'", '/%28a%29/%27'],
  ] as const)
    assert.equal(canonicalPath(path, true), normalised, path)
})

test('a query is signed decoded and encoded anew, sorted by name and then by value', () => {
  for (const [query, canonical] of [
    ['', ''],
    ['a', 'a='],
    ['a=', 'a='],
    ['=a', '=a'],
    ['a=b=c', 'a=b%3Dc'],
    ['b=1&a=2', 'a=2&b=1'],
    ['a=2&a=1&a=3', 'a=1&a=2&a=3'],
    ['a=1&a=1', 'a=1&a=1'],
    ['b=1&a=2&c=0', 'a=2&b=1&c=0'],
    ['A=1&a=1&B=1', 'A=1&B=1&a=1'],
    ['a=%7e%41%2f', 'a=~A%2F'],
    ["a='(*)!", 'a=%27%28%2A%29%21'],
    ['ü=ü', '%C3%BC=%C3%BC'],
    // What is no encoding stands for itself.
    ['a=%&b=%zz', 'a=%25&b=%25zz'],
    ['a=%E4', 'a=%25E4'],
  ] as const)
    assert.equal(canonicalQuery(query), canonical, query)
})

const secret = new TextEncoder().encode('wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY')

test('the signing key is the one of the example in AWS’s guide', () => {
  // AWS General Reference, "Examples of how to derive a signing key for Signature Version 4".
  assert.equal(
    Buffer.from(signingKey(secret, '20120215', 'us-east-1', 'iam')).toString('hex'),
    'f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d',
  )
  assert.equal(Buffer.from(secret).toString(), 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY')
})

test('of the keys on the way to a signing key nothing is left in memory', () => {
  const started = mock.method(crypto, 'createHmac')
  const ended = mock.method(crypto.Hmac.prototype, 'digest')
  syncBuiltinESMExports()
  try {
    signingKey(secret, '20120215', 'us-east-1', 'iam')
    const keys = started.mock.calls.map((call) => call.arguments[1])
    const results = ended.mock.calls.map((call) => call.result)
    assert.equal(results.length, 4)
    for (const bytes of [...keys, ...results])
      assert((bytes as Uint8Array).every((byte) => byte === 0))
  } finally {
    mock.restoreAll()
    syncBuiltinESMExports()
  }
})

const requestTo = (url: string) => ({
  method: 'GET',
  url: new URL(url),
  headers: {
    'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8',
    Host: 'iam.amazonaws.com',
    'X-Amz-Date': '20150830T123600Z',
  },
  body: new Uint8Array(),
  date: '20150830T123600Z',
  accessKeyId: 'AKIDEXAMPLE',
  region: 'us-east-1',
  service: 'iam',
  key: signingKey(secret, '20150830', 'us-east-1', 'iam'),
})

test('a request is signed as the example in AWS’s guide is', () => {
  // AWS General Reference, "Signature Version 4 signing process", the request ListUsers.
  assert.equal(
    authorizationOf(requestTo('https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08')),
    'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, ' +
      'SignedHeaders=content-type;host;x-amz-date, ' +
      'Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
  )
})

test('a path is signed normalised', () => {
  const [plain, other] = ['https://iam.amazonaws.com/a/b', 'https://iam.amazonaws.com//a///b']
  assert.equal(authorizationOf(requestTo(other)), authorizationOf(requestTo(plain)))
})
