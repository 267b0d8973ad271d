/** What latency does a client see at half of the highest rate, where requests come by themselves? */
import { join } from 'node:path'
import { Scope } from './children.ts'
import { type BenchReport, runKeyholdBench } from './keyhold-bench.ts'
import { startKeyhold } from './keyhold-service.ts'
import type { Question } from './question.ts'
import { type Spread, spreadOf, spreadText, tableText } from './statistics.ts'

const root = join(import.meta.dirname, '..')
const operations = ['encrypt', 'decrypt', 'generate-data-key'] as const

/** Latencies count from when each request was due. */
type Result = {
  readonly operation: string
  readonly peakPerSecond: Spread
  readonly ratePerSecond: Spread
  readonly p50Ms: Spread
  readonly p99Ms: Spread
  readonly p999Ms: Spread
  readonly notSent: number
}

export const question: Question = {
  title: 'latency: at half of the highest rate, by keyhold bench',
  async answer({ quick, connections, rounds = quick ? 1 : 5 }) {
    await using scope = new Scope()
    const { place } = await startKeyhold(scope, root, { cpu: 0 })
    const endpoint = `http://${place.host}:${place.port}`
    const bench = (flags: readonly string[]): Promise<BenchReport> =>
      runKeyholdBench({ ...place, endpoint }, place.keyId, flags)
    const seconds = quick ? '0.5' : '3'
    const results: Result[] = []
    for (const operation of operations) {
      const load = ['--operation', operation, '--connections', String(connections)]
      load.push('--duration', seconds)
      const turns: { peak: BenchReport; half: BenchReport; rate: number }[] = []
      while (turns.length < rounds) {
        const peak = await bench(load)
        const rate = Math.max(1, Math.round(peak.perSecond / 2))
        turns.push({ peak, rate, half: await bench([...load, '--rate', String(rate)]) })
      }
      results.push({
        operation,
        peakPerSecond: spreadOf(turns.map(({ peak }) => peak.perSecond)),
        ratePerSecond: spreadOf(turns.map(({ rate }) => rate)),
        p50Ms: spreadOf(turns.map(({ half }) => half.latencyMs.p50 ?? Number.NaN)),
        p99Ms: spreadOf(turns.map(({ half }) => half.latencyMs.p99 ?? Number.NaN)),
        p999Ms: spreadOf(turns.map(({ half }) => half.latencyMs.p999 ?? Number.NaN)),
        notSent: turns.reduce((sum, { half }) => sum + half.notSent, 0),
      })
    }
    return { text: textOf(results), figures: results }
  },
}

const textOf = (results: readonly Result[]): string =>
  tableText([
    ['operation', 'highest rate', 'rate', 'p50 ms', 'p99 ms', 'p99.9 ms', 'not sent'],
    ...results.map((result) => [
      result.operation,
      spreadText(result.peakPerSecond),
      spreadText(result.ratePerSecond),
      spreadText(result.p50Ms, 2),
      spreadText(result.p99Ms, 2),
      spreadText(result.p999Ms, 2),
      String(result.notSent),
    ]),
  ])
