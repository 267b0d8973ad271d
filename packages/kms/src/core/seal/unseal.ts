import { lengthPrefixed, toBase64, toHex } from '../crypto/bytes.ts'
import { unwrapSecret, type WrappingKey, wrappingKeyOf, wrapSecret } from '../crypto/wrap.ts'
import type { Random, Seal, Store } from '../ports.ts'
import { listUnverified, readUnverified } from '../state/unverified.ts'
import {
  type ClusterRecord,
  type DomainKeyRecord,
  domainKeyPlace,
  Hierarchy,
  keyIdBytes,
  type SealSlotRecord,
} from './hierarchy.ts'

/** Binds a wrapped root key to its cluster and slot. */
const slotAad = (clusterId: string, slot: string, rootKeyId: string): Uint8Array =>
  lengthPrefixed('keyhold/seal/v1', clusterId, slot, rootKeyId)

/** The rows of a new cluster that stand between its seal and everything else. */
export type NewCluster = {
  readonly hierarchy: Hierarchy
  readonly cluster: ClusterRecord
  readonly slot: SealSlotRecord
  readonly domainKey: DomainKeyRecord
}

/** Makes the keys of a new cluster; nothing is stored. The root key does not outlive the call. */
export const newCluster = async (
  seal: Seal,
  random: Random,
  nowMs: number,
): Promise<NewCluster> => {
  const clusterId = random.uuid()
  const root = random.bytes(32)
  const domain = random.bytes(32)
  try {
    const rootKeyId = random.bytes(16)
    const domainKeyId = random.bytes(16)
    const rootKeyIdHex = toHex(rootKeyId)
    const domainKeyIdHex = toHex(domainKeyId)
    const wrappedRoot = await seal.wrap(root, slotAad(clusterId, '1', rootKeyIdHex), random)
    const wrappedDomain = wrapSecret(
      wrappingKeyOf(rootKeyId, root),
      'root',
      domainKeyPlace(clusterId, 1, domainKeyIdHex),
      domain,
      random,
    )
    const domainKeys = new Map([[1, wrappingKeyOf(domainKeyId, domain)]])
    return {
      hierarchy: new Hierarchy(clusterId, domainKeys, random),
      cluster: { clusterId, createdAtMs: nowMs },
      slot: {
        kind: seal.kind,
        rootKeyId: rootKeyIdHex,
        wrapped: toBase64(wrappedRoot),
        createdAtMs: nowMs,
      },
      domainKey: { id: domainKeyIdHex, wrapped: toBase64(wrappedDomain), createdAtMs: nowMs },
    }
  } finally {
    root.fill(0)
    domain.fill(0)
  }
}

/**
 * Opens an existing cluster with a seal: root key, then domain keys. `undefined`: the store holds no
 * cluster. Throws if no slot opens. The rows are read unverified, for the key that verifies them
 * comes out of them; whoever opens the state verifies them next.
 */
export const unseal = async (
  store: Store,
  seal: Seal,
  random: Random,
): Promise<Hierarchy | undefined> => {
  const cluster = (await readUnverified(store, 'cluster', 'self'))?.value as
    | ClusterRecord
    | undefined
  if (cluster === undefined) return undefined
  const { clusterId } = cluster
  const root = await openRoot(store, seal, clusterId)
  const domainKeys = new Map<number, WrappingKey>()
  for (const { id, value } of await listUnverified(store, 'domain_key')) {
    const version = Number(id)
    const record = value as DomainKeyRecord
    const wrapped = Buffer.from(record.wrapped, 'base64')
    const secret = unwrapSecret(
      root,
      'root',
      domainKeyPlace(clusterId, version, record.id),
      wrapped,
    )
    if (secret === undefined) throw new Error(`domain key ${version} does not open`)
    domainKeys.set(version, wrappingKeyOf(keyIdBytes(record.id), secret))
    secret.fill(0)
  }
  return new Hierarchy(clusterId, domainKeys, random)
}

const openRoot = async (store: Store, seal: Seal, clusterId: string): Promise<WrappingKey> => {
  let refusal: unknown
  for (const { id, value } of await listUnverified(store, 'seal_slot')) {
    const slot = value as SealSlotRecord
    if (slot.kind !== seal.kind) continue
    try {
      const aad = slotAad(clusterId, id, slot.rootKeyId)
      const root = await seal.unwrap(Buffer.from(slot.wrapped, 'base64'), aad)
      const key = wrappingKeyOf(keyIdBytes(slot.rootKeyId), root)
      root.fill(0)
      return key
    } catch (error) {
      refusal = error
    }
  }
  throw new Error(`no seal slot opens with the ${seal.kind} seal that was given`, {
    cause: refusal,
  })
}
