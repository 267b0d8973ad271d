import { describe, it, type TestContext } from 'node:test'
import * as fc from 'fast-check'
import type { ServiceOptions } from '../../../src/server/service.ts'
import { memoryData, memoryStore } from '../../core/state/memory-store.ts'
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
    it('in memory', (t) => lead(t, counts.inMemory, openMemory))
    it('in SQLite', (t) => lead(t, counts.inSqlite, () => undefined))
  })
}

/** A store that outlives the service it is opened for. */
const openMemory = (): ServiceOptions['openStore'] => {
  const data = memoryData()
  return () => Promise.resolve(memoryStore(data))
}

const lead = async (
  t: TestContext,
  count: number,
  opener: () => ServiceOptions['openStore'],
): Promise<void> => {
  for (let led = 0; led < count; led += livesPerService) {
    const ground = await openGround(t, opener())
    const property = fc.asyncProperty(lives, (life) => ground.live(life))
    try {
      await fc.assert(property, { numRuns: Math.min(livesPerService, count - led) })
    } finally {
      await ground.end()
    }
  }
}
