import type { Place } from '../keys/arn.ts'
import type { Key, KeyRecord } from '../keys/key.ts'
import type { KeyState } from '../keys/key-state.ts'
import type { TableName } from '../ports.ts'
import { allValues } from '../state/all-values.ts'
import type { State } from '../state/state.ts'
import { BackendError, type HealthErrand } from './backend.ts'
import { failureAnswer } from './failures.ts'
import { KeyStore, type KeyStoreWorld } from './key-store.ts'
import { outerKeyOf } from './outer-key.ts'
import { type KeyStoreRecord, keyStoreRowId, unwrapKeyStoreSecret } from './record.ts'

/**
 * Every custom key store, in memory: whether one is connected decides whether its keys can be used,
 * which each request has to know without a turn of waiting. There are ten in an account and Region.
 */
export class KeyStores {
  readonly #state: State
  readonly #world: KeyStoreWorld
  readonly #stores = new Map<string, KeyStore>()

  private constructor(state: State, world: KeyStoreWorld) {
    this.#state = state
    this.#world = world
  }

  /** Reads them all; none is connected before `start`. */
  static async load(state: State, world: KeyStoreWorld): Promise<KeyStores> {
    const stores = new KeyStores(state, world)
    for await (const { id, value } of allValues(state, { table: 'key_store' }))
      stores.#stores.set(id, new KeyStore(value as KeyStoreRecord, world))
    return stores
  }

  find(place: Place, id: string): KeyStore | undefined {
    return this.#stores.get(keyStoreRowId(place, id))
  }

  /** Those of an account and Region, in the order of their ids. */
  of(place: Place): readonly KeyStore[] {
    const prefix = keyStoreRowId(place, '')
    const found = [...this.#stores].filter(([rowId]) => rowId.startsWith(prefix))
    return found.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, store]) => store)
  }

  /**
   * The state of a key as callers see it: while its store is not connected, it is Unavailable,
   * enabled or not.
   */
  keyState({ record }: Key): KeyState {
    const { customKeyStoreId, state } = record
    if (customKeyStoreId === undefined || (state !== 'Enabled' && state !== 'Disabled'))
      return state
    const store = this.find(record, customKeyStoreId)
    return store?.state === 'CONNECTED' ? state : 'Unavailable'
  }

  /** Destroys the key that a token made for a KMS key which is gone, if it can now. */
  async destroyOuterKey(record: KeyRecord): Promise<void> {
    const outer = record.origin === 'AWS_CLOUDHSM' ? outerKeyOf(record) : undefined
    if (outer === undefined) return
    await this.find(record, outer.customKeyStoreId)?.destroyKey(outer.keyId)
  }

  /** Tries settings that no row has yet. Throws KmsError. */
  async tryOut(record: KeyStoreRecord, errand: HealthErrand): Promise<void> {
    const { open, hierarchy } = this.#world
    try {
      const backend = open(record, unwrapKeyStoreSecret(record, hierarchy))
      try {
        await backend.check(errand)
      } finally {
        await backend.close()
      }
    } catch (error) {
      throw error instanceof BackendError ? failureAnswer(error, 'asSettings') : error
    }
  }

  /** Connects those that are to be connected, in the background; `retry` is to be called then. */
  start(): void {
    for (const store of this.#stores.values()) store.start()
  }

  /** Tries to connect those again that could not be when the service started. */
  retry(): void {
    for (const store of this.#stores.values()) store.retry()
  }

  async checkHealth(): Promise<void> {
    await Promise.all([...this.#stores.values()].map((store) => store.checkHealth()))
  }

  /**
   * To be called with every row that a commit wrote or removed, or may have, before the call is
   * answered. Stores that cannot be read are out of use.
   */
  async refresh(
    rows: readonly { readonly table: TableName; readonly id: string }[],
  ): Promise<void> {
    for (const { table, id } of rows) if (table === 'key_store') await this.#refresh(id)
  }

  async #refresh(rowId: string): Promise<void> {
    const store = this.#stores.get(rowId)
    try {
      const stored = await this.#state.read('key_store', rowId)
      if (stored !== undefined) {
        const record = stored.value as KeyStoreRecord
        if (store === undefined) this.#stores.set(rowId, new KeyStore(record, this.#world))
        else store.follow(record)
        return
      }
    } catch (error) {
      this.#drop(rowId)
      throw error
    }
    this.#drop(rowId)
  }

  #drop(rowId: string): void {
    void this.#stores.get(rowId)?.close()
    this.#stores.delete(rowId)
  }

  /** Disconnects all of them; their rows stay as they are. */
  async close(): Promise<void> {
    await Promise.all([...this.#stores.values()].map((store) => store.close()))
  }
}
