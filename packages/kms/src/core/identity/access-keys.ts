import type { Secret } from '../crypto/secret.ts'
import type { TableName } from '../ports.ts'
import type { Hierarchy } from '../seal/hierarchy.ts'
import { allValues } from '../state/all-values.ts'
import type { State } from '../state/state.ts'
import { type AccessKeyRecord, unwrapAccessKey } from './access-key.ts'

/** An access key that may sign. A change of its row makes another object of it. */
export class AccessKey {
  readonly record: AccessKeyRecord
  readonly #hierarchy: Hierarchy
  #secret: Secret | undefined

  constructor(record: AccessKeyRecord, hierarchy: Hierarchy) {
    this.record = record
    this.#hierarchy = hierarchy
  }

  get accessKeyId(): string {
    return this.record.accessKeyId
  }

  get account(): string {
    return this.record.account
  }

  get userId(): string | undefined {
    return this.record.userId
  }

  /** Unwrapped when it is first asked for. */
  get secret(): Secret {
    return (this.#secret ??= unwrapAccessKey(this.record, this.#hierarchy))
  }

  [Symbol.dispose](): void {
    this.#secret?.[Symbol.dispose]()
  }
}

/**
 * Every access key, in memory: a request finds its own without a turn of waiting. The
 * secrets of those that are used lie there unwrapped.
 */
export class AccessKeys implements Disposable {
  readonly #state: State
  readonly #hierarchy: Hierarchy
  readonly #keys = new Map<string, AccessKey>()

  private constructor(state: State, hierarchy: Hierarchy) {
    this.#state = state
    this.#hierarchy = hierarchy
  }

  static async load(state: State, hierarchy: Hierarchy): Promise<AccessKeys> {
    const keys = new AccessKeys(state, hierarchy)
    for await (const { value } of allValues(state, { table: 'access_key' })) {
      keys.#keep(value as AccessKeyRecord)
    }
    return keys
  }

  /** The key, if it may sign. */
  find(accessKeyId: string): AccessKey | undefined {
    const key = this.#keys.get(accessKeyId)
    return key?.record.isInactive === true ? undefined : key
  }

  /** The key, whether or not it may sign now. */
  record(accessKeyId: string): AccessKeyRecord | undefined {
    return this.#keys.get(accessKeyId)?.record
  }

  /** The keys of a user, or of the root of an account, in the order of their ids. */
  recordsOf(account: string, userId: string | undefined): readonly AccessKeyRecord[] {
    const records: AccessKeyRecord[] = []
    for (const { record } of this.#keys.values()) {
      if (record.account === account && record.userId === userId) records.push(record)
    }
    return records.sort((a, b) => (a.accessKeyId < b.accessKeyId ? -1 : 1))
  }

  /**
   * To be called with every row that a commit wrote or removed, or may have, before the call is
   * answered. Keys that cannot be read are out of use.
   */
  async refresh(
    rows: readonly { readonly table: TableName; readonly id: string }[],
  ): Promise<void> {
    const touched = rows.filter(({ table }) => table === 'access_key')
    for (const { id } of touched) this.#drop(id)
    for (const { id } of touched) {
      const stored = await this.#state.read('access_key', id)
      if (stored !== undefined) this.#keep(stored.value as AccessKeyRecord)
    }
  }

  #keep(record: AccessKeyRecord): void {
    this.#keys.set(record.accessKeyId, new AccessKey(record, this.#hierarchy))
  }

  #drop(accessKeyId: string): void {
    this.#keys.get(accessKeyId)?.[Symbol.dispose]()
    this.#keys.delete(accessKeyId)
  }

  [Symbol.dispose](): void {
    for (const key of this.#keys.values()) key[Symbol.dispose]()
    this.#keys.clear()
  }
}
