import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Unread } from '../../../src/server/http/lean/unread.ts'

const heads = ['GET / HTTP/1.1\r\nHost: a', 'POST / HTTP/1.1\r\nHost: b\r\nContent-Length: 5']
const body = 'b\r\n\r\n'
const wire = Buffer.from(`\r\n${heads.map((head) => `${head}\r\n\r\n${body}`).join('')}`)

/** What the bytes that are there come to, appended to what came before. */
const readInto = (understood: string[], unread: Unread): void => {
  while (!unread.isEmpty) {
    const last = understood.at(-1) ?? body
    if (understood.length % 2 === 0 && last.length < body.length) {
      const piece = unread.take(body.length - last.length)
      understood.splice(-1, 1, last + piece.toString())
      continue
    }
    const found = unread.nextHead()
    if (found.kind !== 'head') return assert.equal(found.kind, 'more')
    understood.push(found.text, '')
  }
}

test('heads and bodies come out as they were sent, whatever becomes of the memory that is lent', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(wire.length), { maxLength: 12 }), (cuts) => {
      const unread = new Unread(1024)
      const understood: string[] = []
      let start = 0
      for (const end of [...cuts, wire.length].sort((a, b) => a - b)) {
        const lent = Buffer.copyBytesFrom(wire, start, end - start)
        unread.add(lent)
        readInto(understood, unread)
        unread.keep()
        lent.fill('?')
        start = end
      }
      assert.deepEqual(understood, [heads[0], body, heads[1], body])
      assert.ok(unread.isEmpty)
    }),
  )
})

test('what is taken is not what was lent', () => {
  const unread = new Unread(1024)
  const lent = Buffer.from('body')
  unread.add(lent)
  const taken = unread.take(4)
  lent.fill('?')
  assert.equal(taken.toString(), 'body')
})
