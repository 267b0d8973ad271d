import { performance } from 'node:perf_hooks'
import { setTimeout as after } from 'node:timers/promises'
import type { Pause } from '../core/state/chain.ts'

/** The event loop, which long work shares with requests. */
export type Loop = {
  nowMs(): number
  /** Resolves, after so long, to the share of that time in which others worked: 0 to 1. */
  rest(ms: number): Promise<number>
}

/** Rests are so many times as long as the pieces of work between them. */
const timesWhereIdle = 1
const timesWhereBusy = 9
const busyShare = 0.2
/** A piece that took longer was kept from going on. */
const pieceMsMax = 20

export const ownLoop: Loop = {
  nowMs: () => performance.now(),
  rest: async (ms) => {
    const before = performance.eventLoopUtilization()
    // A process that has nothing else to do may end.
    await after(ms, undefined, { ref: false })
    return performance.eventLoopUtilization(before).utilization
  },
}

/**
 * The pauses of one long piece of work in the background: it takes half of the time that nobody else
 * wants, and a tenth of it where requests are answered.
 */
export const considerate = (loop: Loop = ownLoop): Pause => {
  let beganAtMs = loop.nowMs()
  let times = timesWhereIdle
  return async () => {
    const workedMs = Math.min(pieceMsMax, loop.nowMs() - beganAtMs)
    const share = await loop.rest(workedMs * times)
    times = share > busyShare ? timesWhereBusy : timesWhereIdle
    beganAtMs = loop.nowMs()
  }
}
