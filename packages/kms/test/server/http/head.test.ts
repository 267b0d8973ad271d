import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { KmsError } from '../../../src/api/errors.ts'
import { parseHead } from '../../../src/server/http/lean/head.ts'
import { type HeaderNames, Headers, readHeaders } from '../../../src/server/sigv4/request.ts'

const start = 'POST / HTTP/1.1'
const lines = ['Host: a', 'host: b', 'Content-Length: 2', 'X-Amz-Date:\t1  2 ', 'X-Amz-Target:c']
const odd = [
  'X-Amz',
  'Host : a',
  'Content-Length: 1,2',
  'Content-Length:',
  'X: \xe9',
  'X: \r',
  ' X: 1',
]
const codings = ['Transfer-Encoding: chunked', 'Content-Encoding: gzip']

const headersOf = (text: string, lastNames?: HeaderNames): Headers | undefined => {
  const headers = parseHead(text, lastNames)?.headers
  return headers === undefined || headers instanceof Headers ? headers : readHeaders(headers)
}

/** All that is read of a head, or the refusal. */
const told = (text: string, lastNames?: HeaderNames): unknown => {
  try {
    const headers = headersOf(text, lastNames)
    if (headers === undefined) return undefined
    const { raw, places, amzCount } = headers.names
    return { raw, amzCount, values: [...places.keys()].map((name) => [name, headers.get(name)]) }
  } catch (error) {
    assert.ok(error instanceof KmsError)
    return error.message
  }
}

test('a head is read as it would be by itself, whichever names came before it', () => {
  const anyLine = fc.constantFrom(...lines, ...lines, ...lines, ...odd, ...codings)
  const fewLines = fc.uniqueArray(fc.nat(lines.length - 1), { minLength: 1 })
  fc.assert(
    fc.property(fewLines, fc.array(anyLine, { maxLength: 3 }), fc.nat(), (before, more, cut) => {
      const first = [start, ...before.map((index) => lines[index]!)].join('\r\n')
      let names
      try {
        names = headersOf(first)?.names
      } catch {
        fc.pre(false)
      }
      const again = first.replace('Host: a', 'Host: another')
      for (const text of [
        again,
        [again, ...more].join('\r\n'),
        [start, ...more].join('\r\n'),
        again.slice(0, cut % (again.length + 1)),
      ])
        assert.deepEqual(told(text, names), told(text), JSON.stringify(text))
    }),
    { numRuns: 1000 },
  )
})

test('names that come again are those that are known, and others are not', () => {
  const names = headersOf(`${start}\r\nHost: a\r\nX-Amz-Date: 1`)?.names
  assert.equal(headersOf(`${start}\r\nHost: b\r\nX-Amz-Date: 2`, names)?.names, names)
  assert.equal(names?.amzCount, 1)
  for (const text of ['Host: a', 'host: a\r\nX-Amz-Date: 1', 'X-Amz-Date: 1\r\nHost: a'])
    assert.notEqual(headersOf(`${start}\r\n${text}`, names)?.names, names)
})
