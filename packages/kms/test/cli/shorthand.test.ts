import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { parseShorthand, ShorthandError } from '../../src/cli/shorthand.ts'
import { paramMap } from '../../src/cli/param.ts'

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

test('shorthand is read as AWS reads it', () => {
  for (const [text, expected] of Object.entries(accepted)) {
    assert.deepEqual(plain(parseShorthand(text)), expected, text)
  }
})

test('what is not shorthand is refused with the place where it stops being so', () => {
  for (const [text, message] of Object.entries(refused)) {
    assert.throws(() => parseShorthand(text), new ShorthandError(message), text)
  }
})

test('__proto__ is a name like any other', () => {
  const parsed = parseShorthand('__proto__=a')
  assert.equal(Object.hasOwn(parsed, '__proto__'), true)
  assert.equal(JSON.stringify(parsed), '{"__proto__":"a"}')
})

const key = fc.stringMatching(/^[A-Za-z0-9_.#/:-]{1,12}$/)

test('any text survives in double quotes, and in single quotes', () => {
  fc.assert(
    fc.property(fc.dictionary(key, fc.string({ unit: 'grapheme' }), { minKeys: 1 }), (map) => {
      for (const quote of ['"', "'"]) {
        const text = Object.entries(map)
          .map(([name, value]) => `${name}=${quoted(value, quote)}`)
          .join(',')
        assert.deepEqual(parseShorthand(text), paramMap(Object.entries(map)))
      }
    }),
  )
})

test('a map whose values are plain words survives without quotes', () => {
  const word = fc.stringMatching(/^[A-Za-z0-9./:;@+-]{1,10}( [A-Za-z0-9]{1,5})?$/)
  fc.assert(
    fc.property(fc.dictionary(key, word, { minKeys: 1 }), (map) => {
      const text = Object.entries(map)
        .map(([name, value]) => `${name}=${value}`)
        .join(',')
      assert.deepEqual(parseShorthand(text), paramMap(Object.entries(map)))
    }),
  )
})

test('a text is either read or refused with a ShorthandError', () => {
  fc.assert(
    fc.property(
      fc.string({
        unit: fc.constantFrom('a', 'b', '=', ',', '[', ']', '{', '}', "'", '"', '\\', ' ', '\n'),
      }),
      (text) => {
        try {
          parseShorthand(text)
        } catch (error) {
          assert.ok(error instanceof ShorthandError)
        }
      },
    ),
    { numRuns: 2000 },
  )
})

const quoted = (value: string, quote: string): string =>
  quote + value.replaceAll('\\', '\\\\').replaceAll(quote, `\\${quote}`) + quote

const accepted: Record<string, unknown> = {
  'a=b': { a: 'b' },
  'a=b,c=d': { a: 'b', c: 'd' },
  'a=1,2': { a: ['1', '2'] },
  'a=1,2,c=d': { a: ['1', '2'], c: 'd' },
  'a=,c=d': { a: '', c: 'd' },
  'a=': { a: '' },
  'a=b=c': { a: 'b=c' },
  'a=b c, d=e ': { a: 'b c', d: 'e' },
  'a=b\\,c': { a: 'b,c' },
  'a=[b,c]': { a: ['b', 'c'] },
  'a=[]': { a: [] },
  'a={b=c,d=e}': { a: { b: 'c', d: 'e' } },
  'a=[{b=c},{b=d}]': { a: [{ b: 'c' }, { b: 'd' }] },
  'a="b, c"': { a: 'b, c' },
  "a='it\\'s'": { a: "it's" },
  'aws:s3:arn=arn:aws:s3:::bucket/key': { 'aws:s3:arn': 'arn:aws:s3:::bucket/key' },
}

const refused: Record<string, string> = {
  a: "Expected: '=', received: 'EOF' for input:\na\n ^",
  'a=b,a=c':
    'Second instance of key "a" encountered for input:\na=b,a=c\n    ^\n' +
    'This is often because there is a preceding "," instead of a space.',
  'a=[b': "Expected: ',', received: 'EOF' for input:\na=[b\n    ^",
}
