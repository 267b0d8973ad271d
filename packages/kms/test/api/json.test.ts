import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { KmsError } from '../../src/api/errors.ts'
import { parseJson, type JsonValue } from '../../src/api/json.ts'

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
const parse = (text: string): JsonValue => parseJson(bytesOf(text))
const refuses = (bytes: Uint8Array | string): void => {
  const given = typeof bytes === 'string' ? bytesOf(bytes) : bytes
  assert.throws(
    () => parseJson(given),
    (error) => error instanceof KmsError && error.code === 'SerializationException',
  )
}

/** Maps as plain objects, to be held against the runtime's own parser. */
const plain = (value: JsonValue): unknown => {
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([name, item]) => [name, plain(item)]))
  return Array.isArray(value) ? value.map(plain) : value
}

describe('a request body', () => {
  test('that is JSON reads as the runtime reads it', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(0, 1, 2), (text, indent) => {
        const spaced = JSON.stringify(JSON.parse(text), undefined, indent)
        assert.deepEqual(plain(parse(spaced)), JSON.parse(spaced))
      }),
    )
  })

  test('keeps __proto__ as the member that it is', () => {
    const value = parse('{"__proto__":{"a":1}}')
    assert(value instanceof Map)
    assert.deepEqual(plain(value.get('__proto__') ?? null), { a: 1 })
  })

  test('reads escapes, pairs of surrogates and lone ones alike', () => {
    assert.equal(parse(String.raw`"\u0041\n\t\"\\\/\ud83d\ude00"`), 'A\n\t"\\/😀')
    assert.equal(parse(String.raw`"\ud800"`), '\ud800')
  })

  test('names a member once', () => {
    refuses('{"a":1,"a":1}')
    refuses(String.raw`{"a":1,"\u0061":2}`)
    refuses('{"b":{"a":1,"a":2}}')
  })

  test('is nested no deeper than 32, and no longer than its bounds', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)
    assert.doesNotThrow(() => parse(nested(33)))
    refuses(nested(34))
    refuses(nested(100_000))
    refuses(`[${'0,'.repeat(20_000)}0]`)
  })

  test('is nothing but JSON', () => {
    const bad = ['', ' ', '{', '{"a"}', '{"a":}', '{a:1}', "{'a':1}", '[1,]', '{"a":1,}', '1 2']
    const worse = ['01', '+1', '.5', '1.', 'NaN', 'Infinity', 'tru', '"\n"', '"\\x"', '"\\u12"']
    for (const text of [...bad, ...worse, '"', '\u{feff}{}', '{}//', 'undefined']) refuses(text)
  })

  test('is well-formed UTF-8', () => {
    refuses(Uint8Array.of(0x22, 0xff, 0x22))
    refuses(Uint8Array.of(0x22, 0xc0, 0x80, 0x22))
    refuses(Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22))
    refuses(Uint8Array.of(0xef, 0xbb, 0xbf, 0x7b, 0x7d))
  })

  test('that is anything at all never throws anything but SerializationException', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          parseJson(bytes)
        } catch (error) {
          assert(error instanceof KmsError && error.code === 'SerializationException')
        }
      }),
    )
  })
})
