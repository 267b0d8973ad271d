import { type Spread, spreadOf, spreadText, tableText } from '../statistics.ts'
import type { PeerOperation, Turn } from './turn.ts'

/** What one contestant did in one kind of work at one number of connections. */
export type PeerResult = {
  readonly operation: PeerOperation
  readonly connections: number
  readonly contestant: string
  readonly perSecond: Spread
  readonly p50Ms: Spread
  readonly p99Ms: Spread
  readonly cpuMicrosEach: Spread
  /** Keyhold's rate as a share of this one's in the same round: above 1 Keyhold is ahead. */
  readonly keyholdRatio: Spread
  /** The same by CPU time for each request: what counts on a busy machine. */
  readonly keyholdCpuRatio: Spread
  /** Requests that failed, over all rounds. */
  readonly failed: number
  readonly generatorBusyMax: number
}

/** `turns`: by contestant, as many for each. One of them is `keyhold`. */
export const resultsOf = (
  operation: PeerOperation,
  connections: number,
  turns: ReadonlyMap<string, readonly Turn[]>,
): readonly PeerResult[] => {
  const own = turns.get('keyhold') ?? []
  return [...turns].map(([contestant, its]) => {
    const spread = (figure: (turn: Turn, round: number) => number): Spread =>
      spreadOf(its.map(figure))
    return {
      operation,
      connections,
      contestant,
      perSecond: spread((turn) => turn.perSecond),
      p50Ms: spread((turn) => turn.p50Ms),
      p99Ms: spread((turn) => turn.p99Ms),
      cpuMicrosEach: spread((turn) => turn.cpuMicrosEach),
      keyholdRatio: spread((turn, round) => own[round]!.perSecond / turn.perSecond),
      keyholdCpuRatio: spread((turn, round) => turn.cpuMicrosEach / own[round]!.cpuMicrosEach),
      failed: its.reduce((sum, turn) => sum + turn.failed, 0),
      generatorBusyMax: Math.max(...its.map((turn) => turn.generatorBusy)),
    }
  })
}

export const peersText = (
  results: readonly PeerResult[],
  missing: Readonly<Record<string, string>>,
): string => {
  const head = ['operation', 'connections', 'service', 'requests/s', 'p50 ms', 'p99 ms']
  head.push('CPU us each', 'keyhold is', 'by CPU', 'failed', 'generator')
  const rows = results.map((result) => [
    result.operation,
    String(result.connections),
    result.contestant,
    spreadText(result.perSecond),
    spreadText(result.p50Ms, 2),
    spreadText(result.p99Ms, 2),
    spreadText(result.cpuMicrosEach),
    result.contestant === 'keyhold' ? '' : `${spreadText(result.keyholdRatio, 2)} x`,
    result.contestant === 'keyhold' ? '' : `${spreadText(result.keyholdCpuRatio, 2)} x`,
    String(result.failed),
    `${Math.round(result.generatorBusyMax * 100)} %`,
  ])
  const absent = Object.entries(missing).map(
    ([name, why]) => `  MISSING, so not compared: ${name}: ${why}\n`,
  )
  return (
    tableText([head, ...rows]) +
    '  medians (min-max) of interleaved rounds; ratios are taken round by round, above 1 keyhold is\n' +
    '  ahead. OpenBao checks tokens and policies and writes an audit log, which it does not sync; the\n' +
    '  other peers verify no signature, decide no policy and keep no audit log.\n' +
    absent.join('')
  )
}
