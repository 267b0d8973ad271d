import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { wholeAnswer } from '../../../src/cli/bench/answer.ts'

const read = (text: string, isClosed = false) => {
  const answer = wholeAnswer(Buffer.from(text), isClosed)
  return answer && { ...answer, body: Buffer.from(answer.body).toString() }
}

const ok = 'HTTP/1.1 200 OK\r\n'

describe('an answer', () => {
  test('with a length is whole when all of its body is there', () => {
    const text = `${ok}Content-Length: 5\r\n\r\nhello`
    assert.deepEqual(read(text), { status: 200, body: 'hello', isLast: false })
    for (let end = 0; end < text.length; end += 1) assert.equal(read(text.slice(0, end)), undefined)
  })

  test('in chunks is whole after the last one and its trailers', () => {
    for (const trailers of ['', 'Expires: never\r\n']) {
      const head = `${ok}Transfer-Encoding: chunked\r\n\r\n`
      const text = `${head}3;name=value\r\nhel\r\n2\r\nlo\r\n0\r\n${trailers}\r\n`
      assert.deepEqual(read(text), { status: 200, body: 'hello', isLast: false })
      for (let end = 0; end < text.length; end += 1)
        assert.equal(read(text.slice(0, end)), undefined, text.slice(0, end))
    }
  })

  test('with neither is whole when the connection is closed', () => {
    assert.equal(read(`${ok}\r\nhello`), undefined)
    assert.equal(read(`${ok}\r\nhello`, true)?.body, 'hello')
  })

  test('says whether the connection ends with it', () => {
    const last = (head: string): boolean | undefined =>
      read(`${head}\r\nContent-Length: 0\r\n\r\n`)?.isLast
    assert.equal(last('HTTP/1.1 200 OK\r\nConnection: close'), true)
    assert.equal(last('HTTP/1.0 200 OK'), true)
    assert.equal(last('HTTP/1.0 200 OK\r\nConnection: keep-alive'), false)
  })

  test('is refused where it is no HTTP/1.1, goes on after its end, or has no good length', () => {
    const wrong = [
      'HTTP/2 200\r\n\r\n',
      'SSH-2.0-server\r\n\r\n',
      `${ok}Content-Length: 2\r\n\r\nhello`,
      `${ok}Content-Length: -2\r\n\r\n`,
      `${ok}Transfer-Encoding: chunked\r\n\r\nlong\r\n`,
    ]
    for (const text of wrong) assert.throws(() => read(text), text)
  })
})
