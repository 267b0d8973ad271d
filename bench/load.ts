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
  readonly operation: string
  /** What each request asks, its bytes as base64; absent: what the benchmark of the service asks. */
  readonly input?: object
}
/** Takes requests as they go over the wire, for a service that is not spoken to in AWS's protocol. */
export type TakeOrder = {
  readonly kind: 'take'
  readonly supply: string
  readonly port: number
  readonly requests: readonly string[]
}
/** Sends from a supply for so long; the answer is a `Load`. */
export type LoadOrder = {
  readonly kind: 'load'
  readonly supply: string
  readonly port: number
  readonly connections: number
  readonly durationMs: number
  /**
   * Sends so many, whether or not earlier ones are answered; absent: each connection as soon as it
   * has its answer.
   */
  readonly perSecond?: number
}
export type Order = PrepareOrder | TakeOrder | LoadOrder

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

const prepare = async ({ supply, place, operation, input }: PrepareOrder): Promise<Prepared> => {
  const inputs = input === undefined ? await benchInputs(place, operation) : [input]
  const requests: Buffer[] = []
  for (let at = 0; at < supplySize; at += 1)
    requests.push(signedRequest(place, operation, inputs[at % inputs.length]!, Date.now()))
  return ready(supply, place.port, requests)
}

/** Keeps the requests, of which the first has to be answered well. */
const ready = async (
  supply: string,
  port: number,
  requests: readonly Buffer[],
): Promise<Prepared> => {
  supplies.set(supply, requests)
  const answer = await exchange(port, requests[0]!)
  return { requestBytes: requests[0]!.length, answerBodyBytes: Buffer.byteLength(answer) }
}

const benchInputs = async (place: ServicePlace, operation: string): Promise<readonly object[]> => {
  const name = operation as BenchOperation
  const ciphertexts = name === 'Decrypt' ? await encryptSome(place) : ['']
  return Array.from({ length: supplySize }, (_, at) =>
    benchInput(name, place.keyId, ciphertexts[at % ciphertexts.length]!),
  )
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
  let sent = 0
  const next = (): Buffer => requests[sent++ % requests.length]!
  let latencies: readonly number[]
  try {
    const drive = order.perSecond === undefined ? driveClosed : drivePaced(order.perSecond)
    latencies = await drive(connections, startMs + order.durationMs, next)
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

/** Drives the connections until the time is over; resolves to the latencies of the answers. */
type Drive = (
  connections: readonly ClientConnection[],
  endMs: number,
  request: () => Buffer,
) => Promise<readonly number[]>

/** Each connection sends its next request when it has the answer to the one before. */
const driveClosed: Drive = async (connections, endMs, request) => {
  const latencies: number[] = []
  const drive = (connection: ClientConnection): Promise<void> =>
    new Promise((resolve, reject) => {
      let sentMs = 0
      const next = (): void => {
        sentMs = performance.now()
        connection.send(request())
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
  await Promise.all(connections.map(drive))
  return latencies
}

/**
 * Requests fall due at a rate, looked at every millisecond. One that finds every connection busy
 * waits for the first to be free, and that counts: a slow server must not slow the load.
 */
const drivePaced =
  (perSecond: number): Drive =>
  (connections, endMs, request) =>
    new Promise((resolve, reject) => {
      const latencies: number[] = []
      const idle = [...connections]
      const startMs = performance.now()
      const due: number[] = []
      let noted = 0
      let underWay = 0
      const sendDue = (): void => {
        while (due.length > 0 && idle.length > 0) {
          const dueMs = due.shift()!
          const connection = idle.pop()!
          underWay += 1
          connection.onAnswer = () => {
            latencies.push(performance.now() - dueMs)
            underWay -= 1
            idle.push(connection)
            sendDue()
          }
          connection.send(request())
        }
      }
      const tick = (): void => {
        const nowMs = performance.now()
        const isOver = nowMs >= endMs
        if (isOver && underWay === 0 && due.length === 0) return resolve(latencies)
        const dueByNow = isOver ? noted : ((nowMs - startMs) * perSecond) / 1000
        for (; noted < dueByNow; noted += 1) due.push(nowMs)
        sendDue()
        setTimeout(tick, 1)
      }
      for (const connection of connections) connection.onFailure = reject
      tick()
    })

const workOf = (order: Order): Promise<Prepared | Load> => {
  if (order.kind === 'load') return load(order)
  if (order.kind === 'prepare') return prepare(order)
  const requests = order.requests.map((text) => Buffer.from(text))
  return ready(order.supply, order.port, requests)
}

process.on('message', (order: Order) => {
  workOf(order).then(
    (value) => process.send?.({ value } satisfies Reply),
    (error: unknown) => process.send?.({ error: String(error) } satisfies Reply),
  )
})
process.on('disconnect', () => process.exit())
