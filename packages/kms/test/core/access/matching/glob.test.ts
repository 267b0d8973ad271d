import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { globTest } from '../../../../src/core/access/matching/glob.ts'
import { searchRun } from '../../../../src/core/access/matching/run-search.ts'
import { type Glob, parseTemplate } from '../../../../src/core/access/matching/template.ts'

const glob = (pattern: string): Glob =>
  parseTemplate(pattern, { variables: false, wildcards: true }) as Glob

const cases: readonly (readonly [
  pattern: string,
  yes: readonly string[],
  no: readonly string[],
])[] = [
  ['', [''], ['a']],
  ['abc', ['abc'], ['ab', 'abcd', 'ABC', '']],
  ['*', ['', 'a', 'a\nb', '*'], []],
  ['a*', ['a', 'ab', 'a*'], ['', 'ba']],
  ['*a', ['a', 'ba', 'aa'], ['', 'ab']],
  ['a*a', ['aa', 'aba', 'aaa'], ['a', 'ab', 'ba']],
  ['?', ['a', '*', '😀', '\uffff', '\u{10000}'], ['', 'ab', '\uffffa', '\u{10000}a']],
  ['??', ['ab', '😀a', '😀😀'], ['a', 'abc', '😀']],
  ['*?', ['a', 'ab', '😀'], ['']],
  ['?*?', ['ab', 'abc', 'a😀'], ['a', '😀']],
  ['a?c*e', ['abce', 'abcde', 'accdce'], ['ace', 'abc', 'abcd']],
  ['*ab*ab*', ['abab', 'xabyabz'], ['ab', 'aab', 'abxa']],
  ['*b?d', ['bcd', 'abcd', 'bcdbcd'], ['bd', 'bcde']],
  ['a*?b', ['axb', 'axxb'], ['ab']],
  ['**', ['', 'ab'], []],
  ['b*?', ['ba', 'b\uffff\uffff', 'b\uffffa'], ['b']],
  ['b?*?', ['b\uffffa', 'b😀a'], ['b\uffff', 'b😀']],
  ['*b??', ['b\uffffa', '\uffffb😀a', 'bbb'], ['b\uffff', 'b\uffffab']],
  ['.+^$[a]()|\\', ['.+^$[a]()|\\'], ['a']],
]

test('a pattern matches the whole text, in its case, with * for any run and ? for one character', () => {
  for (const [pattern, yes, no] of cases) {
    const matches = globTest(glob(pattern))
    for (const text of yes) assert.ok(matches(text), `${pattern} should match ${text}`)
    for (const text of no) assert.ok(!matches(text), `${pattern} should not match ${text}`)
  }
})

test('a wildcard between two literal runs never uses the same characters twice', () => {
  assert.equal(globTest(glob('ab*ba'))('aba'), false)
  assert.equal(globTest(glob('ab*b*ba'))('abba'), false)
  assert.equal(globTest(glob('ab*b*ba'))('abbba'), true)
})

test('patterns match as the regular expressions do that say the same', () => {
  const texts = fc.array(fc.constantFrom('a', 'b', '😀', '\uffff'), { maxLength: 8 })
  const patterns = fc.array(fc.constantFrom('a', 'b', '😀', '*', '?'), { maxLength: 8 })
  fc.assert(
    fc.property(patterns, texts, (pieces, text) => {
      const source = pieces
        .map((piece) => (piece === '*' ? '.*' : piece === '?' ? '.' : piece))
        .join('')
      assert.equal(
        globTest(glob(pieces.join('')))(text.join('')),
        new RegExp(`^${source}$`, 'su').test(text.join('')),
      )
    }),
    { numRuns: 2000 },
  )
})

test('a run is found in a text as the regular expression finds it that says the same', () => {
  const pieces = fc.constantFrom('a', 'aab', 'b😀', undefined)
  const runs = fc.array(pieces, { minLength: 1, maxLength: 80 })
  const letters = fc.array(fc.constantFrom('a', 'a', 'a', 'b', '😀', '\uffff'), { maxLength: 300 })
  fc.assert(
    fc.property(runs, letters, letters, (run, before, after) => {
      const source = run.map((piece) => piece ?? '.').join('')
      const inside = run.map((piece) => piece ?? 'b').join('')
      for (const text of [before.join('') + inside + after.join(''), after.join('')]) {
        const found = new RegExp(source, 'su').exec(text)
        assert.equal(
          searchRun(run, text, 0),
          found === null ? undefined : found.index + found[0].length,
        )
      }
    }),
    { numRuns: 1000 },
  )
})
