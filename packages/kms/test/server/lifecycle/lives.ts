import { describe, it, type TestContext } from 'node:test'
import * as fc from 'fast-check'
import type { StorePlace } from '../stores/contract.ts'
import { memoryPlace, sqlitePlace } from '../stores/places.ts'
import { openGround } from './run.ts'
import { lives } from './steps.ts'

/** So many lives on one service: its clock goes on by years, and it keeps what they leave. */
const livesPerService = 40

/** Declares the tests: how many lives are led on each store. A failure tells the seed of its life. */
export const lifecyclesHold = (counts: {
  readonly inMemory: number
  readonly inSqlite: number
}): void => {
  describe('any life of keys is as a small model of it', () => {
    it('in memory', (t) => lead(t, counts.inMemory, memoryPlace))
    it('in SQLite', (t) => lead(t, counts.inSqlite, sqlitePlace))
  })
}

const lead = async (
  t: TestContext,
  count: number,
  newPlace: () => Promise<StorePlace>,
): Promise<void> => {
  for (let led = 0; led < count; led += livesPerService) {
    await using place = await newPlace()
    const ground = await openGround(t, () => place.open())
    const property = fc.asyncProperty(lives, (life) => ground.live(life))
    try {
      await fc.assert(property, { numRuns: Math.min(livesPerService, count - led) })
    } finally {
      await ground.end()
    }
  }
}
