import type { HsmClusters } from '../../core/key-stores/cluster.ts'
import type { Random } from '../../core/ports.ts'
import type { Hierarchy } from '../../core/seal/hierarchy.ts'
import { State } from '../../core/state/state.ts'
import type { World } from '../call.ts'
import { readCheckpoint } from '../checkpoints.ts'
import { auditReasons } from '../health.ts'
import { scheduleKeyStores } from '../key-stores/backends.ts'
import { KeyWorkPool } from '../key-work/pool.ts'
import { type Addresses, listen, type Listening } from '../listen.ts'
import { type Log, reasonOf } from '../log.ts'
import { Pipeline } from '../pipeline.ts'
import { openAuditLog } from '../sinks/audit-log.ts'
import { refillRegularly } from '../sinks/reserve.ts'
import { lockSlot } from '../sinks/slots.ts'
import { openReadOnlyStore } from '../stores/sqlite-read-only.ts'
import { systemClock } from '../system.ts'
import { openWorld } from '../world.ts'
import { followChange, followFailure } from './following.ts'
import { forwardChanges } from './forwarding.ts'
import { parentReadiness } from './parent-readiness.ts'
import type { Changed, Parent, Unsure, WorkerSettings, WorkerUses } from './messages.ts'
import { NotedHere } from './noted-uses.ts'

/** How often uses are told to the parent. */
const tellEveryMs = 5000

/** What only the program of the worker can do. */
export type WorkerHost = {
  readonly readHsmClusters: (file: string) => Promise<HsmClusters>
}

export type WorkerWorld = {
  readonly settings: WorkerSettings
  readonly hierarchy: Hierarchy
  readonly random: Random
  readonly parent: Parent
  readonly log: Log
  readonly host: WorkerHost
}

/** The service as a worker process has it, opened. */
export type WorkerService = {
  listen(): Promise<Addresses>
  changed(change: Changed): Promise<void>
  unsure(failed: Unsure): Promise<void>
  takeUses(): WorkerUses
  readiness(): readonly string[]
  drain(graceMs: number): Promise<WorkerUses>
}

/** Opens store, state and audit log for a worker; nobody is answered before `listen`. */
export const openWorker = async (options: WorkerWorld): Promise<WorkerService> => {
  const { settings, hierarchy, random, parent, log, host } = options
  const store = openReadOnlyStore(settings.database)
  const whole = { ...store, close: async () => store.close() }
  const stateKey = hierarchy.stateKey()
  const state = await State.open(whole, stateKey, {
    checkpoint: await readCheckpoint(settings.checkpoint, stateKey, log),
    onTamper: (error) => log.error('tampering found', { reason: error.message }),
  })
  const lock = await lockSlot(settings.audit)
  const audit = await openAuditLog(settings.audit)
  const uses = usesToTell(parent)
  const { hsmClustersFile: file } = settings
  const hsmClusters = file === undefined ? new Map() : await host.readHsmClusters(file)
  const keyWork = new KeyWorkPool({ cpus: settings.cpus })
  const worldOptions = { ...settings, clock: systemClock, random, log, hsmClusters }
  const unsealed = { state, hierarchy, account: settings.account }
  const world: World = await openWorld(worldOptions, unsealed, keyWork, uses)
  const onFault = (error: unknown, requestId?: string): void =>
    log.error('request failed', { requestId, reason: reasonOf(error) })
  const own = new Pipeline(world, audit, onFault)
  const pipeline = forwardChanges(own, (call) => parent.ask('call', call))
  const keyStores = scheduleKeyStores(world.keyStores)
  const refill = refillRegularly(audit)
  const telling = setInterval(uses.tell, tellEveryMs)
  telling.unref()
  let listening: Listening | undefined
  let hasEnded = false
  return {
    listen: async () => {
      const readiness = parentReadiness(parent, systemClock)
      listening = await listen({ ...settings, log }, world, pipeline, readiness)
      const { address, xksProxyAddress } = listening
      return { address, xksProxyAddress }
    },
    // What answers nobody any more keeps nobody waiting.
    changed: async (change) => {
      if (!hasEnded) await followChange(world, change, onFault)
    },
    unsure: async (failed) => {
      if (!hasEnded) await followFailure(world, store, failed, onFault)
    },
    takeUses: uses.take,
    readiness: () => auditReasons(audit),
    drain: async (graceMs) => {
      await listening?.close(graceMs)
      hasEnded = true
      clearInterval(telling)
      clearInterval(refill)
      await keyStores.stop()
      await keyWork.close()
      await audit.close()
      await lock.release()
      world.accessKeys[Symbol.dispose]()
      store.close()
      return uses.take()
    },
  }
}

const usesToTell = (parent: Parent) => {
  const tell = (): void => {
    const taken = take()
    if (taken.credentials.length + taken.keys.length > 0)
      // The parent is gone then, and with it this process.
      void parent.ask('noteUses', taken).catch(() => undefined)
  }
  const credentials = new NotedHere({ ask: (id) => parent.ask('credentialUse', id), onFull: tell })
  const keys = new NotedHere({ ask: (id) => parent.ask('keyUse', id), onFull: tell })
  const take = (): WorkerUses => ({ credentials: credentials.take(), keys: keys.take() })
  return { credentials, keys, take, tell }
}
