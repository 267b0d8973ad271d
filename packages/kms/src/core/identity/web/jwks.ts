import { createPublicKey, type KeyObject } from 'node:crypto'
import { KmsError } from '../../../api/errors.ts'
import { type JsonObject, parseJson } from '../../../api/json.ts'
import { Lru } from '../../lru.ts'
import type { Clock, Fetch } from '../../ports.ts'
import { type TokenAlgorithm, tokenAlgorithms } from './jwt.ts'

/** A key of an identity provider, fit for one kind of signature. */
export type ProviderKey = { readonly id: string | undefined; readonly key: KeyObject }

const fetchLimits = { bytesMax: 131_072, timeoutMs: 5000 } as const
const providersMax = 200
const keysMax = 100
/** A set is fetched again after this time, and sooner only for a key that it does not have. */
const freshMs = 600_000
const againMs = 30_000
/** Where a provider cannot be reached, it is not tried again for the first of these times, */
const failedMs = 10_000
/** and what it last said counts for the second. */
const staleMs = 3_600_000

type KeySet = { readonly keys: readonly ProviderKey[]; readonly fetchedAtMs: number }

/**
 * The keys of identity providers: fetched over https from where the provider says that they are
 * (OpenID Connect Discovery §4), and kept. However many tokens ask, a provider is asked once at a
 * time, and not again at once for a key that it does not have.
 */
export class ProviderKeys {
  readonly #fetch: Fetch
  readonly #clock: Clock
  readonly #sets = new Lru<string, KeySet>(providersMax)
  readonly #fetching = new Map<string, Promise<KeySet>>()
  /** Anyone can show a token that has keys fetched: those that fail do so once in a while, too. */
  readonly #failures = new Lru<string, { readonly error: unknown; readonly atMs: number }>(
    providersMax,
  )

  constructor(fetch: Fetch, clock: Clock) {
    this.#fetch = fetch
    this.#clock = clock
  }

  /**
   * The keys that may have made a signature. `issuer` is the provider's URL. Throws
   * IDPCommunicationErrorException if they cannot be had.
   */
  async candidates(
    issuer: string,
    algorithm: TokenAlgorithm,
    keyId: string | undefined,
  ): Promise<readonly KeyObject[]> {
    const find = ({ keys }: KeySet): readonly KeyObject[] =>
      keys
        .filter(({ id, key }) => (keyId === undefined || id === keyId) && fits(key, algorithm))
        .map(({ key }) => key)
    const known = this.#sets.get(issuer)
    const ageMs = known === undefined ? Infinity : this.#clock.nowMs() - known.fetchedAtMs
    const found = known === undefined ? [] : find(known)
    if (found.length > 0 && ageMs < freshMs) return found
    if (found.length === 0 && ageMs < againMs) return []
    try {
      return find(await this.#load(issuer))
    } catch (error) {
      if (found.length > 0 && ageMs < staleMs) return found
      throw new KmsError(
        'IDPCommunicationErrorException',
        "Couldn't retrieve verification key from your identity provider, please reference " +
          'AssumeRoleWithWebIdentity documentation for requirements',
        { cause: error },
      )
    }
  }

  async #load(issuer: string): Promise<KeySet> {
    const underWay = this.#fetching.get(issuer)
    if (underWay !== undefined) return underWay
    const failure = this.#failures.get(issuer)
    if (failure !== undefined && this.#clock.nowMs() - failure.atMs < failedMs) throw failure.error
    const fetching = this.#fetchKeys(issuer)
      .catch((error: unknown) => {
        this.#failures.set(issuer, { error, atMs: this.#clock.nowMs() })
        throw error
      })
      .finally(() => this.#fetching.delete(issuer))
    this.#fetching.set(issuer, fetching)
    return fetching
  }

  async #fetchKeys(issuer: string): Promise<KeySet> {
    const configuration = await this.#object(
      `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
    )
    if (configuration.get('issuer') !== issuer)
      throw new Error('the configuration of the provider names another issuer')
    const keysUrl = configuration.get('jwks_uri')
    if (typeof keysUrl !== 'string' || !keysUrl.startsWith('https://'))
      throw new Error('the configuration of the provider names no keys')
    const listed = (await this.#object(keysUrl)).get('keys')
    if (!Array.isArray(listed)) throw new Error('the provider lists no keys')
    const keys = listed.slice(0, keysMax).flatMap((each: unknown) => keyOf(each) ?? [])
    const set = { keys, fetchedAtMs: this.#clock.nowMs() }
    this.#sets.set(issuer, set)
    return set
  }

  async #object(url: string): Promise<JsonObject> {
    const bytes = await this.#fetch(url, fetchLimits).catch((cause: unknown) => {
      throw new Error(`${url} cannot be had`, { cause })
    })
    const value = parseJson(bytes)
    if (value instanceof Map) return value
    throw new Error(`${url} does not hold a JSON object`)
  }
}

const rsaBitsMin = 2048

/** A key of the set that can verify signatures; others, for encryption say, are passed over. */
const keyOf = (listed: unknown): ProviderKey | undefined => {
  if (!(listed instanceof Map)) return undefined
  const jwk = Object.fromEntries(listed as Map<string, unknown>)
  if (jwk['use'] !== undefined && jwk['use'] !== 'sig') return undefined
  try {
    const id = typeof jwk['kid'] === 'string' ? jwk['kid'] : undefined
    return { id, key: createPublicKey({ key: jwk, format: 'jwk' }) }
  } catch {
    return undefined
  }
}

const curveNames: { readonly [curve: string]: string } = {
  'P-256': 'prime256v1',
  'P-384': 'secp384r1',
  'P-521': 'secp521r1',
}

/** A key makes signatures of its own kind alone, whatever the token says. */
const fits = (key: KeyObject, algorithm: TokenAlgorithm): boolean => {
  const wanted = tokenAlgorithms[algorithm]
  const details = key.asymmetricKeyDetails
  if (wanted.kind === 'rsa')
    return key.asymmetricKeyType === 'rsa' && (details?.modulusLength ?? 0) >= rsaBitsMin
  return key.asymmetricKeyType === 'ec' && details?.namedCurve === curveNames[wanted.curve]
}
