import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { FrameHead, framesIn } from '../../../src/server/sinks/frames.ts'

const epoch = Buffer.alloc(8, 1)

const encoded = (name: string, number: number, position: number, bytes: Uint8Array): Buffer =>
  Buffer.concat([new FrameHead(name, epoch).of(number, position, 7, bytes), bytes])

const piece = fc.record({
  position: fc.integer({ min: 0, max: 2 ** 40 }),
  bytes: fc.uint8Array({ maxLength: 40 }),
})

test('frames are read as they were written, up to the first that is not whole', () => {
  fc.assert(
    fc.property(
      fc.array(piece, { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 2 ** 40 }),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (pieces, first, damage, flip) => {
        const parts = pieces.map(({ position, bytes }, index) =>
          encoded('audit-1.jsonl', first + index, position, bytes),
        )
        const area = Buffer.concat([...parts, Buffer.alloc(20, 0x20)])
        const read = framesIn(area).map(({ number, name, position, bytes }) => ({
          number,
          name,
          position,
          bytes: Uint8Array.from(bytes),
        }))
        const expected = pieces.map((each, index) => ({
          number: first + index,
          name: 'audit-1.jsonl',
          ...each,
        }))
        assert.deepEqual(read, expected)
        const at = damage % (area.length - 20)
        area[at]! ^= flip
        const ends = parts.map((_, index) => Buffer.concat(parts.slice(0, index + 1)).length)
        const whole = ends.filter((end) => end <= at).length
        assert.equal(framesIn(area).length, whole, 'nothing from a damaged frame on')
        assert.equal(framesIn(area.subarray(0, at)).length, whole, 'nor of half a frame')
      },
    ),
  )
})

test('what another start left behind the frames of this one is not read', () => {
  const bytes = Buffer.from('x')
  const other = Buffer.concat([new FrameHead('a', Buffer.alloc(8, 2)).of(2, 1, 7, bytes), bytes])
  assert.equal(framesIn(Buffer.concat([encoded('a', 1, 0, bytes), other])).length, 1)
  const older = encoded('a', 9, 1, bytes)
  assert.equal(framesIn(Buffer.concat([encoded('a', 1, 0, bytes), older])).length, 1)
})
