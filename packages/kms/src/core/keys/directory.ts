import type { CompiledPolicy } from '../access/evaluate/compiled-policy.ts'
import { compileKeyPolicy, type KeyPolicyRecord } from '../access/key-policy.ts'
import { Lru } from '../lru.ts'
import type { Clock, TableName } from '../ports.ts'
import type { Hierarchy } from '../seal/hierarchy.ts'
import { type Soon, whenSoon } from '../soon.ts'
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
import { lackingMaterial } from './imported.ts'
import { type Key, keyOf, type KeyRecord, keyRowId } from './key.ts'
import {
  type AnyLoaded,
  type LoadedKeyPair,
  type LoadedMacKey,
  type LoadedMaterial,
  type MaterialRecord,
  openMaterial,
} from './material.ts'
import { materialRowId } from './material-row.ts'

/** How many entities of each kind stay in memory. */
const cachedMax = 10_000
/**
 * How long the texts of key policies in memory are together. Ready for use they take up to twenty
 * times as much; keys with the same policy share it, and most keys have the same few.
 */
const policyUnitsMax = 16 * 1024 * 1024

type LoadedFor<P extends AnyLoaded['purpose']> = Extract<AnyLoaded, { purpose: P }>

/** A policy made ready, and how long its text is. */
type KeyPolicy = { readonly compiled: CompiledPolicy; readonly units: number }
const policyWeights = { max: policyUnitsMax, of: ({ units }: KeyPolicy): number => units }

/**
 * Where requests find keys, their policies, aliases and material: a cache over the verified state.
 * What is in memory is there at once. Only what exists is kept, and a committed change evicts what
 * it touched before its call is answered, so nothing here is older than the newest acknowledged
 * change.
 */
export class Directory {
  readonly #state: State
  readonly #hierarchy: Hierarchy
  readonly #clock: Clock
  readonly #aliasesPerKeyMax: number
  readonly #keys = new Lru<string, Key>(cachedMax)
  /** Keys that requests have named, by their ids. They may be older ones: their names are the same. */
  readonly #named = new Lru<string, Key>(cachedMax)
  readonly #policies = new Lru<string, KeyPolicy>(cachedMax, policyWeights)
  readonly #aliases = new Lru<string, AliasRecord>(cachedMax)
  readonly #aliasNames = new Lru<string, readonly string[]>(cachedMax)
  readonly #materials = new Lru<string, AnyLoaded>(cachedMax)
  /** Policies by what their records say, so that keys with the same one share it. */
  readonly #compiled = new Lru<string, KeyPolicy>(cachedMax, policyWeights)
  readonly #loading = new Map<string, Promise<unknown>>()
  #changes = 0

  /** `aliasesPerKeyMax`: a key has no more. */
  constructor(state: State, hierarchy: Hierarchy, clock: Clock, aliasesPerKeyMax: number) {
    this.#state = state
    this.#hierarchy = hierarchy
    this.#clock = clock
    this.#aliasesPerKeyMax = aliasesPerKeyMax
  }

  /** How many changes were committed; a caller that sees it move has to look again. */
  get changes(): number {
    return this.#changes
  }

  /** The key with this row id; `undefined` if there is none or its waiting period is over. */
  key(rowId: string): Soon<Key | undefined> {
    const known = this.#keys.get(rowId)
    if (known !== undefined) return this.#asOfNow(known)
    const open = (value: unknown) => keyOf(value as KeyRecord)
    return this.#read('key', rowId, this.#keys, open).then((key) => this.#asOfNow(key))
  }

  /** What falls due counts from that instant on, whether or not it is carried out yet. */
  #asOfNow(key: Key | undefined): Key | undefined {
    if (key === undefined) return undefined
    const { deletionAtMs = Infinity, expiration } = key.record
    const nowMs = this.#clock.nowMs()
    if (deletionAtMs <= nowMs) return undefined
    const validToMs = expiration?.validToMs ?? Infinity
    return validToMs <= nowMs ? keyOf(lackingMaterial(key.record)) : key
  }

  /**
   * The key here that a request names by its id or ARN, if one did so before, without taking the
   * text apart; `undefined` says nothing.
   */
  named(here: Place, text: string): Key | undefined {
    const isArn = text.startsWith('arn:')
    const key = this.#named.get(isArn ? text.slice(text.lastIndexOf('/') + 1) : text)
    if (key?.record.region !== here.region || key.record.account !== here.account) return undefined
    return isArn && text !== key.arn ? undefined : this.#asOfNow(this.#keys.get(key.rowId))
  }

  /** The key that a reference names, through its alias if need be. Throws NotFoundException. */
  requireKey(reference: KeyReference): Soon<Key> {
    if (reference.kind === 'key')
      return whenSoon(this.requireKeyId(reference, reference.keyId), (key) => {
        // By the text of its own record: one of a request may keep the whole of that in memory.
        const { keyId } = key.record
        if (this.#named.get(keyId)?.rowId !== key.rowId) this.#named.set(keyId, key)
        return key
      })
    return whenSoon(this.requireAlias(reference, reference.name), (alias) =>
      this.requireKeyId(reference, alias.targetKeyId),
    )
  }

  requireKeyId(place: Place, keyId: string): Soon<Key> {
    return whenSoon(this.key(keyRowId(place, keyId)), (key) => {
      if (key === undefined) throw keyNotFound(keyArn(place, keyId))
      return key
    })
  }

  alias(place: Place, name: string): Soon<AliasRecord | undefined> {
    const rowId = aliasRowId(place, name)
    const alias =
      this.#aliases.get(rowId) ??
      this.#read('alias', rowId, this.#aliases, (value) => value as AliasRecord)
    return whenSoon(alias, (found) => {
      if (found === undefined) return undefined
      // The alias of a key that is gone goes with it.
      return whenSoon(this.key(keyRowId(found, found.targetKeyId)), (key) => key && found)
    })
  }

  requireAlias(place: Place, name: string): Soon<AliasRecord> {
    return whenSoon(this.alias(place, name), (alias) => {
      if (alias === undefined) throw aliasNotFound(aliasArn(place, name))
      return alias
    })
  }

  /** The names of all aliases that point at a key. */
  aliasNames({ rowId, record }: Key): Soon<readonly string[]> {
    const known = this.#aliasNames.get(rowId)
    if (known !== undefined) return known
    const query = { table: 'alias', parent: rowId, limit: this.#aliasesPerKeyMax } as const
    return this.#load(`aliases of ${rowId}`, rowId, this.#aliasNames, async () => {
      const rows = await this.#state.list({ ...query, idPrefix: keyRowId(record, '') })
      return rows.map(({ value }) => (value as AliasRecord).name)
    }).then((names) => names ?? [])
  }

  /** The key policy, made ready. Every key has one. */
  policy({ rowId, arn }: Key): Soon<CompiledPolicy> {
    const known = this.#policies.get(rowId)
    if (known !== undefined) return known.compiled
    const open = (value: unknown) => this.#compile(value as KeyPolicyRecord)
    return this.#read('key_policy', rowId, this.#policies, open).then((policy) => {
      if (policy === undefined) throw new Error(`the policy of ${arn} is missing`)
      return policy.compiled
    })
  }

  #compile(record: KeyPolicyRecord): KeyPolicy {
    const text = JSON.stringify([record.policy, record.principalIds ?? []])
    const known = this.#compiled.get(text)
    if (known !== undefined) return known
    const policy = { compiled: compileKeyPolicy(record), units: text.length }
    this.#compiled.set(text, policy)
    return policy
  }

  /** Material by what a ciphertext says of it; `undefined` if none that decrypts is here. */
  material(region: string, materialIdHalf: string): Soon<LoadedMaterial | undefined> {
    const loaded = this.#loaded(materialRowId(region, materialIdHalf))
    return loaded instanceof Promise ? loaded.then(thatEncrypts) : thatEncrypts(loaded)
  }

  /** The material that a symmetric key encrypts with now. */
  currentMaterial(key: Key): Soon<LoadedMaterial> {
    return this.#current(key, 'encrypt')
  }

  /** The private and public half of an asymmetric key. */
  keyPair(key: Key): Soon<LoadedKeyPair> {
    return this.#current(key, 'keyPair')
  }

  /** What a key makes MACs with. */
  macKey(key: Key): Soon<LoadedMacKey> {
    return this.#current(key, 'mac')
  }

  #current<P extends AnyLoaded['purpose']>(key: Key, purpose: P): Soon<LoadedFor<P>> {
    const loaded = this.#loaded(key.materialRowId)
    return loaded instanceof Promise
      ? loaded.then((later) => requireMaterial(later, purpose, key))
      : requireMaterial(loaded, purpose, key)
  }

  #loaded(rowId: string): Soon<AnyLoaded | undefined> {
    const known = this.#materials.get(rowId)
    if (known !== undefined) return this.#unlessExpired(known)
    const open = (value: unknown) => openMaterial(value as MaterialRecord, this.#hierarchy)
    return this.#read('material', rowId, this.#materials, open).then(
      (loaded) => loaded && this.#unlessExpired(loaded),
    )
  }

  /** From the end of its validity on nobody uses imported material, though it is still there. */
  #unlessExpired(loaded: AnyLoaded): AnyLoaded | undefined {
    const { validToMs } = loaded
    return validToMs !== undefined && validToMs <= this.#clock.nowMs() ? undefined : loaded
  }

  /** To be called with every row that a commit wrote or removed, before the call is answered. */
  forget(rows: readonly { readonly table: TableName; readonly id: string }[]): void {
    this.#changes += 1
    // A load that began before the change may still carry the old value: nobody may join it now.
    this.#loading.clear()
    for (const { table, id } of rows) {
      if (table === 'key') this.#keys.delete(id)
      else if (table === 'key_policy') this.#policies.delete(id)
      else if (table === 'material') this.#materials.delete(id)
      else if (table === 'alias') {
        this.#aliases.delete(id)
        // Which keys it left and came to is not told, and aliases change rarely.
        this.#aliasNames.clear()
      }
    }
  }

  /** To be called when a commit failed: whether it took effect cannot be told, so nothing is known. */
  clear(): void {
    this.#changes += 1
    this.#loading.clear()
    this.#keys.clear()
    this.#named.clear()
    this.#policies.clear()
    this.#aliases.clear()
    this.#aliasNames.clear()
    this.#materials.clear()
  }

  #read<T>(
    table: TableName,
    id: string,
    cache: Lru<string, T>,
    open: (value: unknown) => T | undefined,
  ): Promise<T | undefined> {
    return this.#load(`${table}:${id}`, id, cache, async () => {
      const stored = await this.#state.read(table, id)
      return stored === undefined ? undefined : open(stored.value)
    })
  }

  /** Loads once however many ask; keeps what it found unless a change came in between. */
  #load<T>(
    name: string,
    id: string,
    cache: Lru<string, T>,
    fetch: () => Promise<T | undefined>,
  ): Promise<T | undefined> {
    const underWay = this.#loading.get(name)
    if (underWay !== undefined) return underWay as Promise<T | undefined>
    const changes = this.#changes
    const loading = fetch()
      .then((value) => {
        if (value !== undefined && changes === this.#changes) cache.set(id, value)
        return value
      })
      .finally(() => {
        if (this.#loading.get(name) === loading) this.#loading.delete(name)
      })
    this.#loading.set(name, loading)
    return loading
  }
}

const thatEncrypts = (loaded: AnyLoaded | undefined): LoadedMaterial | undefined =>
  loaded?.purpose === 'encrypt' ? loaded : undefined

const requireMaterial = <P extends AnyLoaded['purpose']>(
  loaded: AnyLoaded | undefined,
  purpose: P,
  { arn }: Key,
): LoadedFor<P> => {
  if (loaded?.purpose !== purpose) throw new Error(`the material of ${arn} is missing`)
  return loaded as LoadedFor<P>
}
