import { cpuMicrosOf } from '../cpu-time.ts'
import { type BenchPlace, runKeyholdBench } from '../keyhold-bench.ts'

/** The same work for every contestant. */
export const peerOperations = ['encrypt', 'decrypt', 'generate-data-key', 'sign'] as const
export type PeerOperation = (typeof peerOperations)[number]

export type Course = { readonly connections: number; readonly durationMs: number }

/** Who is sent requests: a service, or the echo. */
export type Contestant = {
  readonly name: string
  readonly pid: number
  readonly load: LoadContestant
}

/** Sends one kind of work for a time; `requests`: how many were sent in all, those before it too. */
export type LoadContestant = (
  operation: PeerOperation,
  course: Course,
) => Promise<Omit<Turn, 'cpuMicrosEach'> & { readonly requests: number }>

/** What was measured of one contestant, and what that cost the contestant. */
export type Turn = {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly failed: number
  /** CPU time of the server for each request; NaN where it cannot be known. */
  readonly cpuMicrosEach: number
  readonly generatorBusy: number
}

/** Loads one contestant for a time, by a process on a CPU of its own. */
export const takeTurn = async (
  { pid, load }: Contestant,
  operation: PeerOperation,
  course: Course,
): Promise<Turn> => {
  const before = await cpuMicrosOf(pid)
  const { requests, ...measured } = await load(operation, course)
  const usedMicros = (await cpuMicrosOf(pid)) - before
  return { ...measured, cpuMicrosEach: usedMicros / requests }
}

/** How those are loaded that speak AWS's protocol: by `keyhold bench`. */
export const loadByCommand =
  (place: BenchPlace, keyId: string, signingKeyId: string): LoadContestant =>
  async (operation, { connections, durationMs }) => {
    const flags = ['--operation', operation, '--connections', String(connections)]
    if (operation === 'sign') flags.push('--algorithm', 'ECDSA_SHA_256')
    // Node compiles the load generator in its first seconds: until then a fast server waits for it.
    flags.push('--duration', String(durationMs / 1000), '--warm-up', String(durationMs / 1000))
    const report = await runKeyholdBench(place, operation === 'sign' ? signingKeyId : keyId, flags)
    return {
      perSecond: report.perSecond,
      p50Ms: report.latencyMs.p50 ?? Number.NaN,
      p99Ms: report.latencyMs.p99 ?? Number.NaN,
      failed: report.failed,
      requests: report.requests + report.failed + report.warmUpRequests,
      generatorBusy: report.generatorBusy,
    }
  }
