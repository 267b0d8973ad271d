/**
 * The load generator, a process of its own so that its work is not the server's. It signs its
 * requests before the clock runs, and sends each one when the answer before it has come.
 */
import {
  benchInput,
  type BenchOperation,
  type ServicePlace,
  signedRequest,
} from './signed-request.ts'
import { percentileOf } from './statistics.ts'
import { ClientConnection, exchange } from './wire.ts'

/** Signs a supply of requests; the answer is a `Prepared`. Signatures hold for five minutes. */
export type PrepareOrder = {
  readonly kind: 'prepare'
  readonly supply: string
  readonly place: ServicePlace
  readonly operation: BenchOperation
}
/** Sends from a supply for so long; the answer is a `Load`. */
export type LoadOrder = {
  readonly kind: 'load'
  readonly supply: string
  readonly port: number
  readonly connections: number
  readonly durationMs: number
}
export type Order = PrepareOrder | LoadOrder

export type Prepared = { readonly requestBytes: number; readonly answerBodyBytes: number }
export type Load = {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Share of its CPU that the generator itself used: near 1 it measures itself. */
  readonly generatorBusy: number
}
export type Reply = { readonly value: Prepared | Load } | { readonly error: string }

/** More than any cache of recent signatures would hold. */
const supplySize = 8192
const ciphertextsMax = 256

const supplies = new Map<string, readonly Buffer[]>()

const prepare = async ({ supply, place, operation }: PrepareOrder): Promise<Prepared> => {
  const ciphertexts = operation === 'Decrypt' ? await encryptSome(place) : ['']
  const requests: Buffer[] = []
  for (let at = 0; at < supplySize; at += 1) {
    const input = benchInput(operation, place.keyId, ciphertexts[at % ciphertexts.length]!)
    requests.push(signedRequest(place, operation, input, Date.now()))
  }
  supplies.set(supply, requests)
  const answer = await exchange(place.port, requests[0]!)
  return { requestBytes: requests[0]!.length, answerBodyBytes: Buffer.byteLength(answer) }
}

const encryptSome = async (place: ServicePlace): Promise<readonly string[]> => {
  const ciphertexts: string[] = []
  while (ciphertexts.length < ciphertextsMax) {
    const input = benchInput('Encrypt', place.keyId, '')
    const answer = await exchange(place.port, signedRequest(place, 'Encrypt', input, Date.now()))
    ciphertexts.push((JSON.parse(answer) as { CiphertextBlob: string }).CiphertextBlob)
  }
  return ciphertexts
}

const load = async (order: LoadOrder): Promise<Load> => {
  const requests = supplies.get(order.supply)
  if (requests === undefined) throw new Error(`nothing was prepared for ${order.supply}`)
  const connections = await Promise.all(
    Array.from({ length: order.connections }, () => ClientConnection.open(order.port)),
  )
  const cpuBefore = process.cpuUsage()
  const startMs = performance.now()
  const endMs = startMs + order.durationMs
  const latencies: number[] = []
  let sent = 0
  const drive = (connection: ClientConnection): Promise<void> =>
    new Promise((resolve, reject) => {
      let sentMs = 0
      const next = (): void => {
        sentMs = performance.now()
        connection.send(requests[sent++ % requests.length]!)
      }
      connection.onFailure = reject
      connection.onAnswer = () => {
        const nowMs = performance.now()
        if (nowMs >= endMs) return resolve()
        latencies.push(nowMs - sentMs)
        next()
      }
      next()
    })
  try {
    await Promise.all(connections.map(drive))
  } finally {
    for (const connection of connections) connection.close()
  }
  const { user, system } = process.cpuUsage(cpuBefore)
  const sorted = Float64Array.from(latencies).sort()
  return {
    perSecond: (latencies.length / order.durationMs) * 1000,
    p50Ms: percentileOf(sorted, 0.5),
    p99Ms: percentileOf(sorted, 0.99),
    generatorBusy: (user + system) / 1000 / (performance.now() - startMs),
  }
}

process.on('message', (order: Order) => {
  const work: Promise<Prepared | Load> = order.kind === 'prepare' ? prepare(order) : load(order)
  work.then(
    (value) => process.send?.({ value } satisfies Reply),
    (error: unknown) => process.send?.({ error: String(error) } satisfies Reply),
  )
})
process.on('disconnect', () => process.exit())
