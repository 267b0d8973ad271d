import type { Measured } from './load.ts'
import { benchOperations } from './operations.ts'
import type { BenchSettings } from './settings.ts'

/** A measured load, and what is needed to judge it. */
export type Result = Measured & {
  readonly endpoint: string
  readonly settings: BenchSettings
  /** Requests that were answered, well or not, before the measurement began. */
  readonly warmUpRequests: number
  /** Share of a CPU that this process used; near 1 it measured itself. */
  readonly generatorBusy: number
}

/** Above this share of a CPU the load generator itself may be what is slow. */
const busyMost = 0.9

const fractions = { p50: 0.5, p90: 0.9, p99: 0.99, 'p99.9': 0.999 } as const

const failedOf = ({ failures }: Result): number =>
  failures.values().reduce((sum, each) => sum + each, 0)

const perSecondOf = ({ answered, durationMs }: Result): number =>
  durationMs === 0 ? 0 : (answered / durationMs) * 1000

/** One line of JSON. Latencies are in milliseconds; those that do not exist are null. */
export const resultJson = (result: Result): string => {
  const { settings, latencies, failures } = result
  const { operation, subject, loop, connections } = settings
  const [p50, p90, p99, p999] = Object.values(fractions).map((each) => latencies.percentileMs(each))
  return `${JSON.stringify({
    operation: benchOperations[operation].operation,
    endpoint: result.endpoint,
    keyId: subject.keyId,
    loop: loop.kind,
    ...(loop.kind === 'open' && { ratePerSecond: loop.perSecond }),
    connections,
    seconds: result.durationMs / 1000,
    requests: result.answered,
    perSecond: perSecondOf(result),
    latencyMs: { mean: latencies.meanMs, p50, p90, p99, p999, max: latencies.maxMs },
    failed: failedOf(result),
    failures: Object.fromEntries(failures),
    notSent: result.notSent,
    warmUpRequests: result.warmUpRequests,
    generatorBusy: result.generatorBusy,
  })}\n`
}

/** What a person reads. */
export const resultText = (result: Result): string => {
  const { settings, latencies } = result
  const rows = [
    ['mean', latencies.meanMs],
    ...Object.entries(fractions).map(([name, each]) => [name, latencies.percentileMs(each)]),
    ['max', latencies.maxMs],
  ] as const
  return [
    `${benchOperations[settings.operation].operation} at ${result.endpoint}, ${loopText(settings)}`,
    '',
    `  requests/s  ${number(perSecondOf(result), 1)}  (${number(result.answered)} in ` +
      `${number(result.durationMs / 1000, 1)} s)`,
    '',
    '  latency, ms',
    ...rows.map(
      ([name, ms]) => `    ${String(name).padEnd(6)}${number(Number(ms), 3).padStart(12)}`,
    ),
    ...notes(result),
    '',
  ].join('\n')
}

const loopText = ({ loop, connections }: BenchSettings): string => {
  const over = `${connections} connection${connections === 1 ? '' : 's'}`
  return loop.kind === 'closed'
    ? `${over}, each sends when it has its answer`
    : `${number(loop.perSecond)} requests/s over ${over}, latency from when each was due`
}

const notes = (result: Result): readonly string[] => {
  const { failures, notSent, generatorBusy } = result
  const lines: string[] = []
  const failed = failedOf(result)
  if (failed > 0) {
    lines.push('', `  FAILED: ${number(failed)}, not counted above`)
    for (const [code, count] of failures) lines.push(`    ${number(count).padStart(9)}  ${code}`)
  }
  if (notSent > 0)
    lines.push(
      '',
      `  BEHIND: ${number(notSent)} requests fell due and found every connection busy. They count`,
      '  with the time that they waited, which is less than they would have taken.',
    )
  if (generatorBusy > busyMost && result.settings.loop.kind === 'closed')
    lines.push(
      '',
      `  BOUND: this process used ${Math.round(generatorBusy * 100)} % of a CPU, so the rate may be its own; run several`,
      '  of them, or more than one machine.',
    )
  return lines
}

const number = (value: number, digits = 0): string =>
  Number.isNaN(value)
    ? '-'
    : value.toLocaleString('en-US', {
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
      })
