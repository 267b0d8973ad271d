import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Channel, Outcome } from '../../../src/cli/bench/connection.ts'
import { Load, type LoadOptions, type LoadWorld } from '../../../src/cli/bench/load.ts'

/** Time that goes on only when everything has been done that was to be done before. */
class FakeWorld implements LoadWorld {
  #nowMs = 1000
  #planned: { readonly atMs: number; readonly run: () => void }[] = []

  nowMs(): number {
    return this.#nowMs
  }

  later(waitMs: number, run: () => void): void {
    this.#planned.push({ atMs: this.#nowMs + Math.max(waitMs, 0.01), run })
  }

  /** Lets time go on until nothing is planned any more. */
  async runOut(): Promise<void> {
    for (;;) {
      const next = this.#planned.toSorted((a, b) => a.atMs - b.atMs)[0]
      if (next === undefined) return
      this.#planned = this.#planned.filter((each) => each !== next)
      this.#nowMs = next.atMs
      next.run()
      await Promise.resolve()
    }
  }
}

const good: Outcome = { status: 200, body: new Uint8Array(), isLast: false }
const refused: Outcome = {
  status: 400,
  body: Buffer.from('{"__type":"com.amazonaws.kms#ThrottlingException"}'),
  isLast: false,
}

/** Answers after a time that depends on when it was asked, in ms since the start. */
class FakeChannel implements Channel {
  readonly #world: FakeWorld
  readonly #answerOf: (sinceMs: number) => { readonly afterMs: number; readonly outcome: Outcome }
  #done: ((outcome: Outcome) => void) | undefined

  constructor(world: FakeWorld, answerOf: FakeChannel['answerOf']) {
    this.#world = world
    this.#answerOf = answerOf
  }

  get answerOf(): (sinceMs: number) => { readonly afterMs: number; readonly outcome: Outcome } {
    return this.#answerOf
  }

  send(_request: Uint8Array, done: (outcome: Outcome) => void): void {
    this.#done = done
    const { afterMs, outcome } = this.#answerOf(this.#world.nowMs() - 1000)
    this.#world.later(afterMs, () => {
      if (this.#done === done) this.#tell(outcome)
    })
  }

  abandon(why: string): void {
    this.#tell({ lost: why })
  }

  close(): void {
    this.#done = undefined
  }

  #tell(outcome: Outcome): void {
    const done = this.#done
    this.#done = undefined
    done?.(outcome)
  }
}

const after = (afterMs: number, outcome = good) => ({ afterMs, outcome })

const measured = async (
  answerOf: FakeChannel['answerOf'],
  options: Partial<LoadOptions> & { readonly connections?: number },
) => {
  const world = new FakeWorld()
  const channels = Array.from(
    { length: options.connections ?? 1 },
    () => new FakeChannel(world, answerOf),
  )
  const load = new Load({
    channels,
    loop: { kind: 'closed' },
    durationMs: 1000,
    requestsMax: Number.POSITIVE_INFINITY,
    timeoutMs: 5000,
    request: () => new Uint8Array(),
    world,
    ...options,
  })
  const running = load.run()
  await world.runOut()
  return running
}

const near = (actual: number, expected: number): void =>
  assert(Math.abs(actual - expected) <= expected / 50 + 0.1, `${actual} is not near ${expected}`)

describe('a closed loop', () => {
  test('sends on each connection when it has the answer, until the time is over', async () => {
    const { answered, latencies, durationMs } = await measured(() => after(10), { connections: 4 })
    near(answered, 400)
    near(latencies.percentileMs(0.5), 10)
    near(durationMs, 1000)
  })

  test('ends after as many requests as were asked for, however long that takes less', async () => {
    const { answered, durationMs } = await measured(() => after(10), { requestsMax: 5 })
    assert.equal(answered, 5)
    near(durationMs, 50)
  })

  test('counts what is refused by its code, and takes no latency from it', async () => {
    const { failures, latencies } = await measured(
      (sinceMs) => after(10, sinceMs < 500 ? refused : good),
      {},
    )
    near(failures.get('ThrottlingException') ?? 0, 50)
    near(latencies.count, 50)
  })

  test('gives up what takes too long, and goes on', async () => {
    const { failures, answered } = await measured((sinceMs) => after(sinceMs < 10 ? 60_000 : 10), {
      timeoutMs: 500,
    })
    assert.deepEqual([...failures], [['timed out', 1]])
    assert(answered > 30)
  })
})

describe('an open loop', () => {
  const loop = { kind: 'open', perSecond: 100 } as const

  test('sends at its rate, however fast answers come', async () => {
    for (const afterMs of [1, 50]) {
      const { answered, latencies, notSent } = await measured(() => after(afterMs), {
        loop,
        connections: 10,
      })
      near(answered, 100)
      near(latencies.percentileMs(0.5), afterMs)
      assert.equal(notSent, 0)
    }
  })

  test('counts a stall for all that were due in it, not for the one request that met it', async () => {
    const stall = (sinceMs: number) => after(sinceMs >= 500 && sinceMs < 505 ? 200 : 1)
    const open = await measured(stall, { loop })
    const closed = await measured(stall, {})
    // Twenty of a hundred requests fell due while the one before them waited 200 ms.
    near(open.latencies.percentileMs(0.9), 110)
    near(open.latencies.maxMs, 200)
    near(closed.latencies.percentileMs(0.9), 1)
  })

  test('tells what was due and never sent, and counts the time that it waited', async () => {
    const { answered, notSent, latencies } = await measured(() => after(100), { loop })
    assert.equal(answered + notSent, 100)
    assert(Math.abs(answered - 10) <= 1)
    near(latencies.percentileMs(0.5), 455)
  })
})
