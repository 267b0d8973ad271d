import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { Scope } from '../children.ts'
import { Generator } from '../generator.ts'
import type { BenchService } from '../keyhold-service.ts'
import type { BenchOptions } from '../question.ts'
import { type Spread, spreadOf, spreadText, tableText } from '../statistics.ts'
import { ask, newKey, wireInput } from './calls.ts'
import { type Case, cases } from './cases.ts'
import { opensslRate } from './openssl-speed.ts'
import { poolCpuMicros } from './thread-cpu.ts'

/** Rates a second of one case, each measured several times in turn. */
export type Rate = {
  readonly spec: string
  readonly operation: string
  /** Answers to signed requests over HTTP. */
  readonly service: Spread
  /** By `openssl speed`, one process; absent: it has no such primitive. */
  readonly openssl: Spread | undefined
  /** By node:crypto in one thread. */
  readonly alone: Spread
  /** The service's rate as a share of OpenSSL's (node:crypto's, without), times CPUs less one. */
  readonly share: Spread
  /** The same per CPU time of the pool's threads; absent where none was used. */
  readonly shareByCpu: Spread | undefined
  /** How much of their CPUs the pool's threads got. */
  readonly poolBusy: number
  readonly target: number | undefined
}

/** Tasks that a pool of so many threads has under way and waiting, and a few more. */
const connections = 64
const warmLeastMs = 2000
/** Below this the pool's threads did not work but for a moment. */
const busyLeast = 0.05

const workers = Math.max(1, availableParallelism() - 1)

export const measureRates = async (
  scope: Scope,
  { child, place }: BenchService,
  { quick, rounds = quick ? 1 : 3 }: BenchOptions,
): Promise<readonly Rate[]> => {
  const generator = new Generator(scope)
  const durationMs = quick ? 500 : 2000
  const results: Rate[] = []
  for (const [index, each] of cases.entries()) {
    const keyId = await newKey(place, each.spec, each.usage)
    const input = await each.input(
      async (operation, more) =>
        (await ask(place, operation, { KeyId: keyId, ...more })) as Record<string, string>,
    )
    const supply = `${each.operation} ${each.spec}`
    const order = { supply, place, operation: each.operation }
    await generator.prepare({ ...order, input: wireInput({ KeyId: keyId, ...input }) })
    const load = { supply, port: place.port, connections }
    // The service compiles what it runs often, so it is measured as one that has run for a while.
    await generator.load({ ...load, durationMs: Math.max(durationMs, warmLeastMs) })
    const turns: Turn[] = []
    for (let round = 0; round < rounds; round += 1) {
      const baselines = baselinesOf(each, index, durationMs)
      const before = await poolCpuMicros(child.pid!)
      const { perSecond } = await generator.load({ ...load, durationMs })
      const poolSeconds = ((await poolCpuMicros(child.pid!)) - before) / 1e6
      turns.push({ ...baselines, service: perSecond, poolSeconds, seconds: durationMs / 1000 })
    }
    results.push(summaryOf(each, turns))
  }
  return results
}

type Turn = {
  readonly openssl: number | undefined
  readonly alone: number
  readonly service: number
  readonly poolSeconds: number
  readonly seconds: number
}

const baselinesOf = (each: Case, index: number, durationMs: number) => {
  const script = join(import.meta.dirname, 'alone-child.ts')
  const args = [script, String(index), String(durationMs)]
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`node:crypto alone failed at ${each.operation} ${each.spec}`)
  const openssl = each.openssl && opensslRate(each.openssl, Math.ceil(durationMs / 1000))
  return { alone: Number(stdout), openssl }
}

const summaryOf = ({ spec, operation, target }: Case, turns: readonly Turn[]): Rate => {
  const baseline = ({ openssl, alone }: Turn): number => openssl ?? alone
  const poolBusy = Math.max(
    ...turns.map(({ poolSeconds, seconds }) => poolSeconds / seconds / workers),
  )
  const openssl = turns.flatMap((turn) => turn.openssl ?? [])
  return {
    spec,
    operation,
    service: spreadOf(turns.map((turn) => turn.service)),
    openssl: openssl.length === 0 ? undefined : spreadOf(openssl),
    alone: spreadOf(turns.map((turn) => turn.alone)),
    share: spreadOf(turns.map((turn) => turn.service / baseline(turn) / workers)),
    shareByCpu:
      poolBusy < busyLeast
        ? undefined
        : spreadOf(
            turns.map((turn) => (turn.service * turn.seconds) / turn.poolSeconds / baseline(turn)),
          ),
    poolBusy,
    target,
  }
}

export const ratesText = (rates: readonly Rate[]): string => {
  const head = ['spec', 'operation', 'service/s', 'openssl/s', 'node:crypto/s', 'share']
  head.push('share by CPU', 'pool', 'to reach')
  const rows = rates.map((rate) => [
    rate.spec,
    rate.operation,
    spreadText(rate.service),
    rate.openssl === undefined ? 'missing' : spreadText(rate.openssl),
    spreadText(rate.alone),
    spreadText(rate.share, 2),
    rate.shareByCpu === undefined ? '' : spreadText(rate.shareByCpu, 2),
    `${Math.round(rate.poolBusy * 100)} %`,
    verdict(rate),
  ])
  return (
    tableText([head, ...rows]) +
    `  openssl, node:crypto: of one thread, by its CPU time; share: of OpenSSL's rate x ${workers}, or\n` +
    "  node:crypto's where openssl is missing; pool: the most of a CPU that its threads got. What is\n" +
    '  brief is done without the pool, and bound by what a request costs.\n'
  )
}

const verdict = ({ target, share }: Rate): string => {
  if (target === undefined) return ''
  return `${target}: ${share.median >= target ? 'reached' : 'MISSED'}`
}
