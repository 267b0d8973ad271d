import type { KeyPairSpec, NewKeyPair } from './crypto/asymmetric/key-pairs.ts'
import type { KeyTask, KeyTaskResult } from './crypto/asymmetric/key-task.ts'

/**
 * Everything the core asks of the world, each with its contract. No other file of the core reads a
 * clock, draws randomness, or touches a disk or a socket, so that all of it can be driven by a test.
 */

export type Clock = {
  /** Wall-clock time in milliseconds since the epoch. */
  nowMs(): number
}

export type Random = {
  /** `length` unpredictable bytes in a buffer of their own, which the caller may zero. */
  bytes(length: number): Uint8Array
  /** A random UUID (version 4), lower case. */
  uuid(): string
}

/** What kind of thing a row holds. The name is part of what its MAC covers. */
export const tableNames = [
  'cluster',
  'seal_slot',
  'domain_key',
  'account',
  'access_key',
  'key',
  'key_policy',
  'material',
  'alias',
  'tombstone',
  'user',
  'group',
  'group_member',
  'role',
  'managed_policy',
  'policy_version',
  'policy_attachment',
  'inline_policy',
  'oidc_provider',
  'identity_name',
  'access_key_use',
  'key_use',
  'key_rotation',
  'grant',
  'grant_retiring',
  'key_store',
  'key_store_key',
] as const
export type TableName = (typeof tableNames)[number]

/**
 * One row as the store keeps it. `parent` is the id of the row that it belongs to (the key of an
 * alias, a policy, a material); `dueAtMs` is when something has to happen to it (the deletion of a
 * key). Both exist to be searched by, and both are covered by `mac`, as `seq` and `content` are.
 */
export type Row = {
  readonly table: TableName
  readonly id: string
  readonly parent: string | undefined
  readonly dueAtMs: number | undefined
  /** Place in the change log of the change that wrote it. */
  readonly seq: number
  /** JSON text. */
  readonly content: string
  /** Authenticates all of the above; the store never looks into it. */
  readonly mac: Uint8Array
}

/** One entry of the change log. A change of several rows has as many, all in one transaction. */
export type ChangeEntry = {
  readonly seq: number
  readonly table: TableName
  readonly id: string
  /** The MAC of the row as written, or of its removal; the store never looks into it. */
  readonly rowMac: Uint8Array
  /** The audit record (one JSON line without its end) of the call; on its last entry only. */
  readonly record: string | undefined
  /** Chains this entry to the one before; the store never looks into it. */
  readonly link: Uint8Array
}

/** A row together with what the change log says of it, both of one moment. */
export type ReadResult = {
  readonly row: Row | undefined
  /** The entity's newest entry in the change log; `undefined` if it never was written. */
  readonly newest: ChangeEntry | undefined
}

/** One atomic change: the rows to write, the rows to remove, and the log entries that say so. */
export type Commit = {
  readonly writes: readonly Row[]
  readonly removals: readonly { readonly table: TableName; readonly id: string }[]
  readonly entries: readonly ChangeEntry[]
  /**
   * Rows that this removes or replaces held key material: what they held must be gone from the
   * database files, the write-ahead log included, before the commit resolves.
   */
  readonly erase: boolean
}

export type ListQuery = {
  readonly table: TableName
  /** Only rows whose id begins so. */
  readonly idPrefix?: string
  readonly parent?: string
  /** Only rows that are due at or before this time, in the order in which they fall due. */
  readonly dueByMs?: number
  /** Only rows whose id sorts after this one, by code units of ASCII ids. */
  readonly afterId?: string
  readonly limit: number
}

/**
 * Durable rows and the change log. Every method is atomic. A resolved `commit` has reached the
 * disk; one that rejects has changed nothing, or the store refuses everything after it. The store
 * authenticates nothing: see `state.ts`.
 */
export type Store = {
  read(table: TableName, id: string): Promise<ReadResult>
  /** Rows in the order of their ids (of `dueAtMs`, then id, with `dueByMs`), each with its newest. */
  list(query: ListQuery): Promise<readonly ReadResult[]>
  /** How many rows of a table have an id that begins so. */
  count(table: TableName, idPrefix: string): Promise<number>
  /** Rejects with `ConflictError` unless the first entry's seq follows the newest one in the log. */
  commit(commit: Commit): Promise<void>
  /** Entries with a seq above `afterSeq`, in order. */
  changes(afterSeq: number, limit: number): Promise<readonly ChangeEntry[]>
  /** The newest entry; `undefined` for a store that never was written. */
  newestChange(): Promise<ChangeEntry | undefined>
  /** Rejects if the store could not take a commit now. */
  probe(): Promise<void>
  close(): Promise<void>
}

/** Another writer was faster, or the database was changed behind the service's back. */
export class ConflictError extends Error {
  constructor() {
    super('the change log has entries that this process did not write')
    this.name = 'ConflictError'
  }
}

/** Such a line is essential: it is written even while the sink is full. */
export type AppendOptions =
  | {
      /**
       * The line tells of a change that the store has committed, and this is its seq. They come in
       * the order of their seq.
       */
      readonly changeSeq: number
    }
  | {
      /** It tells of a call that may not be refused then, and which had nothing to change. */
      readonly isEssential: true
      readonly changeSeq?: undefined
    }

/**
 * Where audit records become durable. `append` resolves when the line is on disk; after a failure
 * it rejects, for this line and every later one, until the service is started again.
 */
export type AuditSink = {
  /** `line`: one JSON object without a line end. Lines keep the order of the calls. */
  append(line: string, options?: AppendOptions): Promise<void>
  /** `undefined` while records can be written; otherwise why not. */
  failure(): Error | undefined
  /**
   * Whether the disk is full: lines that are not essential are rejected at once, and a reserve is
   * left for a few changes that must be possible then, such as DisableKey. Others may not begin.
   */
  full(): boolean
  /** Resolves when everything appended is on disk, and the file is closed. */
  close(): Promise<void>
}

/**
 * Fetches a small public document over https. Rejects for any status but 200, for a redirect, for
 * what is longer than `bytesMax`, and after `timeoutMs` from first to last.
 */
export type Fetch = (
  url: string,
  limits: { readonly bytesMax: number; readonly timeoutMs: number },
) => Promise<Uint8Array>

/**
 * Work with private keys, much of which takes too long for the thread that answers requests. It
 * rejects with ThrottlingException when too much waits to be done, and with an Error where the fault
 * is ours. Bytes in a task are only read, and not after it has settled.
 */
export type KeyWork = {
  run<Task extends KeyTask>(task: Task): Promise<KeyTaskResult<Task>>
  /** The same as a task of that kind. */
  generateKeyPair(spec: KeyPairSpec): Promise<NewKeyPair>
}

/** A seal: wraps the root key outside the database. `unwrap` throws if the seal is not the right one. */
export type Seal = {
  /** What it is, as the slot records it: `key-file`, say. */
  readonly kind: string
  wrap(rootKey: Uint8Array, aad: Uint8Array, random: Random): Promise<Uint8Array>
  unwrap(wrapped: Uint8Array, aad: Uint8Array): Promise<Uint8Array>
  /** Forgets what it wraps with, once the service is unsealed; nothing works afterwards. */
  close(): void
}
