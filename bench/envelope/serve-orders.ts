import { createInterface } from 'node:readline'
import { type Order, type Reply, type Turn, warmUpMs, warmUpShare, type Work } from './work.ts'

/** What was done: as much of the prepared work as `share` says, 1 being all of it. */
export type Run = (share: number) => Promise<Pick<Turn, 'bytes' | 'messages'>>

/**
 * The main loop of a contestant that runs on Node: a line of JSON for an order, a line for the
 * answer. Ends with its input, so that it outlives nobody who asks it.
 */
export const serveOrders = async (prepare: (work: Work) => Promise<Run>): Promise<void> => {
  let run: Run | undefined
  const carryOut = async (order: Order): Promise<Turn | 'prepared'> => {
    if (order.kind === 'turn') {
      if (run === undefined) throw new Error('nothing is prepared')
      return await takeTurn(run)
    }
    run = await prepare(order.work)
    const warmMs = performance.now() + warmUpMs
    while (performance.now() < warmMs) await run(warmUpShare)
    return 'prepared'
  }
  for await (const line of createInterface({ input: process.stdin })) {
    let reply: Reply
    try {
      reply = { value: await carryOut(JSON.parse(line) as Order) }
    } catch (error) {
      reply = { error: error instanceof Error ? error.message : String(error) }
    }
    process.stdout.write(`${JSON.stringify(reply)}\n`)
  }
  // A client of the service may keep connections that would keep the process.
  process.exit()
}

/** What lies about from before is collected first: it is not the turn's. */
const takeTurn = async (run: Run): Promise<Turn> => {
  globalThis.gc?.()
  await run(warmUpShare)
  const cpuBefore = process.cpuUsage()
  const startMs = performance.now()
  const done = await run(1)
  const wallMs = performance.now() - startMs
  const { user, system } = process.cpuUsage(cpuBefore)
  return { ...done, wallMs, cpuMs: (user + system) / 1000 }
}
