import { Agent } from 'node:http'
import { setTimeout as after } from 'node:timers/promises'
import type { TestContext } from 'node:test'
import type { SigningCredentials } from '../../src/client/sign.ts'
import { systemClock } from '../../src/server/system.ts'
import { bodyBytes, exchange, type Reply, signedHeaders } from './harness.ts'

/** Mulberry32: a small generator that repeats itself for the same seed, which the test tells. */
export const seededRandom = (t: TestContext): (() => number) => {
  const seed = Number(process.env['KEYHOLD_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
  t.diagnostic(`KEYHOLD_TEST_SEED=${seed}`)
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A signed call of a service in a process of its own; rejects when the connection breaks. */
export type Caller = (operation: string, input: object, region?: string) => Promise<Reply>

export const callerOf =
  (endpoint: string, credentials: SigningCredentials, agent: Agent): Caller =>
  (operation, input, region) => {
    const bytes = bodyBytes(input)
    const call = { operation, bytes, endpoint, credentials, clock: systemClock }
    const headers = signedHeaders(call, region === undefined ? {} : { region })
    return exchange(new URL(endpoint), 'POST', headers, bytes, agent)
  }

/** Resolves at some moment within `withinMs`. */
export const someMoment = (random: () => number, withinMs: number): Promise<void> =>
  after(random() * withinMs)
