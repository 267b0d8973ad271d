import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { KmsError } from '../../../src/api/errors.ts'
import { canonicalHeaderValue } from '../../../src/api/sigv4-canonical.ts'
import {
  pairsOf,
  plainHeaders,
  plainSigned,
  raw,
  session,
  signed,
  signedFreely,
  verifierOf,
  verify,
} from './signed.ts'

const verifier = verifierOf()
const printable = fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code))

test('whatever our client signs, our verifier takes', () => {
  const value = fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/)
  fc.assert(
    fc.property(fc.string(), value, fc.boolean(), (body, agent, isSession) => {
      const headers = { 'X-Amz-User-Agent': agent, 'amz-sdk-request': agent }
      verify(signed({ body, headers, ...(isSession ? { credentials: session } : {}) }), verifier)
    }),
  )
})

test('any changed character of a signed header or of Authorization fails', () => {
  const request = signed({ credentials: session })
  const pairs = pairsOf(request)
  fc.assert(
    fc.property(fc.nat(pairs.length - 1), fc.nat(), printable, (which, place, character) => {
      const [name, value] = pairs[which]!
      const at = place % value.length
      const changed = value.slice(0, at) + character + value.slice(at + 1)
      // White space around a value and its amount inside are not signed (nor is white space read).
      fc.pre(canonicalHeaderValue(changed) !== canonicalHeaderValue(value))
      const mutated = pairs.map((pair, index) =>
        index === which ? ([name, changed] as const) : pair,
      )
      assert.throws(() => verify(raw(mutated, request.body), verifier), KmsError)
    }),
    { numRuns: 2000 },
  )
})

test('any flipped bit of the body fails', () => {
  const request = signed()
  fc.assert(
    fc.property(fc.nat(request.body.length - 1), fc.nat(7), (at, bit) => {
      const body = request.body.slice()
      body[at]! ^= 1 << bit
      assert.throws(() => verify({ ...request, body }, verifier), KmsError)
    }),
  )
})

test('a request that lost any header on its way fails', () => {
  const request = signed()
  const pairs = pairsOf(request)
  for (const [dropped] of pairs) {
    const rest = pairs.filter(([name]) => name !== dropped)
    assert.throws(() => verify(raw(rest, request.body), verifier), KmsError, dropped)
  }
})

test('the order and the case of header names do not matter', () => {
  const request = signed()
  const names = fc.shuffledSubarray(pairsOf(request), { minLength: pairsOf(request).length })
  fc.assert(
    fc.property(names, fc.boolean(), (pairs, isUpper) => {
      const recased = pairs.map(
        ([name, value]) => [isUpper ? name.toUpperCase() : name.toLowerCase(), value] as const,
      )
      verify(raw(recased, request.body), verifier)
    }),
  )
})

test('white space around a value, and its amount inside, is no part of what is signed', () => {
  const headers = [...plainHeaders, ['X-Amz-User-Agent', 'a b c'] as const]
  const request = signedFreely({ headers, sign: [...plainSigned, 'x-amz-user-agent'] })
  for (const value of ['  a b c', 'a   b c ', 'a\tb  c']) {
    const pairs = pairsOf(request).map(([name, given]): [string, string] =>
      name === 'X-Amz-User-Agent' ? [name, value] : [name, given],
    )
    verify(raw(pairs, request.body), verifier)
  }
})

test('whatever comes as headers, the verifier answers a caller or an AWS error', () => {
  const name = fc.constantFrom(
    'Host',
    'X-Amz-Date',
    'Authorization',
    'X-Amz-Target',
    'A',
    '__proto__',
  )
  const part = fc.constantFrom(
    'AWS4-HMAC-SHA256',
    ' ',
    'Credential=',
    'SignedHeaders=',
    'Signature=',
    ', ',
    ';',
    '/',
    'host',
    '20181116T101000Z',
  )
  const value = fc.array(fc.oneof(part, fc.string({ maxLength: 4 }))).map((parts) => parts.join(''))
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value)), fc.uint8Array({ maxLength: 8 }), (pairs, body) => {
      assert.throws(() => verify(raw(pairs, body), verifier), KmsError)
    }),
    { numRuns: 1000 },
  )
})
