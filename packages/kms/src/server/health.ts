import type { AuditSink, Clock, Store } from '../core/ports.ts'
import type { RawResponse } from './http/answers.ts'

/** A probe opens a transaction; strangers may ask often, so one answer serves for this long. */
const probeLifeMs = 1000

export type Health = {
  /** The pages at `/healthz` and `/readyz`, which need no signature and tell no secret. */
  page(path: string): RawResponse | Promise<RawResponse> | undefined
}

/** Why the service is not ready; nothing if it is. Never rejects. */
export type Readiness = () => Promise<readonly string[]>

/** What one process can tell of itself. */
export const readinessOf = (
  store: Pick<Store, 'probe'>,
  audit: AuditSink,
  clock: Clock,
  isDraining: () => boolean,
): Readiness => {
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
  return async () => {
    const reasons: string[] = []
    if (isDraining()) reasons.push('the service is stopping')
    reasons.push(...auditReasons(audit))
    if (!(await isStoreReady())) reasons.push('the store cannot be written')
    return reasons
  }
}

/** Why calls cannot be recorded; nothing if they can. */
export const auditReasons = (audit: AuditSink): readonly string[] => {
  const reasons: string[] = []
  if (audit.failure() !== undefined) reasons.push('the audit log cannot be written')
  if (audit.full()) reasons.push('the disk of the audit log is full')
  return reasons
}

export const createHealth = (readiness: Readiness): Health => {
  const ready = async (): Promise<RawResponse> => {
    const reasons = await readiness()
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
  body: `${JSON.stringify(content)}\n`,
})
