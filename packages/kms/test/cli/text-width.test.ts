import assert from 'node:assert/strict'
import test from 'node:test'
import { textWidth } from '../../src/cli/output/text-width.ts'

// The first and last characters of some runs of EastAsianWidth.txt, and their neighbours.
const rows: readonly (readonly [text: string, width: number, what: string])[] = [
  ['plain ASCII ~', 13, 'narrow'],
  ['äö', 2, 'neutral'],
  ['éüß', 6, 'ambiguous'],
  ['✓', 1, 'neutral'],
  ['\u0300\u036f', 4, 'combining marks are ambiguous, and counted all the same'],
  ['\u10ff\u1100\u115f\u1160', 6, 'only the leading Hangul jamo are wide'],
  ['漢字かな한글', 12, 'wide'],
  ['ｱ', 1, 'halfwidth'],
  ['Ａ', 2, 'fullwidth'],
  ['\ue000\uf8ff', 4, 'private use'],
  ['😀', 2, 'an emoji is one character'],
  ['\u{10fffd}', 2, 'the last character of all'],
]

for (const [text, width, what] of rows) {
  test(`the width of ${JSON.stringify(text)} is ${width}: ${what}`, () => {
    assert.equal(textWidth(text), width)
  })
}

test('every Han, Hangul syllable, Hiragana and Katakana character is wide', () => {
  const scripts = /\p{Script=Hiragana}|[一-鿿가-힣]/u
  for (let code = 0x3041; code <= 0xd7a3; code++) {
    const text = String.fromCodePoint(code)
    if (scripts.test(text)) assert.equal(textWidth(text), 2, code.toString(16))
  }
})
