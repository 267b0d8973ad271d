import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readHeaders } from '../../../src/server/sigv4/request.ts'
import {
  alice,
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

const headersOf = (request = signed()) => readHeaders(request)

test('what the headers alone say is known before the body is there, and needs no second reading', () => {
  const verifier = verifierOf()
  for (const request of [signed(), signed({ credentials: session })]) {
    const headers = headersOf(request)
    const head = verifier.checkHead(headers)
    assert.equal(head.date, '20181116T101000Z')
    assert.equal(head.scope.region, region)
    assert.match(
      head.headerLines,
      /^content-type:application\/x-amz-json-1.1\nhost:127.0.0.1:8080\n/,
    )
    assert.deepEqual(verifier.verify(request, headers, head), verifier.verify(request, headers))
  }
})

test('what is wrong with the headers is told before the body is there, in the same words', () => {
  for (const request of [
    withHeader(signed(), 'authorization', () => undefined),
    withHeader(signed(), 'x-amz-date', () => undefined),
    withHeader(signed(), 'x-amz-date', () => '20181116T090000Z'),
    signedFreely({ headers: plainHeaders, sign: ['host'] }),
    signed({ service: 's3' }),
    signed({ credentials: { ...alice, accessKeyId: 'AKIASTRANGER' } }),
  ]) {
    const refusalOf = (work: () => unknown): Error => {
      try {
        work()
      } catch (error) {
        return error as Error
      }
      return assert.fail('it was not refused')
    }
    assert.deepEqual(
      refusalOf(() => verifierOf().checkHead(headersOf(request))),
      refusalOf(() => verify(request)),
    )
  }
})

test('the body and the signature are not known with the headers, so only the whole is refused', () => {
  const request = signed()
  const other = raw(
    plainHeaders.map(([name, value]) => [name, value]),
    new Uint8Array(),
  )
  const forged = signedFreely({ headers: plainHeaders, sign: plainSigned, bodyHash: 'another' })
  for (const each of [{ ...request, body: other.body }, forged]) {
    const verifier = verifierOf()
    const headers = headersOf(each)
    const head = verifier.checkHead(headers)
    refuses(() => verifier.verify(each, headers, head), 'InvalidSignatureException')
  }
})
