import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { parseAmzDate } from '../../../src/server/sigv4/time.ts'
import { nowMs, refuses, signed, verifierOf, verify, withHeader } from './signed.ts'

test('a signature is good for five minutes either way of the server clock', () => {
  const at = (offsetMs: number) => verify(signed({ atMs: nowMs + offsetMs }))
  at(-300_000)
  at(300_000)
  refuses(
    () => at(-600_000),
    'InvalidSignatureException',
    'Signature expired: 20181116T100000Z is now earlier than 20181116T100500Z ' +
      '(20181116T101000Z - 5 min.)',
  )
  refuses(() => at(-301_000), 'InvalidSignatureException', /^Signature expired: /)
  refuses(
    () => at(301_000),
    'InvalidSignatureException',
    'Signature not yet current: 20181116T101501Z is still later than 20181116T101500Z ' +
      '(20181116T101000Z + 5 min.)',
  )
})

test('the date is a moment in the one form', () => {
  for (const date of [
    '20180230T101000Z',
    '20181116T241000Z',
    '20181116T106000Z',
    '20181116T101060Z',
    '20181316T101000Z',
    '2018-11-16T10:10:00Z',
    '20181116T101000',
    '20181116T101000Z0',
    'Fri, 16 Nov 2018 10:10:00 GMT',
    '',
  ]) {
    refuses(
      () => verify(withHeader(signed(), 'x-amz-date', () => date)),
      'IncompleteSignatureException',
      `Date must be in ISO-8601 'basic format'. Got '${date}'. See http://en.wikipedia.org/wiki/ISO_8601`,
    )
  }
})

test('dates are compared in whole seconds, whatever the server clock says beyond them', () => {
  const verifier = verifierOf(undefined, () => nowMs + 999)
  const at = (offsetMs: number) => verify(signed({ atMs: nowMs + offsetMs }), verifier)
  at(-300_000)
  at(300_000)
  refuses(() => at(-301_000), 'InvalidSignatureException', /20181116T100459Z is now earlier than/)
  refuses(() => at(301_000), 'InvalidSignatureException', /is still later than 20181116T101500Z/)
})

test('a date is read to its last second, and none that is no moment', () => {
  equal(parseAmzDate('20181116T101000Z'), nowMs)
  equal(parseAmzDate('20240229T235959Z'), Date.UTC(2024, 1, 29, 23, 59, 59))
  equal(parseAmzDate('19991231T000000Z'), Date.UTC(1999, 11, 31))
  const none = [
    '20230229T000000Z',
    '20181116T240000Z',
    '20181116T236000Z',
    '20181116T235960Z',
    '20180016T000000Z',
    '20181100T000000Z',
    '00260101T000000Z',
    '120181116T101000Z',
    ' 20181116T101000Z',
    '20181116T101000Z ',
    '20181116t101000z',
  ]
  deepEqual(
    none.map(parseAmzDate),
    none.map(() => undefined),
  )
})

test('of a date that is too long, a refusal repeats only the beginning', () => {
  const date = '2'.repeat(70)
  refuses(
    () => verify(withHeader(signed(), 'x-amz-date', () => date)),
    'IncompleteSignatureException',
    `Date must be in ISO-8601 'basic format'. Got '${date.slice(0, 64)}'. ` +
      'See http://en.wikipedia.org/wiki/ISO_8601',
  )
})
