import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { concat, utf8 } from '../../src/bytes.ts'
import { encodeHeader, type MessageHeader } from '../../src/format/header.ts'
import { HeaderParser } from '../../src/format/header-parser.ts'
import { type Suite, suites } from '../../src/format/suites.ts'
import { EnvelopeError } from '../../src/errors.ts'
import { failsWith } from '../messages.ts'

const v1 = suites.ALG_AES_256_GCM_IV12_TAG16_HKDF_SHA256
const v2 = suites.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY
const dataKey = {
  providerId: 'p',
  providerInfo: Uint8Array.of(1, 2),
  ciphertext: Uint8Array.of(3),
}

const headerOf = (suite: Suite, others: Partial<MessageHeader> = {}): MessageHeader => ({
  version: suite.messageVersion,
  suite,
  messageId: new Uint8Array(suite.messageIdBytes).fill(9),
  context: new Map([['a', 'b']]),
  encryptedDataKeys: [dataKey],
  contentType: 'framed',
  frameLength: 4096,
  commitment: suite.commits ? new Uint8Array(32).fill(4) : undefined,
  ...others,
})

const tail = (suite: Suite): Uint8Array => new Uint8Array(suite.messageVersion === 1 ? 28 : 16)
const written = (header: MessageHeader): Uint8Array =>
  concat(encodeHeader(header), tail(header.suite))
const parse = (bytes: Uint8Array, maxEncryptedDataKeys?: number) => {
  const parser = new HeaderParser(maxEncryptedDataKeys)
  parser.push(bytes)
  return parser.parsed
}

describe('the header', () => {
  it('has the bytes of the format, version 1', () => {
    const expected =
      `01800178${'09'.repeat(16)}0008000100016100016200010001700002010200010302` +
      '000000000c00001000'
    assert.equal(Buffer.from(encodeHeader(headerOf(v1))).toString('hex'), expected)
  })

  it('has the bytes of the format, version 2', () => {
    const expected =
      `020478${'09'.repeat(32)}0008000100016100016200010001700002010200010302` +
      `00001000${'04'.repeat(32)}`
    assert.equal(Buffer.from(encodeHeader(headerOf(v2))).toString('hex'), expected)
  })

  it('comes back from chunks of any size, and leaves what is behind it', () => {
    const header = fc.constantFrom(v1, v2).map((suite) => headerOf(suite))
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 })
    fc.assert(
      fc.property(header, sizes, (given, cuts) => {
        const bytes = concat(written(given), utf8('body'))
        const parser = new HeaderParser()
        let at = 0
        for (let index = 0; parser.parsed === undefined; index++) {
          const size = cuts[index % cuts.length] ?? 1
          at += parser.push(bytes.subarray(at, at + size))
        }
        assert.equal(at, bytes.length - 4)
        assert.deepEqual(parser.parsed.header, given)
        assert.deepEqual(parser.parsed.bytes, written(given))
      }),
    )
  })

  it('throws nothing but this package’s errors, whatever the bytes', () => {
    const bytes = fc.tuple(fc.constantFrom('0180', '02'), fc.constantFrom('0178', '0478', '0578'))
    fc.assert(
      fc.property(bytes, fc.uint8Array({ maxLength: 200 }), ([version, suite], rest) => {
        try {
          parse(concat(Buffer.from(version + suite, 'hex'), rest))
        } catch (error) {
          assert.ok(error instanceof EnvelopeError)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('stops at the count of data keys when there are too many', () => {
    const three = headerOf(v2, { encryptedDataKeys: [dataKey, dataKey, dataKey] })
    const bytes = encodeHeader(three)
    const countEnd = 3 + 32 + 2 + 8 + 2
    assert.throws(() => parse(bytes.subarray(0, countEnd), 2), failsWith('PolicyViolation'))
    assert.equal(parse(written(three), 3)?.header.encryptedDataKeys.length, 3)
    const ofManager = () => encodeHeader(headerOf(v2, { encryptedDataKeys: [] }))
    assert.throws(ofManager, failsWith('InvalidInput'))
  })

  it('does not hold more than 8 MiB of itself', () => {
    const large = { ...dataKey, ciphertext: new Uint8Array(65_535) }
    const bytes = written(
      headerOf(v2, { encryptedDataKeys: Array.from({ length: 130 }, () => large) }),
    )
    assert.throws(() => parse(bytes), failsWith('Malformed'))
  })

  it('is refused where its parts contradict each other', () => {
    const at = (bytes: Uint8Array, place: number, value: number): Uint8Array => {
      const copy = bytes.slice()
      copy[place < 0 ? copy.length + place : place] = value
      return copy
    }
    const one = written(headerOf(v1))
    const two = written(headerOf(v2))
    const broken = {
      'a suite of the other version': at(at(two, 1, 0x01), 2, 0x78),
      'an unknown suite': at(two, 1, 0x77),
      'no data key': at(two, 3 + 32 + 2 + 8 + 1, 0),
      'an unknown content type': at(two, -16 - 32 - 4 - 1, 3),
      'a non-framed body with a frame length': at(two, -16 - 32 - 4 - 1, 1),
      'frames of no length': at(two, -16 - 32 - 2, 0),
      'reserved bytes that are not zero': at(one, -28 - 4 - 1 - 1, 1),
      'an IV of another length': at(one, -28 - 4 - 1, 16),
    }
    for (const [what, bytes] of Object.entries(broken))
      assert.throws(() => parse(bytes), failsWith('Malformed'), what)
  })

  it('hints at what bytes are that are no message', () => {
    const hints = {
      base64: Buffer.from(written(headerOf(v1))).toString('base64'),
      age: 'age-encryption.org/v1\n',
      OpenPGP: '-----BEGIN PGP MESSAGE-----',
      'key service': '\u0001\u0002\u0002\u0000x',
      'key service in base64': 'AQICAHh4eHg=',
    }
    for (const [hint, text] of Object.entries(hints))
      assert.throws(
        () => parse(utf8(text)),
        (error) => {
          failsWith('NotAMessage')(error)
          return (error as Error).message.includes(hint)
        },
      )
    assert.throws(() => parse(utf8('hello')), failsWith('NotAMessage'))
  })
})
