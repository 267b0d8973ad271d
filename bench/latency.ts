/**
 * What latency does a client see at half of the highest rate, where requests come by themselves? An
 * HTTP server that does nothing gets as many: what it shows is the machine's and the generator's.
 */
import { join } from 'node:path'
import { firstLine, Scope } from './children.ts'
import { type BenchReport, runKeyholdBench } from './keyhold-bench.ts'
import { startKeyhold } from './keyhold-service.ts'
import type { Question } from './question.ts'
import { type Spread, spreadOf, spreadText, tableText } from './statistics.ts'

const root = join(import.meta.dirname, '..')
const serverCpu = 0
const operations = ['encrypt', 'decrypt', 'generate-data-key'] as const
/** Of the echo, about as long as the answers of the service. */
const bodyBytes = { Encrypt: 350, Decrypt: 300, GenerateDataKey: 450 }

/** Node compiles what runs often in the second or third second of a run, beside it on the same CPU. */
const warmUpSeconds = 4

/** Latencies count from when each request was due. */
type Result = {
  readonly operation: string
  readonly peakPerSecond: Spread
  readonly ratePerSecond: Spread
  readonly p50Ms: Spread
  readonly p99Ms: Spread
  readonly p999Ms: Spread
  readonly echoP99Ms: Spread
  readonly notSent: number
}

type Turn = {
  readonly peak: BenchReport
  readonly rate: number
  readonly half: BenchReport
  readonly echo: BenchReport
}

export const question: Question = {
  title: 'latency: at half of the highest rate, by keyhold bench',
  async answer({ quick, connections, rounds = quick ? 1 : 5 }) {
    await using scope = new Scope()
    const { place } = await startKeyhold(scope, root, { cpu: serverCpu })
    const endpoint = `http://${place.host}:${place.port}`
    const echoEndpoint = await startEcho(scope)
    const bench = (url: string, flags: readonly string[]): Promise<BenchReport> =>
      runKeyholdBench({ ...place, endpoint: url }, place.keyId, flags)
    const seconds = quick ? '0.5' : '3'
    // The peak gives no more than the rate; for the latencies the generator has to be warm.
    const warmUp = quick ? '0.5' : String(warmUpSeconds)
    const results: Result[] = []
    for (const operation of operations) {
      const load = ['--operation', operation, '--connections', String(connections)]
      load.push('--duration', seconds)
      // The service compiles its own code in its first seconds too.
      if (!quick) await bench(endpoint, load)
      const turns: Turn[] = []
      while (turns.length < rounds) {
        const peak = await bench(endpoint, [...load, '--warm-up', '0.5'])
        const rate = Math.max(1, Math.round(peak.perSecond / 2))
        const paced = [...load, '--rate', String(rate), '--warm-up', warmUp]
        const half = await bench(endpoint, paced)
        turns.push({ peak, rate, half, echo: await bench(echoEndpoint, paced) })
      }
      results.push(resultOf(operation, turns))
    }
    return { text: textOf(results), figures: results }
  },
}

const startEcho = async (scope: Scope): Promise<string> => {
  const script = join(import.meta.dirname, 'echo-server.ts')
  const child = scope.child([script, JSON.stringify(bodyBytes)], { cpu: serverCpu })
  return `http://127.0.0.1:${await firstLine(child, Number)}`
}

const resultOf = (operation: string, turns: readonly Turn[]): Result => {
  const latency = (of: 'half' | 'echo', name: 'p50' | 'p99' | 'p999'): Spread =>
    spreadOf(turns.map((turn) => turn[of].latencyMs[name] ?? Number.NaN))
  return {
    operation,
    peakPerSecond: spreadOf(turns.map(({ peak }) => peak.perSecond)),
    ratePerSecond: spreadOf(turns.map(({ rate }) => rate)),
    p50Ms: latency('half', 'p50'),
    p99Ms: latency('half', 'p99'),
    p999Ms: latency('half', 'p999'),
    echoP99Ms: latency('echo', 'p99'),
    notSent: turns.reduce((sum, { half }) => sum + half.notSent, 0),
  }
}

const textOf = (results: readonly Result[]): string =>
  tableText([
    [
      'operation',
      'highest rate',
      'rate',
      'p50 ms',
      'p99 ms',
      'p99.9 ms',
      'echo p99 ms',
      'not sent',
    ],
    ...results.map((result) => [
      result.operation,
      spreadText(result.peakPerSecond),
      spreadText(result.ratePerSecond),
      spreadText(result.p50Ms, 2),
      spreadText(result.p99Ms, 2),
      spreadText(result.p999Ms, 2),
      spreadText(result.echoP99Ms, 2),
      String(result.notSent),
    ]),
  ])
