import { signingKey } from '../../api/sigv4-canonical.ts'
import type { Secret } from '../../core/crypto/secret.ts'
import { SignatureKey } from './signature-key.ts'

/** Whose key it is. A changed secret comes as another object, never as another `secret` in this one. */
export type KeyOwner = { readonly accessKeyId: string; readonly secret: Secret }

type Entry = { readonly owner: KeyOwner; readonly scope: Scope; readonly key: SignatureKey }

/**
 * Derived signing keys, one per access key, day, Region and service, at most `entriesMax` of them.
 * A key serves only the very owner object that it was derived for, so a replaced secret is out of
 * use at once, whether or not anybody called `forget`.
 */
export class SigningKeys {
  readonly #entries = new Map<string, Entry>()
  readonly #entriesMax: number
  readonly #keepsUnproven: boolean

  /** `keepsUnproven`: keys that stand in for ones that do not exist can never verify anything. */
  constructor(entriesMax: number, { keepsUnproven = false } = {}) {
    this.#entriesMax = entriesMax
    this.#keepsUnproven = keepsUnproven
  }

  get size(): number {
    return this.#entries.size
  }

  /** The scope of a credential that has signed before; it was in order then. */
  knownScope(credential: string): Scope | undefined {
    return this.#entries.get(credential)?.scope
  }

  /**
   * Whether `signature` is the owner's of `text`, with the same work whatever it looks like. The key
   * is kept only once it has verified one: whoever cannot sign can neither fill the cache nor push
   * another's key out of it.
   */
  isSigned(
    owner: KeyOwner,
    { credential, signature }: { readonly credential: string; readonly signature: string },
    scope: Scope,
    text: string,
  ): boolean {
    const entry = this.#entries.get(credential)
    if (entry !== undefined && entry.owner === owner) return entry.key.isOf(text, signature)
    const key = deriveKey(owner, scope)
    const isValid = key.isOf(text, signature)
    if (isValid || this.#keepsUnproven) this.#keep(credential, { owner, scope, key })
    else key[Symbol.dispose]()
    return isValid
  }

  #keep(credential: string, entry: Entry): void {
    this.#drop(credential)
    // A Map keeps insertion order: the first entry is the oldest.
    if (this.#entries.size >= this.#entriesMax) {
      for (const oldest of this.#entries.keys()) {
        this.#drop(oldest)
        break
      }
    }
    this.#entries.set(credential, entry)
  }

  forget(accessKeyId: string): void {
    for (const [credential, { owner }] of this.#entries)
      if (owner.accessKeyId === accessKeyId) this.#drop(credential)
  }

  #drop(credential: string): void {
    this.#entries.get(credential)?.key[Symbol.dispose]()
    this.#entries.delete(credential)
  }
}

export type Scope = {
  readonly accessKeyId: string
  readonly day: string
  readonly region: string
  readonly service: string
  readonly terminator: string
}

const deriveKey = ({ secret }: KeyOwner, scope: Scope): SignatureKey => {
  const bytes = signingKey(secret.expose(), scope.day, scope.region, scope.service)
  const key = new SignatureKey(bytes)
  bytes.fill(0)
  return key
}
