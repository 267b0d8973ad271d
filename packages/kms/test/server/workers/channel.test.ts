import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { describe, it } from 'node:test'
import {
  type AnswersTo,
  Channel,
  ChannelClosedError,
  type End,
} from '../../../src/server/workers/channel.ts'
import { NotedHere } from '../../../src/server/workers/noted-uses.ts'
import { within } from '../../../src/server/workers/within.ts'

type Sums = { readonly sum: (numbers: readonly number[]) => number }
/** The side that answers asks nothing: of what could be asked of the other, nothing is answered. */
type Nothing = { readonly nothing: (nothing: undefined) => undefined }
const nothing = { nothing: () => undefined }

const answering = (end: End, sum: AnswersTo<Sums>['sum']): Channel<Nothing, Sums> =>
  new Channel<Nothing, Sums>(end, { sum })
const asking = (end: End): Channel<Sums, Nothing> => new Channel<Sums, Nothing>(end, nothing)

/** Two ends that send to each other; messages arrive in a later turn, as between processes. */
const ends = () => {
  const made = [new EventEmitter(), new EventEmitter()] as const
  const sendTo = (other: EventEmitter) => (message: unknown) =>
    setImmediate(() => other.emit('message', structuredClone(message))) !== undefined
  const [a, b] = [
    Object.assign(made[0], { send: sendTo(made[1]) }),
    Object.assign(made[1], { send: sendTo(made[0]) }),
  ]
  return { a, b }
}

describe('a channel', () => {
  it('brings each question its own answer, in whatever order they are given', async () => {
    const { a, b } = ends()
    const gate = Promise.withResolvers<void>()
    answering(b, async (numbers) => {
      if (numbers.length > 1) await gate.promise
      return numbers.reduce((sum, number) => sum + number, 0)
    })
    const channel = asking(a)
    const late = channel.ask('sum', [1, 2])
    assert.equal(await channel.ask('sum', [7]), 7)
    gate.resolve()
    assert.equal(await late, 3)
  })

  it('tells for what reason the other side failed', async () => {
    const { a, b } = ends()
    const reason = new Error('no sum', { cause: new Error('no numbers') })
    answering(b, () => Promise.reject(reason))
    const channel = asking(a)
    await assert.rejects(channel.ask('sum', []), { message: 'no sum: no numbers' })
  })

  it('fails what is under way, and what comes later, when the other side is gone', async () => {
    const { a } = ends()
    const channel = asking(a)
    const asked = channel.ask('sum', [1])
    a.emit('disconnect')
    await assert.rejects(asked, ChannelClosedError)
    await assert.rejects(channel.ask('sum', [1]), ChannelClosedError)
  })
})

describe('what takes too long', () => {
  it('is not waited for', async () => {
    await assert.rejects(within(1, new Promise(() => undefined)), /no answer within 1 ms/)
    assert.equal(await within(60_000, Promise.resolve(1)), 1)
  })
})

describe('uses that are noted where nothing is written', () => {
  it('are taken once, the newest of each thing', () => {
    const noted = new NotedHere({ ask: async () => undefined, onFull: () => assert.fail('full') })
    noted.note('a', { atMs: 1 })
    noted.note('a', { atMs: 2 })
    noted.note('b', { atMs: 3 })
    noted.forget('b')
    assert.deepEqual(noted.unsaved('a'), { atMs: 2 })
    assert.deepEqual(noted.take(), [['a', { atMs: 2 }]])
    assert.deepEqual(noted.take(), [])
  })

  it('are told before they take too much memory, and asked for elsewhere', async () => {
    const taken: number[] = []
    const noted = new NotedHere({
      ask: async (id) => ({ atMs: id.length }),
      onFull: () => taken.push(noted.take().length),
    })
    for (let n = 0; n < 45_000; n += 1) noted.note(`thing ${n}`, { atMs: n })
    assert.deepEqual(taken, [20_000, 20_000])
    assert.deepEqual(await noted.last('four'), { atMs: 4 })
  })
})
