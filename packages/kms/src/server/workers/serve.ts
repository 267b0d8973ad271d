import { availableParallelism } from 'node:os'
import type { LastUses } from '../../core/state/last-uses.ts'
import type { CredentialUse } from '../../core/identity/credential-uses.ts'
import type { KeyUses } from '../../core/keys/key-uses.ts'
import { recoverUses } from '../../core/keys/recover-uses.ts'
import type { World } from '../call.ts'
import type { DataDirectory } from '../data-directory.ts'
import type { Readiness } from '../health.ts'
import type { Listening, ListenOptions } from '../listen.ts'
import type { Answering } from '../pipeline.ts'
import { linesOfSlot, slotDirectory } from '../sinks/slots.ts'
import type { WorldOptions } from '../world.ts'
import { forgetUsesOf } from './following.ts'
import { answerForwarded } from './forwarded.ts'
import type { WorkerSettings } from './messages.ts'
import { Workers } from './workers.ts'

/** Processes that answer requests, while this one makes the changes. */
export type WorkersSetting = {
  readonly count: number
  /** The file that a worker runs. */
  readonly program: string
  /** Where the tokens are described that `WorldOptions.hsmClusters` holds. */
  readonly hsmClustersFile?: string | undefined
}

/** How much of a dead worker's audit log is read for uses that it did not tell. */
const recoveredBytesMax = 16 * 1024 * 1024

type Parent = {
  readonly options: WorldOptions & ListenOptions & { readonly directory: DataDirectory }
  readonly world: World
  readonly pipeline: Answering
  readonly readiness: Readiness
  readonly uses: { readonly credentials: LastUses<CredentialUse>; readonly keys: KeyUses }
  /** Is called before any of them runs. */
  readonly onMade: (workers: Workers) => void
}

/**
 * Has worker processes listen, and is their parent: makes the changes that they are asked for, and
 * lets none return before all of them know of it.
 */
export const serveByWorkers = async (
  setting: WorkersSetting,
  { options, world, pipeline, readiness, uses, onMade }: Parent,
): Promise<Listening> => {
  const { directory, clock, log } = options
  const { state, hierarchy } = world
  const workers = new Workers({
    count: setting.count,
    program: setting.program,
    hierarchy,
    clock,
    log,
    settingsOf: (slot) => settingsOf(setting, options, world.firstAccount, slot),
    answers: {
      call: (call) => answerForwarded(world, pipeline, call),
      credentialUse: (id) => uses.credentials.last(id),
      keyUse: (id) => uses.keys.last(id),
      readiness: async () => [...new Set([...(await readiness()), ...(await workers.readiness())])],
    },
    noteUses: ({ credentials, keys }) => {
      uses.credentials.merge(credentials)
      uses.keys.merge(keys)
    },
    recover: async (slot, sinceMs) => {
      const lines = linesOfSlot(slotDirectory(directory.audit, slot), recoveredBytesMax)
      await recoverUses(uses.keys, lines, sinceMs)
    },
  })
  onMade(workers)
  state.tell({
    changed: async (rows, newest) => {
      await workers.changed(rows, newest)
      // What a worker told before it knew is not to come back.
      forgetUsesOf(world, rows)
    },
    unsure: (rows, error) => workers.unsure(rows, error),
  })
  const addresses = await workers.start()
  return { ...addresses, close: (graceMs) => workers.stop(graceMs) }
}

const settingsOf = (
  { count, hsmClustersFile }: WorkersSetting,
  options: Parent['options'],
  account: string,
  slot: number,
): WorkerSettings => {
  const { host, port, tls, xksProxy, httpTransport, limits, directory } = options
  const { regions, quotas, attestation, xks } = options
  return {
    host,
    port,
    tls,
    xksProxy,
    httpTransport,
    limits,
    regions,
    quotas,
    attestation,
    xks,
    database: directory.database,
    checkpoint: directory.checkpoint,
    audit: slotDirectory(directory.audit, slot),
    account,
    hsmClustersFile,
    cpus: Math.max(1, Math.floor(availableParallelism() / count)),
  }
}
