import type { Scope } from '../children.ts'
import { Generator } from '../generator.ts'
import type { BenchService } from '../keyhold-service.ts'
import type { Load } from '../load.ts'
import type { BenchOptions } from '../question.ts'
import { type Spread, spreadOf, spreadText, tableText } from '../statistics.ts'
import { newKey, wireInput } from './calls.ts'

/** How long Encrypt takes at a quarter of its peak rate, with and without much to sign. */
export type Latency = {
  readonly peakPerSecond: number
  readonly idle: Pick<Summary, 'p50Ms' | 'p99Ms'>
  readonly signing: Summary
  /** Round by round: the 99th percentile while signing as a multiple of that of an idle service. */
  readonly p99Ratio: Spread
}
type Summary = { readonly p50Ms: Spread; readonly p99Ms: Spread; readonly signedPerSecond: Spread }

/** To be reached. */
const ratioMax = 3
/** Enough that the pool always has the next signature waiting. */
const signers = 16
const connections = 64

export const measureLatency = async (
  scope: Scope,
  { place }: BenchService,
  { quick, rounds = quick ? 2 : 5 }: BenchOptions,
): Promise<Latency> => {
  const [encrypting, signing] = [new Generator(scope), new Generator(scope)]
  await encrypting.prepare({ supply: 'Encrypt', place, operation: 'Encrypt' })
  const KeyId = await newKey(place, 'RSA_4096', 'SIGN_VERIFY')
  const SigningAlgorithm = 'RSASSA_PKCS1_V1_5_SHA_256'
  const input = wireInput({ KeyId, SigningAlgorithm, Message: Buffer.alloc(32, 7) })
  await signing.prepare({ supply: 'Sign', place, operation: 'Sign', input })
  const { port } = place
  const durationMs = quick ? 1000 : 4000
  const encrypt = { supply: 'Encrypt', port, connections, durationMs }
  const sign = { supply: 'Sign', port, connections: signers, durationMs: durationMs + 500 }
  await encrypting.load(encrypt)
  const { perSecond: peakPerSecond } = await encrypting.load(encrypt)
  const paced = { ...encrypt, perSecond: peakPerSecond / 4 }
  const idle: Load[] = []
  const busy: { readonly encrypted: Load; readonly signed: Load }[] = []
  for (let round = 0; round < rounds; round += 1) {
    idle.push(await encrypting.load(paced))
    const [signed, encrypted] = await Promise.all([signing.load(sign), encrypting.load(paced)])
    busy.push({ encrypted, signed })
  }
  return {
    peakPerSecond,
    idle: {
      p50Ms: spreadOf(idle.map(({ p50Ms }) => p50Ms)),
      p99Ms: spreadOf(idle.map(({ p99Ms }) => p99Ms)),
    },
    signing: {
      p50Ms: spreadOf(busy.map(({ encrypted }) => encrypted.p50Ms)),
      p99Ms: spreadOf(busy.map(({ encrypted }) => encrypted.p99Ms)),
      signedPerSecond: spreadOf(busy.map(({ signed }) => signed.perSecond)),
    },
    p99Ratio: spreadOf(busy.map(({ encrypted }, round) => encrypted.p99Ms / idle[round]!.p99Ms)),
  }
}

export const latencyText = ({ peakPerSecond, idle, signing, p99Ratio }: Latency): string => {
  const quarter = Math.round(peakPerSecond / 4).toLocaleString('en-US')
  const rows = [
    ['Encrypt', 'p50 ms', 'p99 ms', 'RSA_4096 signatures/s'],
    ['nothing else', spreadText(idle.p50Ms, 2), spreadText(idle.p99Ms, 2), ''],
    [
      'while signing',
      spreadText(signing.p50Ms, 2),
      spreadText(signing.p99Ms, 2),
      spreadText(signing.signedPerSecond),
    ],
  ]
  return (
    `\n  Encrypt at ${quarter} a second, a quarter of its peak rate, while RSA_4096 signing is saturated\n` +
    tableText(rows) +
    `  p99 while signing / p99 before it: ${spreadText(p99Ratio, 2)}, to reach at most ${ratioMax}: ` +
    `${p99Ratio.median <= ratioMax ? 'reached' : 'MISSED'}\n`
  )
}
