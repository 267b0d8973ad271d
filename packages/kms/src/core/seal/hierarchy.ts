import type { KeyObject } from 'node:crypto'
import { concatBytes, fromHex, toHex, utf8 } from '../crypto/bytes.ts'
import type { TokenKey } from '../crypto/sealed-token.ts'
import {
  deriveTokenKey,
  exportedKeyBytes,
  type TokenPurpose,
  exportWrappingKey,
  importWrappingKey,
  unwrapSecret,
  type WrapPlace,
  wrapSecret,
  type WrappingKey,
} from '../crypto/wrap.ts'
import type { Random } from '../ports.ts'

/** Where a secret is kept: all of it is authenticated, so that a row cannot stand in for another. */
export type SecretPlace = Omit<WrapPlace, 'clusterId'>

/** What leaves the service as a token and comes back with its bearer. */
type BearerPurpose = Extract<TokenPurpose, 'session' | 'grant' | 'import'>

/** A cluster id is a UUID. */
const clusterIdBytes = 36
/** A version of four bytes, and the domain key. */
const handedOverBytes = 4 + exportedKeyBytes

/**
 * The keys between the seal and the material: the domain keys, unwrapped, and what is derived from
 * them. Exists only while the service is unsealed.
 */
export class Hierarchy {
  readonly clusterId: string
  readonly #random: Random
  readonly #current: { readonly version: number; readonly key: WrappingKey }
  readonly #byId: ReadonlyMap<string, WrappingKey>
  readonly #byVersion: ReadonlyMap<number, WrappingKey>

  /** `domainKeys`: by version, at least one; the greatest version wraps what is new. */
  constructor(clusterId: string, domainKeys: ReadonlyMap<number, WrappingKey>, random: Random) {
    this.clusterId = clusterId
    this.#random = random
    const version = Math.max(...domainKeys.keys())
    const key = domainKeys.get(version)
    if (key === undefined) throw new TypeError('a hierarchy needs a domain key')
    this.#current = { version, key }
    this.#byVersion = domainKeys
    this.#byId = new Map([...domainKeys.values()].map((each) => [toHex(each.id), each]))
  }

  /** From what `handOver` made, which is only read; the caller zeroes it. */
  static takeOver(bytes: Uint8Array, random: Random): Hierarchy {
    const clusterId = new TextDecoder().decode(bytes.subarray(0, clusterIdBytes))
    const domainKeys = new Map<number, WrappingKey>()
    for (let at = clusterIdBytes; at < bytes.length; at += handedOverBytes) {
      const version = new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0)
      const key = importWrappingKey(bytes.subarray(at + 4, at + handedOverBytes))
      domainKeys.set(version, key)
    }
    return new Hierarchy(clusterId, domainKeys, random)
  }

  /**
   * The whole hierarchy, for another process of the same service. Whoever has these bytes can open everything:
   * the caller zeroes them.
   */
  handOver(): Uint8Array {
    const parts = [...this.#byVersion].map(([version, key]) => {
      const part = new Uint8Array(handedOverBytes)
      new DataView(part.buffer).setUint32(0, version)
      exportWrappingKey(key, part.subarray(4))
      return part
    })
    const all = concatBytes(utf8(this.clusterId), ...parts)
    for (const part of parts) part.fill(0)
    return all
  }

  wrap(place: SecretPlace, secret: Uint8Array): Uint8Array {
    const { key } = this.#current
    return wrapSecret(key, 'domain', { clusterId: this.clusterId, ...place }, secret, this.#random)
  }

  /** The secret in a buffer of its own, which the caller zeroes. Throws if anything is not as wrapped. */
  unwrap(place: SecretPlace, wrapped: Uint8Array): Uint8Array {
    const key = this.#byId.get(toHex(wrapped.subarray(4, 20)))
    const secret =
      key && unwrapSecret(key, 'domain', { clusterId: this.clusterId, ...place }, wrapped)
    if (secret === undefined)
      throw new Error(`the wrapped secret of ${place.table} ${place.rowId} does not open`)
    return secret
  }

  /** The key that authenticates rows and the change log, and the version that rows name it by. */
  stateKey(): TokenKey {
    const { version, key } = this.#current
    return { version, key: deriveTokenKey(key, 'state', version) }
  }

  /** The key of tokens that are made now, and the version by which a token names it. */
  tokenKey(purpose: BearerPurpose): TokenKey {
    const { version, key } = this.#current
    return { version, key: deriveTokenKey(key, purpose, version) }
  }

  /** The key of the tokens that name this version; `undefined` if there is none. */
  tokenKeyOf(purpose: BearerPurpose, version: number): KeyObject | undefined {
    const key = this.#byVersion.get(version)
    return key && deriveTokenKey(key, purpose, version)
  }

  /** The key that authenticates pagination markers. */
  markerKey(): KeyObject {
    return deriveTokenKey(this.#current.key, 'marker', this.#current.version)
  }
}

/** The row of a domain key; the root key wraps its 32 bytes. */
export type DomainKeyRecord = {
  readonly id: string
  readonly wrapped: string
  readonly createdAtMs: number
}

/** The row of a seal slot: the root key, wrapped by one seal. */
export type SealSlotRecord = {
  readonly kind: string
  readonly rootKeyId: string
  readonly wrapped: string
  readonly createdAtMs: number
}

export type ClusterRecord = { readonly clusterId: string; readonly createdAtMs: number }

export const domainKeyPlace = (clusterId: string, version: number, id: string): WrapPlace => ({
  clusterId,
  table: 'domain_key',
  rowId: String(version),
  account: '',
  region: '',
  keyId: id,
  materialId: '',
  purpose: 'domain',
  spec: '',
})

/** Bytes of a key id as rows hold it. */
export const keyIdBytes = (hex: string): Uint8Array => fromHex(hex)
