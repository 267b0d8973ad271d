import assert from 'node:assert/strict'
import test from 'node:test'
import * as fc from 'fast-check'
import { parse } from 'yaml'
import { formatYaml } from '../../src/cli/output/yaml.ts'
import type { Json } from '../../src/client/json.ts'

// The expected texts are those of AWS's command line, version 2, for the same values.

const words = (count: number): string => 'word '.repeat(count)

const rows: readonly { name: string; value: Json; text: string }[] = [
  {
    name: 'a long text goes on in the next line, after the first space beyond column 80',
    value: { long: `${words(25)}end` },
    text: `long: ${words(15)}word\n  ${words(9)}end\n`,
  },
  {
    name: 'so does a quoted one',
    value: { quoted: `it's: ${words(25)}` },
    text: `quoted: 'it''s: ${words(13)}word\n  ${words(11)}'\n`,
  },
  {
    name: 'a fold of two spaces keeps the second one by a backslash',
    value: { escaped: `tab\t${'word  '.repeat(20)} end` },
    text: `escaped: "tab\\t${'word  '.repeat(11)}word\n  \\ ${'word  '.repeat(8)} end"\n`,
  },
  {
    name: 'a policy is double-quoted, and folded likewise',
    value: {
      Policy:
        '{\n  "Version" : "2012-10-17",\n  "Id" : "key-default-1",\n  "Statement" : [ {\n    "Sid" : "x"',
    },
    text:
      String.raw`Policy: "{\n  \"Version\" : \"2012-10-17\",\n  \"Id\" : \"key-default-1\",\n  \"Statement\"` +
      '\n' +
      String.raw`  : [ {\n    \"Sid\" : \"x\""` +
      '\n',
  },
  {
    name: 'lines that do not begin with a space are single-quoted',
    value: { lines: 'one\ntwo\n\nthree\n' },
    text: "lines: 'one\n\n  two\n\n\n  three\n\n  '\n",
  },
  {
    name: 'a name of more than 128 bytes, or of two lines, stands alone',
    value: { ['k'.repeat(128)]: 1, ['l'.repeat(129)]: [1], 'two\nlines': { a: 1 } },
    text: `${'k'.repeat(128)}: 1\n? ${'l'.repeat(129)}\n: - 1\n? 'two\n\n  lines'\n: a: 1\n`,
  },
  {
    name: 'blocks in blocks begin on the line of the dash',
    value: [[[1, 2], []], [{ a: 1, b: [2] }]],
    text: '- - - 1\n    - 2\n  - []\n- - a: 1\n    b:\n    - 2\n',
  },
  {
    name: 'yes, no, on and off are texts, as YAML 1.2 has it',
    value: { no: 'yes', on: true, y: 'off' },
    text: 'no: yes\non: true\ny: off\n',
  },
  {
    name: 'texts that look like something else are quoted',
    value: ['', 'null', '~', 'true', '1', '0x1f', '1_0', '.5', '2026-11-24', '=', 'a: b', '- a'],
    text:
      "- ''\n- 'null'\n- '~'\n- 'true'\n- '1'\n- '0x1f'\n- '1_0'\n- '.5'\n- '2026-11-24'\n" +
      "- '='\n- 'a: b'\n- '- a'\n",
  },
  {
    name: 'characters beyond the basic plane and controls are escaped, accents are not',
    value: ['größe ✓ \u00a0', '😀', '\u0007\u001b\u0001', '\ufeff'],
    text: '- größe ✓ \u00a0\n- "\\U0001F600"\n- "\\a\\e\\x01"\n- "\\uFEFF"\n',
  },
]

for (const { name, value, text } of rows) {
  test(name, () => {
    assert.equal(formatYaml(value), text)
  })
}

test('a value that stands in several places is written once, and then named', () => {
  const list = ['x']
  assert.equal(
    formatYaml({ a: list, b: [list, { c: list }], d: [], e: {} }),
    'a: &id001\n- x\nb:\n- *id001\n- c: *id001\nd: []\ne: {}\n',
  )
})

// Pieces that mean something to YAML, so that texts made of them meet its rules.
const piece = fc.oneof(
  fc.constantFrom('word', 'w'.repeat(40), ' ', '  ', '\n', '\t', '-', '?', ':', '#', "'", '"'),
  fc.constantFrom('[', '{', '&', '*', '!', '|', '>', '%', '@', '`', ',', '\\', '---', '...', '<<'),
  fc.constantFrom('yes', 'null', '1', '0x1', '1e5', '.5e3', '.inf', '2026-11-24', '12:30:00', '_'),
  fc.constantFrom('ü', '\u0085', '\u00a0', '\u2028', '\u2029', '\ufeff', '\uffff', '😀', '\r'),
)
const text = fc.oneof(
  fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join('')),
  fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(' ')),
  fc.string({ unit: 'binary' }).map((each) => each.toWellFormed()),
)
const tree = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('json'), { maxLength: 4 }),
    fc
      .array(fc.tuple(text, tie('json')), { maxLength: 4 })
      .map((pairs): Json => Object.fromEntries(pairs)),
  ),
}))

test('what is written is read back as the same value', () => {
  fc.assert(
    fc.property(tree.json, (value) => {
      assert.deepEqual(parse(formatYaml(value)), value)
    }),
    { numRuns: 1000 },
  )
})

test('no line but of a long word goes far beyond column 80, nor ends with a space', () => {
  const short = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1, maxLength: 60 })
  fc.assert(
    fc.property(short, (list) => {
      for (const line of formatYaml({ text: list.join(' ') }).split('\n')) {
        assert.ok(line.length <= 80 + 13, line)
        assert.ok(!line.endsWith(' '), line)
      }
    }),
  )
})
