import { BackendError, type OpenBackend } from '../../core/key-stores/backend.ts'
import type { HsmClusters } from '../../core/key-stores/cluster.ts'
import type { KeyStoreEvent } from '../../core/key-stores/key-store.ts'
import type { KeyStores } from '../../core/key-stores/key-stores.ts'
import type { Clock } from '../../core/ports.ts'
import { type Log, reasonOf } from '../log.ts'
import { XksClient, type XksOptions } from '../xks/client.ts'

/** What backs a custom key store: the proxy that it names, or a token of the configuration. */
export const openBackends =
  (clock: Clock, clusters: HsmClusters, xks: XksOptions): OpenBackend =>
  (record, secret) => {
    if (record.type === 'EXTERNAL_KEY_STORE')
      return new XksClient(record.proxy, record.region, secret, clock, xks)
    const { clusterId } = record.token
    const cluster = clusters.get(clusterId)
    if (cluster !== undefined) return cluster.open(secret)
    secret[Symbol.dispose]()
    throw new BackendError('clusterUnknown', `the configuration has no ${clusterId}`)
  }

/** Tells the operator what became of connections. */
export const logKeyStores =
  (log: Log) =>
  ({ name, error, ...fields }: KeyStoreEvent): void => {
    if (error === undefined) log.info(name, fields)
    else log.warn(name, { ...fields, reason: reasonOf(error) })
  }

/** How often a store is tried that could not be connected when the service started. */
const retryMs = 10_000
/** How often the health of what backs a connected store is looked at: AWS says «every few minutes». */
const healthMs = 180_000

export type KeyStoreSchedule = { stop(): Promise<void> }

/** Connects the stores that are to be connected, and looks after them, until it is stopped. */
export const scheduleKeyStores = (stores: KeyStores): KeyStoreSchedule => {
  stores.start()
  const retries = setInterval(() => stores.retry(), retryMs)
  const checks = setInterval(() => void stores.checkHealth(), healthMs)
  retries.unref()
  checks.unref()
  return {
    stop: () => {
      clearInterval(retries)
      clearInterval(checks)
      return stores.close()
    },
  }
}
