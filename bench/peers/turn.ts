import { cpuMicrosOf } from '../cpu-time.ts'
import { runKeyholdBench } from '../keyhold-bench.ts'
import type { Contestant } from './contestants.ts'

/** The same work for every contestant. */
export const peerOperations = ['encrypt', 'decrypt', 'generate-data-key', 'sign'] as const
export type PeerOperation = (typeof peerOperations)[number]

export type Course = { readonly connections: number; readonly durationMs: number }

/** What `keyhold bench` measured of one contestant, and what that cost the contestant. */
export type Turn = {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly failed: number
  /** CPU time of the server for each request; NaN where it cannot be known. */
  readonly cpuMicrosEach: number
  readonly generatorBusy: number
}

/** Loads one contestant for a time by `keyhold bench`, in a process on a CPU of its own. */
export const takeTurn = async (
  contestant: Contestant,
  operation: PeerOperation,
  { connections, durationMs }: Course,
): Promise<Turn> => {
  const { place, pid } = contestant
  const flags = ['--operation', operation, '--connections', String(connections)]
  if (operation === 'sign') flags.push('--algorithm', 'ECDSA_SHA_256')
  // Node compiles the load generator in its first seconds: until then a fast server waits for it.
  flags.push('--duration', String(durationMs / 1000), '--warm-up', String(durationMs / 1000))
  const keyId = operation === 'sign' ? contestant.signingKeyId : contestant.keyId
  const before = await cpuMicrosOf(pid)
  const report = await runKeyholdBench(place, keyId, flags)
  const usedMicros = (await cpuMicrosOf(pid)) - before
  return {
    perSecond: report.perSecond,
    p50Ms: report.latencyMs.p50 ?? Number.NaN,
    p99Ms: report.latencyMs.p99 ?? Number.NaN,
    failed: report.failed,
    cpuMicrosEach: usedMicros / (report.requests + report.failed + report.warmUpRequests),
    generatorBusy: report.generatorBusy,
  }
}
