import type { ErrorCode } from '../../api/errors.ts'
import type { ChangedRow } from '../../core/access/grants/grant-book.ts'
import type { CredentialUse } from '../../core/identity/credential-uses.ts'
import type { KeyUse } from '../../core/keys/key-uses.ts'
import type { ChainPosition } from '../../core/state/chain.ts'
import type { NotedUses } from '../../core/state/last-uses.ts'
import type { Origin } from '../call-record.ts'
import type { Addresses, ListenOptions } from '../listen.ts'
import type { LogFields } from '../log.ts'
import type { Message } from '../protocols.ts'
import type { WorldOptions } from '../world.ts'
import type { Channel } from './channel.ts'

/** What a worker process has to know; with the keys, which come another way, it is all. */
export type WorkerSettings = Omit<ListenOptions, 'log'> &
  Pick<WorldOptions, 'regions' | 'quotas' | 'attestation' | 'xks'> & {
    readonly database: string
    readonly checkpoint: string
    /** The directory of the worker's own audit log. */
    readonly audit: string
    /** The first account. */
    readonly account: string
    readonly hsmClustersFile: string | undefined
    /** How many CPUs are there for each worker. */
    readonly cpus: number
  }

/** A commit, and where the log is after it. */
export type Changed = { readonly rows: readonly ChangedRow[]; readonly newest: ChainPosition }

/** A commit that failed; `isFinal`: the database must not be read any more. */
export type Unsure = { readonly rows: readonly ChangedRow[]; readonly isFinal: boolean }

/** Last uses that a worker has noted since it told of them last. */
export type WorkerUses = {
  readonly credentials: NotedUses<CredentialUse>
  readonly keys: NotedUses<KeyUse>
}

/** A call with a good signature that is the parent's to answer. */
export type ForwardedCall = Origin &
  Message & {
    /** The name of the service in the scope of the signature. */
    readonly service: string
    readonly accessKeyId: string
    readonly sessionToken: string | undefined
    readonly region: string
  }

export type ForwardedAnswer =
  | { readonly body: string | undefined }
  | { readonly refused: ErrorCode; readonly message: string }

export type LogLine = {
  readonly level: 'info' | 'warn' | 'error'
  readonly event: string
  readonly fields: LogFields | undefined
}

/** What the parent asks of a worker. */
export type OfWorker = {
  /** Once, first: opens everything. It answers nobody yet. */
  readonly open: (settings: WorkerSettings) => void
  /** Answers requests from now on. */
  readonly listen: (nothing: undefined) => Addresses
  /** Is answered when nothing that was before the change is used any more. */
  readonly changed: (change: Changed) => void
  readonly unsure: (failed: Unsure) => void
  readonly takeUses: (nothing: undefined) => WorkerUses
  /** Why it is not ready; nothing if it is. */
  readonly readiness: (nothing: undefined) => readonly string[]
  /** Answers what is under way, and lets go of everything. */
  readonly drain: (grace: { readonly graceMs: number }) => WorkerUses
}

/** What a worker asks of the parent. */
export type OfParent = {
  readonly call: (call: ForwardedCall) => ForwardedAnswer
  readonly credentialUse: (id: string) => CredentialUse | undefined
  readonly keyUse: (keyRowId: string) => KeyUse | undefined
  readonly noteUses: (uses: WorkerUses) => void
  /** Why the service is not ready; nothing if it is. */
  readonly readiness: (nothing: undefined) => readonly string[]
  readonly log: (line: LogLine) => void
}

/** The end of the channel in a worker. */
export type Parent = Channel<OfParent, OfWorker>
