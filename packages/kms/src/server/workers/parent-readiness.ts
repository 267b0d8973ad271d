import type { Clock } from '../../core/ports.ts'
import type { Readiness } from '../health.ts'
import { within } from './within.ts'
import type { Parent } from './messages.ts'

/** Strangers may ask often, so one answer serves for this long. */
const answerLifeMs = 1000
const answerWithinMs = 3000

/** Whether the service is ready, as the process knows that watches over it and its workers. */
export const parentReadiness = (parent: Pick<Parent, 'ask'>, clock: Clock): Readiness => {
  let known: { readonly atMs: number; readonly reasons: Promise<readonly string[]> } | undefined
  return () => {
    const nowMs = clock.nowMs()
    if (known === undefined || Math.abs(nowMs - known.atMs) >= answerLifeMs)
      known = {
        atMs: nowMs,
        reasons: within(answerWithinMs, parent.ask('readiness', undefined)).catch(() => [
          'the process that makes changes does not answer',
        ]),
      }
    return known.reasons
  }
}
