import type { TableName } from '../../ports.ts'
import type { Soon } from '../../soon.ts'
import { allValues } from '../../state/all-values.ts'
import type { State } from '../../state/state.ts'
import { type Grant, grantOf, type GrantRecord } from './grant.ts'
import { GrantIndex } from './grant-index.ts'
import { granteeParent, grantNameOf, grantRowId } from './grant-rows.ts'
import { type GrantChange, GrantLoad, KeyGrants } from './key-grants.ts'
import type { GrantName } from './token.ts'

/** A row that a commit wrote, or removed if it has no content. */
export type ChangedRow = {
  readonly table: TableName
  readonly id: string
  /** JSON text. */
  readonly content?: string | undefined
}

/**
 * Grants and names that stay in memory, of all keys together: as many as two keys can have, of which
 * each takes 1.6 KB.
 */
const keptMax = 100_000
const countedPage = 5000

/**
 * The grants of keys, found by key and grantee. What a request needs is loaded once and then kept up
 * to date by each change, so that neither 50,000 grants on a key nor a new one among them slow it.
 */
export class GrantBook {
  readonly #state: State
  readonly #keptMax: number
  /** By key, in the order in which they are to be forgotten, but for those that were used since. */
  readonly #keys = new Map<string, KeyGrants>()
  readonly #loads = new Map<string, GrantLoad>()
  #weight = 0

  constructor(state: State, keptMost = keptMax) {
    this.#state = state
    this.#keptMax = keptMost
  }

  /**
   * The grants on a key to these names, and perhaps others; `undefined`: it has none at all. At once
   * if they are in memory.
   */
  of(keyRowId: string, names: readonly string[]): Soon<GrantIndex | undefined> {
    const kept = this.#kept(keyRowId)
    return kept?.knows(names) === true ? found(kept) : this.#load(keyRowId, names)
  }

  /** A grant by its name; at once if it is in memory. */
  find(name: GrantName): Soon<Grant | undefined> {
    const known = this.#keys.get(name.keyRowId)?.index.byId(name.grantId)
    if (known !== undefined) return known
    return this.#state
      .read('grant', grantRowId(name))
      .then((stored) => stored && grantOf(stored.value as GrantRecord))
  }

  /** How many grants a key has: true as long as no change is made. */
  async count(keyRowId: string): Promise<number> {
    await this.of(keyRowId, [])
    const kept = this.#kept(keyRowId)
    if (kept?.count !== undefined) return kept.count
    const query = { table: 'grant', idPrefix: grantRowId({ keyRowId, grantId: '' }) } as const
    let count = 0
    let page = await this.#state.listIds({ ...query, limit: countedPage })
    for (;;) {
      count += page.length
      const afterId = page.at(-1)
      if (page.length < countedPage || afterId === undefined) break
      page = await this.#state.listIds({ ...query, afterId, limit: countedPage })
    }
    if (kept !== undefined) kept.count = count
    return count
  }

  /** To be called with every row that a commit wrote or removed, before the call is answered. */
  apply(rows: readonly ChangedRow[]): void {
    for (const { table, id, content } of rows) {
      if (table !== 'grant') continue
      const record = content === undefined ? undefined : (JSON.parse(content) as GrantRecord)
      const change = { ...grantNameOf(id), grant: record && grantOf(record) }
      this.#loads.get(change.keyRowId)?.missed.push(change)
      this.#applyTo(change)
    }
  }

  /** To be called when a commit failed: whether it took effect cannot be told, so nothing is known. */
  clear(): void {
    this.#keys.clear()
    this.#weight = 0
    for (const load of this.#loads.values()) load.isVoid = true
  }

  #applyTo(change: GrantChange): void {
    const kept = this.#keys.get(change.keyRowId)
    if (kept === undefined) return
    // The first grant of a key: the next request looks anew.
    if (!kept.hasAny) return this.#drop(change.keyRowId)
    const before = kept.weight
    kept.apply(change)
    if (kept.count !== undefined) kept.count += change.grant === undefined ? -1 : 1
    this.#weight += kept.weight - before
  }

  #kept(keyRowId: string): KeyGrants | undefined {
    const kept = this.#keys.get(keyRowId)
    if (kept !== undefined) kept.wasUsed = true
    return kept
  }

  /** One look-up for a key at a time; whoever comes meanwhile looks again afterwards. */
  async #load(keyRowId: string, names: readonly string[]): Promise<GrantIndex | undefined> {
    for (;;) {
      const kept = this.#kept(keyRowId)
      if (kept?.knows(names) === true) return found(kept)
      const underWay = this.#loads.get(keyRowId)
      if (underWay === undefined) {
        const loaded = await this.#loadNow(keyRowId, names)
        if (loaded !== undefined) return found(loaded)
      } else await underWay.done
    }
  }

  /** `undefined`: what was found may not be so any more. */
  async #loadNow(keyRowId: string, names: readonly string[]): Promise<KeyGrants | undefined> {
    const load = new GrantLoad()
    this.#loads.set(keyRowId, load)
    try {
      const known = this.#keys.get(keyRowId)
      const hasAny = known !== undefined || (await this.#hasAny(keyRowId))
      const missing = hasAny ? names.filter((name) => known?.names.has(name) !== true) : []
      const grants = await this.#read(keyRowId, missing)
      if (load.isVoid) return undefined
      const kept = known ?? new KeyGrants(hasAny || load.missed.length > 0)
      // It was dropped meanwhile, and what changed since was not counted.
      if (known !== undefined && this.#keys.get(keyRowId) !== known) kept.count = undefined
      this.#forgetWeight(keyRowId)
      for (const name of names) kept.names.add(name)
      for (const grant of grants) kept.index.add(grant)
      // What was read may be from before a change that was made meanwhile.
      for (const change of load.missed) kept.apply(change)
      this.#keep(keyRowId, kept)
      return kept
    } finally {
      this.#loads.delete(keyRowId)
      load.end()
    }
  }

  async #hasAny(keyRowId: string): Promise<boolean> {
    const idPrefix = grantRowId({ keyRowId, grantId: '' })
    return (await this.#state.listIds({ table: 'grant', idPrefix, limit: 1 })).length > 0
  }

  async #read(keyRowId: string, names: readonly string[]): Promise<readonly Grant[]> {
    const grants: Grant[] = []
    for (const name of names) {
      const query = { table: 'grant', parent: granteeParent(keyRowId, name) } as const
      for await (const { value } of allValues(this.#state, query))
        grants.push(grantOf(value as GrantRecord))
    }
    return grants
  }

  #keep(keyRowId: string, kept: KeyGrants): void {
    this.#keys.delete(keyRowId)
    this.#keys.set(keyRowId, kept)
    this.#weight += kept.weight
    // What was used goes to the end, and comes round again if there is nothing else.
    for (const [oldest, each] of this.#keys) {
      if (this.#weight <= this.#keptMax) break
      if (each === kept) continue
      if (each.wasUsed) this.#moveToEnd(oldest, each)
      else this.#drop(oldest)
    }
  }

  #moveToEnd(keyRowId: string, kept: KeyGrants): void {
    kept.wasUsed = false
    this.#keys.delete(keyRowId)
    this.#keys.set(keyRowId, kept)
  }

  #forgetWeight(keyRowId: string): void {
    this.#weight -= this.#keys.get(keyRowId)?.weight ?? 0
  }

  #drop(keyRowId: string): void {
    this.#forgetWeight(keyRowId)
    this.#keys.delete(keyRowId)
  }
}

const found = ({ hasAny, index }: KeyGrants): GrantIndex | undefined => (hasAny ? index : undefined)
