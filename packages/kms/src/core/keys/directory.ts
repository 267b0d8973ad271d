import { Lru } from '../lru.ts'
import type { Clock, TableName } from '../ports.ts'
import type { Hierarchy } from '../seal/hierarchy.ts'
import type { State } from '../state/state.ts'
import { type AliasRecord, aliasRowId } from './alias.ts'
import {
  aliasArn,
  aliasNotFound,
  keyArn,
  keyNotFound,
  type KeyReference,
  type Place,
} from './arn.ts'
import { type Key, keyOf, type KeyRecord, keyRowId } from './key.ts'
import {
  type LoadedMaterial,
  type MaterialRecord,
  materialRowId,
  openMaterial,
} from './material.ts'

/** How many entities of each kind stay in memory. */
const cachedMax = 10_000

/**
 * Where requests find keys, aliases and material: a cache over the verified state. Only what exists
 * is kept, and a committed change evicts what it touched before its call is answered, so nothing
 * here is older than the newest acknowledged change.
 */
export class Directory {
  readonly #state: State
  readonly #hierarchy: Hierarchy
  readonly #clock: Clock
  readonly #keys = new Lru<string, Key>(cachedMax)
  readonly #aliases = new Lru<string, AliasRecord>(cachedMax)
  readonly #materials = new Lru<string, LoadedMaterial>(cachedMax)
  readonly #loading = new Map<string, Promise<unknown>>()
  #changes = 0

  constructor(state: State, hierarchy: Hierarchy, clock: Clock) {
    this.#state = state
    this.#hierarchy = hierarchy
    this.#clock = clock
  }

  /** How many changes were committed; a caller that sees it move has to look again. */
  get changes(): number {
    return this.#changes
  }

  /** The key with this row id; `undefined` if there is none or its waiting period is over. */
  async key(rowId: string): Promise<Key | undefined> {
    const key =
      this.#keys.get(rowId) ??
      (await this.#load('key', rowId, this.#keys, (value) => keyOf(value as KeyRecord)))
    const deletionAtMs = key?.record.deletionAtMs
    if (deletionAtMs !== undefined && deletionAtMs <= this.#clock.nowMs()) return undefined
    return key
  }

  /** The key that a reference names, through its alias if need be. Throws NotFoundException. */
  async requireKey(reference: KeyReference): Promise<Key> {
    if (reference.kind === 'key') return this.requireKeyId(reference, reference.keyId)
    const alias = await this.requireAlias(reference, reference.name)
    return this.requireKeyId(reference, alias.targetKeyId)
  }

  async requireKeyId(place: Place, keyId: string): Promise<Key> {
    const key = await this.key(keyRowId(place, keyId))
    if (key === undefined) throw keyNotFound(keyArn(place, keyId))
    return key
  }

  async alias(place: Place, name: string): Promise<AliasRecord | undefined> {
    const rowId = aliasRowId(place, name)
    const alias =
      this.#aliases.get(rowId) ??
      (await this.#load('alias', rowId, this.#aliases, (value) => value as AliasRecord))
    // The alias of a key that is gone goes with it.
    if (alias === undefined) return undefined
    return (await this.key(keyRowId(alias, alias.targetKeyId))) && alias
  }

  async requireAlias(place: Place, name: string): Promise<AliasRecord> {
    const alias = await this.alias(place, name)
    if (alias === undefined) throw aliasNotFound(aliasArn(place, name))
    return alias
  }

  /** Material by what a ciphertext says of it; `undefined` if it is not here. */
  async material(region: string, materialIdHalf: string): Promise<LoadedMaterial | undefined> {
    const rowId = materialRowId(region, materialIdHalf)
    return (
      this.#materials.get(rowId) ??
      (await this.#load('material', rowId, this.#materials, (value) =>
        openMaterial(value as MaterialRecord, this.#hierarchy),
      ))
    )
  }

  /** The material that a key encrypts with now. */
  async currentMaterial(key: Key): Promise<LoadedMaterial> {
    const { region, currentMaterialId } = key.record
    const loaded = await this.material(region, currentMaterialId.slice(0, 32))
    if (loaded === undefined) throw new Error(`the material of ${key.arn} is missing`)
    return loaded
  }

  /** To be called with every row that a commit wrote or removed, before the call is answered. */
  forget(rows: readonly { readonly table: TableName; readonly id: string }[]): void {
    this.#changes += 1
    // A load that began before the change may still carry the old value: nobody may join it now.
    this.#loading.clear()
    for (const { table, id } of rows) {
      if (table === 'key') this.#keys.delete(id)
      else if (table === 'alias') this.#aliases.delete(id)
      else if (table === 'material') this.#materials.delete(id)
    }
  }

  /** To be called when a commit failed: whether it took effect cannot be told, so nothing is known. */
  clear(): void {
    this.#changes += 1
    this.#loading.clear()
    this.#keys.clear()
    this.#aliases.clear()
    this.#materials.clear()
  }

  /** Loads once however many ask; keeps what it found unless a change came in between. */
  #load<T>(
    table: TableName,
    id: string,
    cache: Lru<string, T>,
    open: (value: unknown) => T,
  ): Promise<T | undefined> {
    const name = `${table}:${id}`
    const underWay = this.#loading.get(name)
    if (underWay !== undefined) return underWay as Promise<T | undefined>
    const changes = this.#changes
    const loading = this.#state
      .read(table, id)
      .then((stored) => {
        if (stored === undefined) return undefined
        const value = open(stored.value)
        if (changes === this.#changes) cache.set(id, value)
        return value
      })
      .finally(() => {
        if (this.#loading.get(name) === loading) this.#loading.delete(name)
      })
    this.#loading.set(name, loading)
    return loading
  }
}
