import { availableParallelism } from 'node:os'
import { awsRegions } from '../core/regions.ts'
import { GrantBook } from '../core/access/grants/grant-book.ts'
import { GrantTokens } from '../core/access/grants/grant-tokens.ts'
import { awsAttestation } from '../core/attestation/roots.ts'
import { Attestation, type AttestationTrust } from '../core/attestation/verify.ts'
import { appendMissing, verifyAnchor } from '../core/audit/replay.ts'
import type { HsmClusters } from '../core/key-stores/cluster.ts'
import { KeyStores } from '../core/key-stores/key-stores.ts'
import { NonceSource } from '../core/crypto/nonce.ts'
import { AccessKeys } from '../core/identity/access-keys.ts'
import { Identities } from '../core/identity/identities.ts'
import { CredentialUses } from '../core/identity/credential-uses.ts'
import { PolicyBook } from '../core/identity/policy-book.ts'
import { Principals } from '../core/identity/principals.ts'
import { Directory } from '../core/keys/directory.ts'
import { KeyUses } from '../core/keys/key-uses.ts'
import { recoverUses } from '../core/keys/recover-uses.ts'
import { Markers } from '../core/marker.ts'
import { defaultQuotas, type Quotas } from '../core/quotas.ts'
import { ProviderKeys } from '../core/identity/web/jwks.ts'
import { WebIdentities } from '../core/identity/web/verify.ts'
import type { Clock, Fetch, KeyWork, Random, Seal, Store } from '../core/ports.ts'
import { bootstrap, type KeepCredential, type NewCredential, type Unsealed } from './bootstrap.ts'
import type { World } from './call.ts'
import type { DataDirectory } from './data-directory.ts'
import { seedDevCredential } from './dev-credential.ts'
import { httpsFetch } from './fetch.ts'
import { Front } from './front.ts'
import { createHealth } from './health.ts'
import { defaultHttpLimits, type HttpLimits } from './http/limits.ts'
import { createListener, type Transport } from './http/listener.ts'
import { logKeyStores, openBackends, scheduleKeyStores } from './key-stores/backends.ts'
import { type Log, rateLimited, reasonOf } from './log.ts'
import { scheduleDueWork } from './due-work.ts'
import { KeyWorkPool } from './key-work/pool.ts'
import { scheduleLastUses } from './last-use-schedule.ts'
import { Pipeline } from './pipeline.ts'
import { servedServices } from './served.ts'
import { type AuditLog, openAuditLog } from './sinks/audit-log.ts'
import type { Files } from './sinks/files.ts'
import { lockDirectory } from './stores/directory-lock.ts'
import { openSqliteStore } from './stores/sqlite-store.ts'
import { scheduleVerification } from './verification-schedule.ts'
import type { XksOptions } from './xks/client.ts'
import { listenForXks, type XksProxyOptions } from './xks-proxy/listen.ts'

export type ServiceOptions = {
  readonly directory: DataDirectory
  readonly seal: Seal
  readonly account: string | undefined
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  readonly tls: { readonly cert: string; readonly key: string } | undefined
  readonly regions?: readonly string[]
  /** Absent: keys of others are not kept here. */
  readonly xksProxy?: XksProxyOptions | undefined
  readonly httpTransport?: Transport | undefined
  readonly limits?: Partial<HttpLimits>
  /** Where they differ from AWS's. */
  readonly quotas?: Partial<Quotas>
  /** How rows are kept, told where their database lies; absent: in SQLite. */
  readonly openStore?: (database: string) => Promise<Store>
  /** Where the audit log's files lie; absent: in the data directory. */
  readonly auditFiles?: Files
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly keepCredential: KeepCredential
  /**
   * Reads a credential that the root of the first account has besides its own, for test suites.
   * Read when it is used, for these options live as long as the service.
   */
  readonly devCredential?: (() => Promise<NewCredential>) | undefined
  /** How the keys of identity providers are fetched; absent: over https. */
  readonly fetch?: Fetch
  /** Whose attestation documents are believed; absent: AWS's. */
  readonly attestation?: AttestationTrust
  /** How external key store proxies are reached. */
  readonly xks?: XksOptions
  /** The tokens that may stand behind custom key stores; absent: none. */
  readonly hsmClusters?: HsmClusters
}

/** How much of the audit log a start reads for uses that a crash kept from being saved. */
const recoveredBytesMax = 64 * 1024 * 1024
/** How often a full disk is looked at again. */
const refillMs = 10_000

export type Service = {
  readonly address: { readonly host: string; readonly port: number }
  readonly xksProxyAddress: { readonly host: string; readonly port: number } | undefined
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
  async all(): Promise<void> {
    for (const release of this.#all.toReversed()) await release()
    this.#all.length = 0
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

const start = async (options: ServiceOptions, releases: Releases): Promise<Service> => {
  const { directory, clock, random, log } = options
  const lock = await lockDirectory(directory.path)
  releases.add(() => lock.release())
  const { openStore = openSqliteStore } = options
  const store = await openStore(directory.database)
  releases.add(() => store.close())
  const { auditFiles: files } = options
  const audit = await openAuditLog(directory.audit, files === undefined ? {} : { files })
  releases.add(() => audit.close())
  // Before anything is made: a database that was lost must not be replaced by a new, empty one.
  requireAnchor(audit, (await store.newestChange())?.seq ?? 0)
  const unsealed = await bootstrap({
    store,
    seal: options.seal,
    account: options.account,
    clock,
    random,
    anchor: undefined,
    onTamper: (error) => log.error('tampering found', { reason: error.message }),
    keepCredential: options.keepCredential,
  })
  options.seal.close()
  if (options.devCredential !== undefined)
    await seedDevCredential(await options.devCredential(), unsealed, clock, log)
  await catchUp(audit, unsealed.state, log)
  const keyWork = new KeyWorkPool({ cpus: availableParallelism() })
  releases.add(() => keyWork.close())
  const world = await openWorld(options, unsealed, keyWork)
  const { state } = world
  releases.add(() => Promise.resolve(world.accessKeys[Symbol.dispose]()))
  const recovered = await recoverUses(world.keyUses, audit.newestLines(recoveredBytesMax))
  if (recovered > 0) log.info('last uses of keys recovered', { keys: recovered })
  const credentialUses = scheduleLastUses(() => world.credentialUses.save(), 900_000, log)
  releases.add(() => credentialUses.stop())
  const keyUses = scheduleLastUses(() => world.keyUses.save(clock.nowMs()), 3_600_000, log)
  releases.add(() => keyUses.stop())
  const keyStores = scheduleKeyStores(world.keyStores)
  releases.add(() => keyStores.stop())
  for (const schedule of scheduleDueWork(world, audit, log)) releases.add(() => schedule.stop())
  const refill = setInterval(() => audit.full() && void audit.restoreReserve(), refillMs)
  refill.unref()
  releases.add(() => Promise.resolve(clearInterval(refill)))
  const listener = await listen(options, world, store, audit)
  const verification = scheduleVerification(state, log)
  releases.add(() => Promise.resolve(verification.stop()))
  return {
    address: listener.address,
    xksProxyAddress: listener.xksProxyAddress,
    account: unsealed.account,
    isNew: unsealed.isNew,
    stop: async (graceMs) => {
      listener.drain()
      await listener.close(graceMs)
      await releases.all()
    },
  }
}

const openWorld = async (
  options: ServiceOptions,
  { state, hierarchy, account: firstAccount }: Unsealed,
  keyWork: KeyWork,
): Promise<World> => {
  const { clock, random, fetch = httpsFetch, hsmClusters = new Map(), xks = {} } = options
  const identities = new Identities(state)
  const accessKeys = await AccessKeys.load(state, hierarchy)
  return {
    firstAccount,
    clock,
    random,
    quotas: { ...defaultQuotas, ...options.quotas },
    regions: new Set(options.regions ?? awsRegions),
    state,
    hierarchy,
    directory: new Directory(state, hierarchy, clock),
    grants: new GrantBook(state),
    grantTokens: new GrantTokens(hierarchy, random),
    identities,
    policyBook: new PolicyBook(identities),
    accessKeys,
    principals: new Principals(accessKeys, identities, hierarchy, clock),
    webIdentities: new WebIdentities(identities, new ProviderKeys(fetch, clock), clock),
    credentialUses: new CredentialUses(state),
    keyUses: new KeyUses(state),
    attestation: new Attestation(options.attestation ?? awsAttestation),
    markers: new Markers(hierarchy.markerKey()),
    nonces: new NonceSource(random),
    keyWork,
    hsmClusters,
    keyStores: await KeyStores.load(state, {
      hierarchy,
      random,
      open: openBackends(clock, hsmClusters, xks),
      onEvent: logKeyStores(rateLimited(options.log, 60, () => clock.nowMs())),
    }),
  }
}

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

const listen = async (options: ServiceOptions, world: World, store: Store, audit: AuditLog) => {
  const { clock, random } = options
  const { regions } = world
  let isDraining = false
  const health = createHealth(store, audit, clock, () => isDraining)
  const strangers = rateLimited(options.log, 30, () => clock.nowMs())
  const pipeline = new Pipeline(world, audit, (error, requestId) =>
    options.log.error('request failed', { requestId, reason: reasonOf(error) }),
  )
  const front = new Front({ world, services: servedServices, regions, pipeline, log: strangers })
  const listener = await createListener({
    host: options.host,
    port: options.port,
    ...(options.tls === undefined ? {} : { tls: options.tls }),
    transport: options.httpTransport,
    limits: { ...defaultHttpLimits, ...options.limits },
    clock,
    mayRead: (headers, address) => front.mayRead(headers, address),
    onRequest: (request) => front.answer(request),
    onGet: (path) => health.page(path),
    onRefused: (reason) => {
      // The front has said so already, and said more.
      if (reason !== 'signature') strangers.warn('connection refused', { reason })
    },
    newRequestId: () => random.uuid(),
  }).catch((error: unknown) => {
    throw cannotListen(options, error)
  })
  const { xksProxy, limits, log } = options
  const xks =
    xksProxy &&
    (await listenForXks(xksProxy, { world, pipeline, regions, limits, log: strangers }).catch(
      async (error: unknown) => {
        await listener.close(0)
        throw cannotListen(xksProxy, error)
      },
    ))
  if (xks !== undefined) log.info('external key store proxy ready', xks.address)
  return {
    address: listener.address,
    xksProxyAddress: xks?.address,
    close: async (graceMs: number) => {
      await Promise.all([listener.close(graceMs), xks?.close(graceMs)])
    },
    drain: () => (isDraining = true),
  }
}

const cannotListen = (
  { host, port }: { readonly host: string; readonly port: number },
  error: unknown,
): Error => {
  const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
  const advice = isTaken ? 'something else listens there, choose another --port' : 'not possible'
  const message = `cannot listen on ${host} port ${port}: ${advice}`
  return isTaken ? new Error(message) : new Error(message, { cause: error })
}
