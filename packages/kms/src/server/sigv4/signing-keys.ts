import { createSecretKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { signingKey } from '../../api/sigv4-canonical.ts'
import type { Secret } from '../../core/crypto/secret.ts'

/** Whose key it is. A changed secret comes as another object, never as another `secret` in this one. */
export type KeyOwner = { readonly accessKeyId: string; readonly secret: Secret }

type Entry = { readonly owner: KeyOwner; readonly key: KeyObject }

/**
 * Derived signing keys, one per access key, day, Region and service, at most `entriesMax` of them.
 * A key is returned only to the very owner object that it was derived for, so a replaced secret is
 * out of use at once, whether or not anybody called `forget`.
 */
export class SigningKeys {
  readonly #entries = new Map<string, Entry>()
  readonly #entriesMax: number
  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax
  }

  get size(): number {
    return this.#entries.size
  }

  /** The cached key, or a newly derived one that is not cached: see `keep`. */
  find(owner: KeyOwner, credential: string, scope: Scope): KeyObject {
    const entry = this.#entries.get(credential)
    if (entry !== undefined && entry.owner === owner) return entry.key
    const bytes = signingKey(owner.secret.expose(), scope.day, scope.region, scope.service)
    const key = createSecretKey(bytes)
    bytes.fill(0)
    return key
  }

  /**
   * Caches a key that has verified a signature. Whoever cannot sign can therefore neither fill the
   * cache nor push another's key out of it.
   */
  keep(owner: KeyOwner, credential: string, key: KeyObject): void {
    const entry = this.#entries.get(credential)
    if (entry !== undefined && entry.owner === owner) return
    this.#entries.delete(credential)
    // A Map keeps insertion order: the first entry is the oldest.
    if (this.#entries.size >= this.#entriesMax) {
      for (const oldest of this.#entries.keys()) {
        this.#entries.delete(oldest)
        break
      }
    }
    this.#entries.set(credential, { owner, key })
  }

  forget(accessKeyId: string): void {
    for (const [credential, entry] of this.#entries) {
      if (entry.owner.accessKeyId === accessKeyId) this.#entries.delete(credential)
    }
  }
}

export type Scope = {
  readonly accessKeyId: string
  readonly day: string
  readonly region: string
  readonly service: string
  readonly terminator: string
}
