import { accessKeyRecord, type NewCredential, newCredential } from '../core/identity/access-key.ts'
import type { AccountRecord } from '../core/identity/records.ts'
import type { Clock, Random, Seal, Store } from '../core/ports.ts'
import type { Hierarchy } from '../core/seal/hierarchy.ts'
import { newCluster, unseal } from '../core/seal/unseal.ts'
import { allValues } from '../core/state/all-values.ts'
import type { ChainPosition } from '../core/state/chain.ts'
import type { Checkpoint } from '../core/state/checkpoint.ts'
import { State, type StateKey } from '../core/state/state.ts'
import type { TamperError } from '../core/state/tamper-error.ts'

export type { NewCredential } from '../core/identity/access-key.ts'

export type Unsealed = {
  readonly hierarchy: Hierarchy
  readonly state: State
  /** The first account, which makes the others. */
  readonly account: string
  /** Whether this start made the cluster. */
  readonly isNew: boolean
  /** Up to where the checkpoint goes that was there; 0 if there was none. */
  readonly checkpointSeq: number
}

/**
 * Hands the root credential of a new cluster to its owner. It is called before anything is stored:
 * a start that dies afterwards makes another credential, and none is ever lost.
 */
export type KeepCredential = (credential: NewCredential, account: string) => Promise<void>

export type BootstrapOptions = {
  readonly store: Store
  readonly seal: Seal
  /** The account that a new cluster gets; one that exists must have it, if it is named. */
  readonly account: string | undefined
  readonly clock: Clock
  readonly random: Random
  readonly anchor: ChainPosition | undefined
  /** Reads what a process before this one left; absent: nothing. */
  readonly readCheckpoint?: (stateKey: StateKey) => Promise<Checkpoint | undefined>
  readonly onTamper: (error: TamperError) => void
  readonly keepCredential: KeepCredential
}

export const defaultAccount = '000000000000'

/** Opens the cluster in the store, or makes one, with an account and its root credential. */
export const bootstrap = async (options: BootstrapOptions): Promise<Unsealed> => {
  const { store, seal, random } = options
  const hierarchy = await unseal(store, seal, random)
  return hierarchy === undefined ? initialise(options) : openExisting(options, hierarchy)
}

const openExisting = async (options: BootstrapOptions, hierarchy: Hierarchy): Promise<Unsealed> => {
  const { store, anchor, onTamper } = options
  const stateKey = hierarchy.stateKey()
  const checkpoint = await options.readCheckpoint?.(stateKey)
  const checkpointSeq = checkpoint?.remembered.newest.seq ?? 0
  const state = await State.open(store, stateKey, { anchor, checkpoint, onTamper })
  const account = await firstAccount(state)
  if (options.account !== undefined && options.account !== account)
    throw new Error(
      `the data directory belongs to account ${account}, not to ${options.account}; ` +
        'leave --account out, or name another --data-dir',
    )
  return { hierarchy, state, account, isNew: false, checkpointSeq }
}

const firstAccount = async (state: State): Promise<string> => {
  for await (const { value } of allValues(state, { table: 'account' })) {
    const record = value as AccountRecord
    if (record.madeBy === undefined) return record.account
  }
  throw new Error('the database holds no account')
}

/** Everything in one commit: a start that dies in the middle leaves an empty database. */
const initialise = async (options: BootstrapOptions): Promise<Unsealed> => {
  const { store, seal, clock, random, onTamper } = options
  const nowMs = clock.nowMs()
  const { hierarchy, cluster, slot, domainKey } = await newCluster(seal, random, nowMs)
  const state = await State.open(store, hierarchy.stateKey(), { onTamper })
  const account = options.account ?? defaultAccount
  const owner = { account }
  const created = newCredential(random)
  const accountRecord: AccountRecord = { account, createdAtMs: nowMs }
  const change = state
    .begin()
    .put('cluster', 'self', cluster)
    .put('seal_slot', '1', slot)
    .put('domain_key', '1', domainKey)
    .put('account', account, accountRecord)
    .put('access_key', created.accessKeyId, accessKeyRecord(created, owner, hierarchy, nowMs), {
      parent: account,
    })
  await options.keepCredential(created, account)
  await state.commit(change)
  return { hierarchy, state, account, isNew: true, checkpointSeq: 0 }
}
