import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { KmsError } from '../../../src/api/errors.ts'
import { toHex, utf8 } from '../../../src/core/crypto/bytes.ts'
import { canonicalContext } from '../../../src/core/crypto/context.ts'

const anyText = fc.string({ unit: 'binary', maxLength: 20 })
const anyContext = fc.array(fc.tuple(anyText, anyText)).map((pairs) => new Map(pairs))

const refusesAsInvalid = (context: ReadonlyMap<string, string>) =>
  assert.throws(
    () => canonicalContext(context),
    (error) => error instanceof KmsError && error.code === 'ValidationException',
  )

/** Reads the canonical bytes back, and insists on every length and on the order of the keys. */
const parseCanonical = (bytes: Uint8Array): Map<string, string> => {
  const view = Buffer.from(bytes)
  const context = new Map<string, string>()
  let previous: Buffer | undefined
  let at = 2
  const text = () => {
    const end = at + 2 + view.readUInt16BE(at)
    const part = view.subarray(at + 2, end)
    at = end
    return part
  }
  for (let pair = 0; pair < view.readUInt16BE(0); pair++) {
    const key = text()
    if (previous) assert.equal(Buffer.compare(previous, key), -1)
    previous = key
    context.set(key.toString(), text().toString())
  }
  assert.equal(at, view.length)
  return context
}

test('the canonical bytes hold exactly the context, so two contexts never share them', () => {
  fc.assert(
    fc.property(anyContext, (context) => {
      assert.deepEqual(parseCanonical(canonicalContext(context)), context)
    }),
  )
})

test('the order in which a context is written does not matter', () => {
  const shuffled = anyContext.chain((context) =>
    fc.tuple(
      fc.constant(context),
      fc.shuffledSubarray([...context], { minLength: context.size, maxLength: context.size }),
    ),
  )
  fc.assert(
    fc.property(shuffled, ([context, pairs]) => {
      assert.deepEqual(canonicalContext(new Map(pairs)), canonicalContext(context))
    }),
  )
})

test('no context and an empty one are the same bytes', () => {
  assert.equal(toHex(canonicalContext(undefined)), '0000')
  assert.equal(toHex(canonicalContext(new Map())), '0000')
})

test('what one caller does to the bytes of no context does not reach the next', () => {
  canonicalContext(undefined).fill(0xff)
  assert.equal(toHex(canonicalContext(undefined)), '0000')
})

test('a pair whose parts are empty is not the same as no pair', () => {
  assert.equal(toHex(canonicalContext(new Map([['', '']]))), '000100000000')
})

test('__proto__ is a name like any other', () => {
  const context = new Map([
    ['__proto__', 'a'],
    ['constructor', 'b'],
  ])
  assert.deepEqual(parseCanonical(canonicalContext(context)), context)
  assert.equal(
    toHex(canonicalContext(new Map([['__proto__', 'a']]))),
    `00010009${toHex(utf8('__proto__'))}000161`,
  )
})

test('keys are in the order of their UTF-8 bytes where UTF-16 has another', () => {
  const pairs = [
    ['\u{10000}', ''],
    ['\ufffd', ''],
  ] as const
  assert.equal(
    toHex(canonicalContext(new Map(pairs))),
    ['0002', '0003efbfbd', '0000', '0004f0908080', '0000'].join(''),
  )
})

test('any two keys are in the order of their UTF-8 bytes, in whichever order they come', () => {
  const inOrder = ['', '\ud7ff', '\ue000', '\ue000a', '\uffff', '\u{10000}', '\u{10000}\uffff']
  inOrder.push('\u{10000}\u{10000}', '\u{10001}', '\u{10ffff}')
  for (const [at, later] of inOrder.entries())
    for (const key of inOrder.slice(0, at)) {
      const written = canonicalContext(new Map([key, later].map((each) => [each, ''])))
      assert.deepEqual([...parseCanonical(written).keys()], [key, later])
      assert.deepEqual(canonicalContext(new Map([later, key].map((each) => [each, '']))), written)
    }
})

test('text is not normalised', () => {
  assert.notDeepEqual(
    canonicalContext(new Map([['caf\u00e9', 'x']])),
    canonicalContext(new Map([['cafe\u0301', 'x']])),
  )
})

const lone = ['\ud800', '\udfff', 'a\ud83d', '\udc00\ud800']
for (const text of lone)
  test(`a context with ${JSON.stringify(text)} in it is refused`, () => {
    refusesAsInvalid(new Map([[text, 'value']]))
    refusesAsInvalid(new Map([['key', text]]))
    refusesAsInvalid(
      new Map([
        ['key', 'value'],
        ['other', text],
      ]),
    )
  })

const units = 8_192
const limits: Record<string, (total: number) => Map<string, string>> = {
  'one long value': (total) => new Map([['k', 'v'.repeat(total - 1)]]),
  'one long key': (total) => new Map([['k'.repeat(total), '']]),
  'text of three bytes a unit': (total) => new Map([['k', '\uffee'.repeat(total - 1)]]),
  'text of two units a character': (total) =>
    new Map([['k'.repeat(2 + (total % 2)), '😀'.repeat((total >> 1) - 1)]]),
  'a pair for each unit': (total) =>
    new Map(Array.from({ length: total }, (_, i) => [String.fromCharCode(0x100 + i), ''])),
}
for (const [name, make] of Object.entries(limits))
  test(`a context of 8,192 units is taken and one of 8,193 refused: ${name}`, () => {
    assert.deepEqual(parseCanonical(canonicalContext(make(units))), make(units))
    refusesAsInvalid(make(units + 1))
  })
