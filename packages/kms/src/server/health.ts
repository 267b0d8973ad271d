import type { AuditSink, Clock, Store } from '../core/ports.ts'
import type { RawResponse } from './http/answers.ts'

/** A probe opens a transaction; strangers may ask often, so one answer serves for this long. */
const probeLifeMs = 1000

export type Health = {
  /** The pages at `/healthz` and `/readyz`, which need no signature and tell no secret. */
  page(path: string): RawResponse | Promise<RawResponse> | undefined
}

export const createHealth = (
  store: Store,
  audit: AuditSink,
  clock: Clock,
  isDraining: () => boolean,
): Health => {
  let probe: { readonly atMs: number; readonly outcome: Promise<boolean> } | undefined
  const isStoreReady = (): Promise<boolean> => {
    const nowMs = clock.nowMs()
    if (probe === undefined || Math.abs(nowMs - probe.atMs) >= probeLifeMs)
      probe = {
        atMs: nowMs,
        outcome: store.probe().then(
          () => true,
          () => false,
        ),
      }
    return probe.outcome
  }
  const ready = async (): Promise<RawResponse> => {
    const reasons: string[] = []
    if (isDraining()) reasons.push('the service is stopping')
    if (audit.failure() !== undefined) reasons.push('the audit log cannot be written')
    if (audit.full()) reasons.push('the disk of the audit log is full')
    if (!(await isStoreReady())) reasons.push('the store cannot be written')
    return reasons.length === 0
      ? page(200, { status: 'ready' })
      : page(503, { status: 'not ready', reasons })
  }
  return {
    page: (path) => {
      if (path === '/healthz') return page(200, { status: 'alive' })
      return path === '/readyz' ? ready() : undefined
    },
  }
}

const page = (status: number, content: object): RawResponse => ({
  status,
  headers: [['Content-Type', 'application/json']],
  body: Buffer.from(`${JSON.stringify(content)}\n`),
})
