import type { ErrorCode } from '../../../src/api/errors.ts'
import { dayMs } from '../harness.ts'
import { type Kind, type Region, regions } from './steps.ts'

/** What a key is in one Region. */
type Regional = {
  state: 'Enabled' | 'Disabled' | 'PendingDeletion' | 'PendingReplicaDeletion' | 'PendingImport'
  deletionAtMs?: number
  pendingDays?: number
}

/** One generation of material; all Regions of a key share it. */
export type Generation = {
  /** Learnt from the service, the first time that it tells it. */
  id: string | undefined
  /** Which bytes they are, of imported material. */
  readonly secret?: number
  isPresent: boolean
  isPending: boolean
  validToMs: number
  rotation?: 'AUTOMATIC' | 'ON_DEMAND'
}

export type ModelKey = {
  readonly keyId: string
  readonly kind: Kind
  primary: Region
  readonly replicas: Set<Region>
  readonly regional: Map<Region, Regional>
  generations: Generation[]
  current: Generation | undefined
  rotation: { readonly days: number; nextAtMs: number } | undefined
}

export type Ciphertext = {
  readonly key: ModelKey
  readonly generation: Generation
  readonly blob: string
}

/** What a service is expected to hold: no crypto, no rows, no cache. */
export type Model = {
  readonly keys: ModelKey[]
  /** The aliases of the first Region. */
  readonly aliases: Map<string, ModelKey>
  readonly ciphertexts: Ciphertext[]
}

export const newModel = (): Model => ({ keys: [], aliases: new Map(), ciphertexts: [] })

/** A key as CreateKey leaves it; `id` is that of its material, if it has some. */
export const newKey = (keyId: string, kind: Kind, id: string | undefined): ModelKey => {
  const [home] = regions
  const state = kind === 'imported' ? 'PendingImport' : 'Enabled'
  const made = { id, isPresent: true, isPending: false, validToMs: Infinity }
  const current = kind === 'imported' ? undefined : made
  return {
    keyId,
    kind,
    primary: home,
    replicas: new Set(),
    regional: new Map([[home, { state }]]),
    generations: current === undefined ? [] : [current],
    current,
    rotation: undefined,
  }
}

/** How many rotations on demand a key may have here: few, so that the limit is met. */
export const onDemandRotationsPerKey = 3

/** What an operation asks of the state of a key (Developer Guide, "Key states"). */
export type Need = 'use' | 'prepare' | 'rotation' | 'switch' | 'change'

const refusing: Readonly<Record<Need, readonly Regional['state'][]>> = {
  use: ['PendingImport', 'Disabled'],
  prepare: ['PendingImport', 'Disabled'],
  rotation: ['Disabled'],
  switch: ['PendingImport'],
  change: [],
}

export const awaitsDeletion = ({ state }: Regional): boolean =>
  state === 'PendingDeletion' || state === 'PendingReplicaDeletion'

/** Why a key may not be used so; `undefined`: it may. */
export const refusal = (key: ModelKey, region: Region, need: Need): ErrorCode | undefined => {
  const regional = key.regional.get(region)
  if (regional === undefined) return 'NotFoundException'
  if (awaitsDeletion(regional)) return 'KMSInvalidStateException'
  if (!refusing[need].includes(regional.state)) return undefined
  return regional.state === 'Disabled' ? 'DisabledException' : 'KMSInvalidStateException'
}

const inUse = (key: ModelKey): readonly Generation[] =>
  key.generations.filter(({ isPending }) => !isPending)

/** Whether all material is there that the key needs. */
export const isComplete = (key: ModelKey): boolean =>
  inUse(key).length > 0 && inUse(key).every(({ isPresent }) => isPresent)

/** When the first of its material expires. */
export const expiresAtMs = (key: ModelKey): number =>
  Math.min(...inUse(key).map(({ validToMs }) => validToMs))

/** Brings the state of a key in line with the material that was imported, or went. */
export const settleImported = (key: ModelKey): void => {
  for (const regional of key.regional.values()) {
    if (awaitsDeletion(regional)) continue
    if (!isComplete(key)) regional.state = 'PendingImport'
    else if (regional.state === 'PendingImport') regional.state = 'Enabled'
  }
}

export const dropGeneration = (key: ModelKey, generation: Generation): void => {
  if (generation.isPending) key.generations = key.generations.filter((each) => each !== generation)
  Object.assign(generation, { isPresent: false, validToMs: Infinity })
  if (!generation.isPending) settleImported(key)
}

/** The next generation comes into use: one that was imported for it, or a new one. */
export const rotate = (key: ModelKey, rotation: 'AUTOMATIC' | 'ON_DEMAND'): void => {
  const imported = key.generations.find(({ isPending, isPresent }) => isPending && isPresent)
  const made = { id: undefined, isPresent: true, isPending: false, validToMs: Infinity }
  const next: Generation = imported ?? made
  key.generations = [...key.generations.filter((each) => each !== next), next]
  Object.assign(next, { isPending: false, rotation })
  key.current = next
}

/** Lets everything happen that falls due by then. */
export const fallDue = (model: Model, nowMs: number): void => {
  for (const key of model.keys) {
    for (const generation of key.generations)
      if (generation.validToMs <= nowMs) dropGeneration(key, generation)
    for (const region of regions)
      if ((key.regional.get(region)?.deletionAtMs ?? Infinity) <= nowMs)
        destroy(model, key, region, nowMs)
    const { rotation } = key
    if (rotation === undefined || rotation.nextAtMs > nowMs) continue
    if (key.regional.get(key.primary)?.state !== 'Enabled') continue
    rotate(key, 'AUTOMATIC')
    const from = nowMs - rotation.nextAtMs < dayMs ? rotation.nextAtMs : nowMs
    rotation.nextAtMs = from + rotation.days * dayMs
  }
}

const destroy = (model: Model, key: ModelKey, region: Region, nowMs: number): void => {
  key.regional.delete(region)
  key.replicas.delete(region)
  if (region === regions[0])
    for (const [name, target] of model.aliases) if (target === key) model.aliases.delete(name)
  const primary = key.regional.get(key.primary)
  if (primary?.state !== 'PendingReplicaDeletion' || key.replicas.size > 0) return
  const { pendingDays = 0 } = primary
  const deletionAtMs = nowMs + pendingDays * dayMs
  key.regional.set(key.primary, { state: 'PendingDeletion', deletionAtMs })
}
