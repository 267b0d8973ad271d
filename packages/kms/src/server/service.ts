import { availableParallelism } from 'node:os'
import { appendMissing, verifyAnchor } from '../core/audit/replay.ts'
import { savedCredentialUses } from '../core/identity/credential-uses.ts'
import { KeyUses } from '../core/keys/key-uses.ts'
import type { Seal, Store } from '../core/ports.ts'
import type { State } from '../core/state/state.ts'
import { bootstrap, type KeepCredential, type NewCredential } from './bootstrap.ts'
import type { World } from './call.ts'
import {
  discardUnfinished,
  readCheckpoint,
  requireReached,
  scheduleCheckpoints,
} from './checkpoints.ts'
import type { DataDirectory } from './data-directory.ts'
import { seedDevCredential } from './dev-credential.ts'
import { readinessOf } from './health.ts'
import { scheduleKeyStores } from './key-stores/backends.ts'
import { scheduleDueWork } from './due-work.ts'
import { KeyWorkPool } from './key-work/pool.ts'
import { scheduleLastUses } from './last-use-schedule.ts'
import { type Addresses, listen, type ListenOptions } from './listen.ts'
import { type Log, reasonOf } from './log.ts'
import { Pipeline } from './pipeline.ts'
import { recoverSavedUses } from './recovered-uses.ts'
import { type AuditLog, openAuditLog } from './sinks/audit-log.ts'
import type { Files } from './sinks/files.ts'
import { refillRegularly } from './sinks/reserve.ts'
import { lockDirectory } from './stores/directory-lock.ts'
import { openSqliteStore } from './stores/sqlite-store.ts'
import { scheduleVerification } from './verification-schedule.ts'
import { serveByWorkers, type WorkersSetting } from './workers/serve.ts'
import type { Workers } from './workers/workers.ts'
import { openWorld, type WorldOptions } from './world.ts'

export type ServiceOptions = WorldOptions &
  ListenOptions & {
    readonly directory: DataDirectory
    readonly seal: Seal
    readonly account: string | undefined
    /** How rows are kept, told where their database lies; absent: in SQLite, which workers need. */
    readonly openStore?: (database: string) => Promise<Store>
    /** Where the audit log's files lie; absent: in the data directory. */
    readonly auditFiles?: Files
    readonly log: Log
    readonly keepCredential: KeepCredential
    /**
     * Reads a credential that the root of the first account has besides its own, for test suites.
     * Read when it is used, for these options live as long as the service.
     */
    readonly devCredential?: (() => Promise<NewCredential>) | undefined
    /** Absent: this process answers requests itself. */
    readonly workers?: WorkersSetting | undefined
  }

export type Service = Addresses & {
  readonly account: string
  /** Whether this start made the cluster. */
  readonly isNew: boolean
  /** Answers what is under way, then lets go of everything. */
  stop(graceMs: number): Promise<void>
}

/** Things to let go of, newest first, whether the start succeeds or fails half way. */
class Releases {
  readonly #all: (() => Promise<void>)[] = []
  add(release: () => Promise<void>): void {
    this.#all.push(release)
  }
  /** Releases all of them, whatever becomes of one; rejects with the first failure then. */
  async all(): Promise<void> {
    const failures: unknown[] = []
    for (const release of this.#all.splice(0).toReversed())
      await release().catch((error: unknown) => failures.push(error))
    if (failures.length > 0) throw failures[0]
  }
}

/**
 * Starts a service on a data directory: lock, store, unseal, verify, catch the audit log up, listen.
 * Rejects, holding nothing, if any of it fails.
 */
export const startService = async (options: ServiceOptions): Promise<Service> => {
  const releases = new Releases()
  try {
    return await start(options, releases)
  } catch (error) {
    await releases.all()
    throw error
  }
}

/** What is on disk, read and unsealed, with an audit log that tells of all of it. */
const openState = async (options: ServiceOptions, releases: Releases) => {
  const { directory, clock, random, log } = options
  const lock = await lockDirectory(directory.path)
  releases.add(() => lock.release())
  // Before anything needs the room that it takes.
  await discardUnfinished(directory.checkpoint, log)
  const { openStore = openSqliteStore } = options
  const store = await openStore(directory.database)
  releases.add(() => store.close())
  const { auditFiles: files } = options
  const audit = await openAuditLog(directory.audit, files === undefined ? {} : { files })
  releases.add(() => audit.close())
  // Before anything is made: a database that was lost must not be replaced by a new, empty one.
  const newestSeq = (await store.newestChange())?.seq ?? 0
  requireAnchor(audit, newestSeq)
  const unsealed = await bootstrap({
    store,
    seal: options.seal,
    account: options.account,
    clock,
    random,
    anchor: undefined,
    readCheckpoint: async (stateKey) => {
      const checkpoint = await readCheckpoint(directory.checkpoint, stateKey, log)
      requireReached(checkpoint, newestSeq)
      return checkpoint
    },
    onTamper: (error) => log.error('tampering found', { reason: error.message }),
    keepCredential: options.keepCredential,
  })
  options.seal.close()
  const checkpoints = scheduleCheckpoints({
    path: directory.checkpoint,
    state: unsealed.state,
    fromSeq: unsealed.checkpointSeq,
    isAuditFull: () => audit.full(),
    log,
  })
  releases.add(() => checkpoints.stop())
  if (options.devCredential !== undefined)
    await seedDevCredential(await options.devCredential(), unsealed, clock, log)
  await catchUp(audit, unsealed.state, log)
  return { store, audit, unsealed, checkpoints }
}

const start = async (options: ServiceOptions, releases: Releases): Promise<Service> => {
  const { directory, clock, log } = options
  const { store, audit, unsealed, checkpoints } = await openState(options, releases)
  const { state } = unsealed
  const keyWork = new KeyWorkPool({ cpus: availableParallelism() })
  releases.add(() => keyWork.close())
  let workers: Workers | undefined
  const gather = options.workers && (async () => workers?.gatherUses())
  const uses = savedUses(state, gather)
  const world = await openWorld(options, unsealed, keyWork, uses)
  releases.add(() => Promise.resolve(world.accessKeys[Symbol.dispose]()))
  await recoverSavedUses(uses.keys, directory, audit, clock, log)
  for (const { stop } of scheduleWork(world, uses, audit, log)) releases.add(stop)
  const refill = refillRegularly(audit)
  releases.add(() => Promise.resolve(clearInterval(refill)))
  let isDraining = false
  const readiness = readinessOf(store, audit, clock, () => isDraining)
  const pipeline = new Pipeline(world, audit, (error, requestId) =>
    log.error('request failed', { requestId, reason: reasonOf(error) }),
  )
  const checkpoint = checkpoints.writeIfDue()
  // Workers begin where it ends.
  if (options.workers !== undefined) await checkpoint
  const serving =
    options.workers === undefined
      ? await listen(options, world, pipeline, readiness)
      : await serveByWorkers(options.workers, {
          options,
          world,
          pipeline,
          readiness,
          uses,
          onMade: (made) => (workers = made),
        })
  const { address, xksProxyAddress } = serving
  if (xksProxyAddress !== undefined) log.info('external key store proxy ready', xksProxyAddress)
  const verification = scheduleVerification(state, log)
  releases.add(() => Promise.resolve(verification.stop()))
  return {
    address,
    xksProxyAddress,
    account: unsealed.account,
    isNew: unsealed.isNew,
    stop: async (graceMs) => {
      isDraining = true
      try {
        await serving.close(graceMs)
      } finally {
        await releases.all()
      }
    },
  }
}

/** Begins with what is done in the background; to be stopped in the opposite order. */
const scheduleWork = (
  world: World,
  uses: ReturnType<typeof savedUses>,
  audit: AuditLog,
  log: Log,
): readonly { readonly stop: () => Promise<void> }[] => [
  scheduleLastUses(() => uses.credentials.save(), 900_000, log),
  scheduleLastUses((isLast) => uses.keys.save(world.clock.nowMs(), isLast), 3_600_000, log),
  scheduleKeyStores(world.keyStores),
  ...scheduleDueWork(world, audit, log),
]

/** Where uses are noted by the process that writes them. `gather`: see `LastUsesOptions`. */
const savedUses = (state: State, gather: (() => Promise<void>) | undefined) => ({
  credentials: savedCredentialUses(state, gather),
  keys: new KeyUses(state, gather),
})

/** The log must not know more than the database, and must come to know all that the database does. */
const catchUp = async (audit: AuditLog, state: World['state'], log: Log): Promise<void> => {
  requireAnchor(audit, state.newest.seq)
  const known = audit.lastChangeSeq()
  const count = await appendMissing(audit, state.changesAfter(known))
  // A crash loses the newest few records; a log without any was taken away.
  if (count > 1 && known === 0) log.error('audit log was missing', { changesRecordedAnew: count })
  else if (count > 0) log.warn('audit log caught up', { changesRecorded: count })
}

/** Throws where the log tells of changes that the database does not have. */
export const requireAnchor = (audit: AuditLog, newestSeq: number): void => {
  const rolledBack = verifyAnchor(audit, newestSeq)
  if (rolledBack !== undefined) throw rolledBack
}
