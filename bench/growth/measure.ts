import type { JsonObject } from '../../packages/kms/src/client/json.ts'
import { cpuMicrosOf } from '../cpu-time.ts'
import { runKeyholdBench } from '../keyhold-bench.ts'
import { type Spread, spreadOf } from '../statistics.ts'
import { residentMib, type Started } from './service.ts'

const pagesMax = 20
/** Keys that are in use at the same time. */
const hotKeys = 1000

/** What a state of one size costs. Times in ms unless they say otherwise. */
export type Size = {
  readonly readyMs: number
  /** CPU time until then. */
  readonly readyCpuMs: number
  readonly readyMib: number
  /** When each of up to 1,000 keys has been used. */
  readonly hotMib: number
  /** Until all of the state was verified once, beside the first requests, and the CPU time of both. */
  readonly verifiedMs: number
  readonly verifiedCpuMs: number
  readonly encryptP50Ms: number
  /** CPU time of the service for each request; and as a share of the reference's, in turns. */
  readonly encryptCpuMicros: number
  readonly encryptCpuRatio: Spread
  readonly createKeysPerSecond: number
  readonly createKeyCpuMicros: number
  /** A page of 1,000, and one of 100 aliases; the median of the first twenty. */
  readonly listKeysMs: number
  readonly listAliasesMs: number
}

/** A service with next to nothing in it, and a key there. */
export type Reference = { readonly service: Started; readonly keyId: string }

export const measureSize = async (
  service: Started,
  reference: Reference,
  durationMs: number,
): Promise<Size> => {
  const { readyMs, readyCpuMs, readyMib } = service
  const keys = await pages(service, 'ListKeys', 'Keys', 1000)
  const keyIds = (keys.items as readonly { readonly KeyId: string }[]).map(({ KeyId }) => KeyId)
  const [firstKey = ''] = keyIds
  for (const keyId of keyIds.slice(0, hotKeys)) await encrypt(service, keyId)
  const hotMib = await residentMib(service.pid)
  // It would be counted for the requests beside it.
  const verified = await service.verified
  const encrypting = await encryptBeside(service, firstKey, reference, durationMs)
  const creating = await createKeys(service, durationMs)
  const aliases = await pages(service, 'ListAliases', 'Aliases', 100)
  return {
    readyMs,
    readyCpuMs,
    readyMib,
    hotMib,
    verifiedMs: verified.afterMs,
    verifiedCpuMs: verified.cpuMs,
    encryptP50Ms: encrypting.p50Ms,
    encryptCpuMicros: encrypting.cpuMicros,
    encryptCpuRatio: encrypting.cpuRatio,
    createKeysPerSecond: creating.perSecond,
    createKeyCpuMicros: creating.cpuMicros,
    listKeysMs: keys.medianMs,
    listAliasesMs: aliases.medianMs,
  }
}

const encrypt = async ({ client }: Started, KeyId: string): Promise<void> => {
  await client.call('Encrypt', { KeyId, Plaintext: 'AAAA' })
}

const pages = async ({ client }: Started, operation: string, member: string, Limit: number) => {
  const items: unknown[] = []
  const times: number[] = []
  let input: JsonObject = { Limit }
  while (times.length < pagesMax) {
    const startMs = performance.now()
    const answer = await client.call(operation, input)
    times.push(performance.now() - startMs)
    items.push(...(answer[member] as readonly unknown[]))
    if (answer['Truncated'] !== true) break
    input = { ...input, Marker: answer['NextMarker'] }
  }
  const medianMs = times.toSorted((a, b) => a - b)[times.length >> 1]!
  return { items, medianMs }
}

const rounds = 3

/** One service and the other in turns, for the machine is faster at times: a ratio in each round. */
const encryptBeside = async (
  service: Started,
  keyId: string,
  reference: Reference,
  durationMs: number,
) => {
  const loads: Load[] = []
  const ratios: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const before = await loadEncrypt(reference.service, reference.keyId, durationMs / 2)
    const own = await loadEncrypt(service, keyId, durationMs)
    const after = await loadEncrypt(reference.service, reference.keyId, durationMs / 2)
    loads.push(own)
    ratios.push((own.cpuMicros * 2) / (before.cpuMicros + after.cpuMicros))
  }
  return {
    p50Ms: spreadOf(loads.map(({ p50Ms }) => p50Ms)).median,
    cpuMicros: spreadOf(loads.map(({ cpuMicros }) => cpuMicros)).median,
    cpuRatio: spreadOf(ratios),
  }
}

type Load = { readonly p50Ms: number; readonly cpuMicros: number }

/** Encrypt over 16 connections, by `keyhold bench`. */
export const loadEncrypt = async (
  { pid, place }: Started,
  keyId: string,
  durationMs: number,
): Promise<Load> => {
  const before = await cpuMicrosOf(pid)
  const seconds = String(durationMs / 1000)
  const flags = ['--duration', seconds, '--warm-up', seconds]
  const report = await runKeyholdBench(place, keyId, flags)
  const usedMicros = (await cpuMicrosOf(pid)) - before
  return {
    p50Ms: report.latencyMs.p50 ?? Number.NaN,
    cpuMicros: usedMicros / (report.requests + report.warmUpRequests),
  }
}

/** By 16 callers at once; changes run one after the other. */
const createKeys = async ({ pid, client }: Started, durationMs: number) => {
  const before = await cpuMicrosOf(pid)
  const startMs = performance.now()
  let count = 0
  const caller = async (): Promise<void> => {
    while (performance.now() - startMs < durationMs) {
      await client.call('CreateKey', {})
      count += 1
    }
  }
  await Promise.all(Array.from({ length: 16 }, caller))
  const seconds = (performance.now() - startMs) / 1000
  const usedMicros = (await cpuMicrosOf(pid)) - before
  return { perSecond: count / seconds, cpuMicros: usedMicros / count }
}
