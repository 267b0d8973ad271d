import assert from 'node:assert/strict'
import type { ErrorCode } from '../../../src/api/errors.ts'
import { type Answer, dayMs } from '../harness.ts'
import {
  awaitsDeletion,
  type Ciphertext,
  dropGeneration,
  isComplete,
  type Model,
  type ModelKey,
  newKey,
  refusal,
  rotate,
} from './model.ts'
import {
  automaticRefusal,
  importRefusal,
  isReplica,
  primaryRefusal,
  rotationRefusal,
  takeImport,
} from './rules.ts'
import { type Kind, type Region, regions, type Step, type StepOf, type Where } from './steps.ts'

const hourMs = 3_600_000
const [home] = regions

/** A call, and what has to come of it. */
export type Attempt = {
  readonly operation: string
  readonly region: Region
  readonly input: Readonly<Record<string, unknown>>
  /** `undefined`: it succeeds. */
  readonly refusal: ErrorCode | undefined
  /** What the model is afterwards, if it succeeds. */
  readonly take: (answer: Answer) => void
  /** The key that it is about, if there is one. */
  readonly key?: ModelKey
  /** Which material has to be wrapped first. */
  readonly secret?: number
}

/** What a step comes to. `undefined`: nothing, for there is nothing that it could be about. */
type Planner<S extends Step> = (
  step: S,
  model: Model,
  nowMs: number,
  prefix: string,
) => Attempt | undefined

/** One of the keys, or of those of a kind. */
const keyAt = ({ keys }: Model, { key }: Where, kind?: Kind): ModelKey | undefined => {
  const suited = kind === undefined ? keys : keys.filter((each) => each.kind === kind)
  return suited[key % suited.length]
}

/** Only keys of one kind are ever anywhere but where all are made. */
const placed = <S extends { readonly at: Where }>(step: S, { kind }: ModelKey): S =>
  kind === 'multiRegion' ? step : { ...step, at: { ...step.at, region: home } }

type Outcome = Pick<Attempt, 'refusal' | 'take' | 'secret'> & {
  readonly input?: Attempt['input']
}

/** An operation on the key of a step. */
const onKey =
  <S extends Step & { readonly at: Where }>(
    operation: string,
    plan: (key: ModelKey, step: S, nowMs: number) => Outcome,
    kind?: Kind,
  ): Planner<S> =>
  (wanted, model, nowMs) => {
    const key = keyAt(model, wanted.at, kind)
    if (key === undefined) return undefined
    const step = placed(wanted, key)
    const { input, ...outcome } = plan(key, step, nowMs)
    const { region } = step.at
    return { operation, region, key, input: { KeyId: key.keyId, ...input }, ...outcome }
  }

const regionalOf = (key: ModelKey, region: Region) => {
  const found = key.regional.get(region)
  assert(found !== undefined)
  return found
}

const switchTo =
  (state: 'Enabled' | 'Disabled') =>
  (key: ModelKey, { at }: { at: Where }) => ({
    refusal: refusal(key, at.region, 'switch'),
    take: () => void (regionalOf(key, at.region).state = state),
  })

const plaintext = Buffer.from('text').toString('base64')

/** A ciphertext is decrypted by the key that it is of, in any of its Regions. */
export const decryption = ({ key, generation, blob }: Ciphertext, region: Region): Attempt => ({
  operation: 'Decrypt',
  region,
  input: { KeyId: key.keyId, CiphertextBlob: blob },
  refusal: refusal(key, region, 'use'),
  take: ({ Plaintext, KeyMaterialId }) => {
    assert.equal(Plaintext, plaintext)
    if (generation.id !== undefined) assert.equal(KeyMaterialId, generation.id)
  },
})

const named = (prefix: string, alias: string): string => `alias/${prefix}-${alias}`

/** How each step is made of a service, and what it does to the model. */
export const planners: {
  readonly [D in Exclude<Step['does'], 'pass' | 'restart'>]: Planner<StepOf<D>>
} = {
  create: ({ kind }, { keys }) => ({
    operation: 'CreateKey',
    region: home,
    input: {
      Origin: kind === 'imported' ? 'EXTERNAL' : 'AWS_KMS',
      MultiRegion: kind === 'multiRegion',
    },
    refusal: undefined,
    take: ({ KeyMetadata }) => {
      const { KeyId, CurrentKeyMaterialId } = KeyMetadata as Readonly<Record<string, string>>
      keys.push(newKey(String(KeyId), kind, CurrentKeyMaterialId))
    },
  }),
  enable: onKey('EnableKey', switchTo('Enabled')),
  disable: onKey('DisableKey', switchTo('Disabled')),
  schedule: onKey('ScheduleKeyDeletion', (key, { at, days }, nowMs) => ({
    input: { PendingWindowInDays: days },
    refusal: refusal(key, at.region, 'change'),
    take: () =>
      key.regional.set(
        at.region,
        !isReplica(key, at.region) && key.replicas.size > 0
          ? { state: 'PendingReplicaDeletion', pendingDays: days }
          : { state: 'PendingDeletion', deletionAtMs: nowMs + days * dayMs },
      ),
  })),
  cancel: onKey('CancelKeyDeletion', (key, { at }) => {
    const regional = key.regional.get(at.region)
    const state = key.kind === 'imported' && !isComplete(key) ? 'PendingImport' : 'Disabled'
    return {
      refusal:
        regional === undefined
          ? 'NotFoundException'
          : awaitsDeletion(regional)
            ? undefined
            : 'KMSInvalidStateException',
      take: () => key.regional.set(at.region, { state }),
    }
  }),
  startRotation: onKey('EnableKeyRotation', (key, { at, days }, nowMs) => ({
    input: { RotationPeriodInDays: days },
    refusal: automaticRefusal(key, at.region),
    take: () => {
      if (key.rotation?.days !== days) key.rotation = { days, nextAtMs: nowMs + days * dayMs }
    },
  })),
  stopRotation: onKey('DisableKeyRotation', (key, { at }) => ({
    refusal: automaticRefusal(key, at.region),
    take: () => void (key.rotation = undefined),
  })),
  rotate: onKey('RotateKeyOnDemand', (key, { at }) => ({
    refusal: rotationRefusal(key, at.region),
    take: () => rotate(key, 'ON_DEMAND'),
  })),
  createAlias: ({ at, alias }, model, _nowMs, prefix) => {
    const key = keyAt(model, at)
    const name = named(prefix, alias)
    return (
      key && {
        operation: 'CreateAlias',
        region: home,
        input: { AliasName: name, TargetKeyId: key.keyId },
        refusal:
          refusal(key, home, 'change') ??
          (model.aliases.has(name) ? 'AlreadyExistsException' : undefined),
        take: () => model.aliases.set(name, key),
      }
    )
  },
  updateAlias: ({ at, alias }, model, _nowMs, prefix) => {
    const key = keyAt(model, at)
    const name = named(prefix, alias)
    return (
      key && {
        operation: 'UpdateAlias',
        region: home,
        input: { AliasName: name, TargetKeyId: key.keyId },
        refusal: model.aliases.has(name) ? refusal(key, home, 'change') : 'NotFoundException',
        take: () => model.aliases.set(name, key),
      }
    )
  },
  deleteAlias: ({ alias }, { aliases }, _nowMs, prefix) => ({
    operation: 'DeleteAlias',
    region: home,
    input: { AliasName: named(prefix, alias) },
    refusal: aliases.has(named(prefix, alias)) ? undefined : 'NotFoundException',
    take: () => void aliases.delete(named(prefix, alias)),
  }),
  encrypt: ({ at, alias }, model, _nowMs, prefix) => {
    const name = alias === undefined ? undefined : named(prefix, alias)
    const key = name === undefined ? keyAt(model, at) : model.aliases.get(name)
    const region = key?.kind === 'multiRegion' && name === undefined ? at.region : home
    return {
      operation: 'Encrypt',
      region,
      input: { KeyId: name ?? key?.keyId, Plaintext: plaintext },
      refusal: key === undefined ? 'NotFoundException' : refusal(key, region, 'use'),
      take: ({ CiphertextBlob }) => {
        assert(key?.current !== undefined)
        model.ciphertexts.push({ key, generation: key.current, blob: String(CiphertextBlob) })
      },
    }
  },
  decrypt: ({ ciphertext, region }, { ciphertexts }) => {
    const found = ciphertexts[ciphertext % ciphertexts.length]
    return found && decryption(found, found.key.kind === 'multiRegion' ? region : home)
  },
  import: onKey(
    'ImportKeyMaterial',
    (key, step, nowMs) => {
      const validToMs = step.hours === undefined ? Infinity : nowMs + step.hours * hourMs
      return {
        secret: step.secret,
        input: importMembers(step, validToMs),
        refusal: importRefusal(key, step),
        take: ({ KeyMaterialId }) => takeImport(key, step.secret, validToMs, String(KeyMaterialId)),
      }
    },
    'imported',
  ),
  deleteMaterial: onKey(
    'DeleteImportedKeyMaterial',
    (key, { at, material }) => {
      const { generations } = key
      const generation =
        material === undefined ? key.current : generations[material % generations.length]
      return {
        input:
          material === undefined || generation?.id === undefined
            ? {}
            : { KeyMaterialId: generation.id },
        refusal: key.regional.has(at.region) ? undefined : 'NotFoundException',
        take: () => {
          if (generation?.isPresent === true) dropGeneration(key, generation)
        },
      }
    },
    'imported',
  ),
  replicate: onKey(
    'ReplicateKey',
    (key, { at, to }) => ({
      input: { ReplicaRegion: to },
      refusal:
        primaryRefusal(key, at.region) ??
        refusal(key, at.region, 'prepare') ??
        (key.regional.has(to) ? 'AlreadyExistsException' : undefined),
      take: () => {
        key.regional.set(to, { state: 'Enabled' })
        key.replicas.add(to)
      },
    }),
    'multiRegion',
  ),
  updatePrimary: onKey(
    'UpdatePrimaryRegion',
    (key, { at, to }) => {
      const places = [...key.replicas, ...regions]
      const next = places[to % places.length] ?? home
      return {
        input: { PrimaryRegion: next },
        refusal:
          primaryRefusal(key, at.region) ??
          (key.regional.has(next) ? undefined : 'NotFoundException') ??
          refusal(key, at.region, 'prepare') ??
          refusal(key, next, 'prepare') ??
          (next === at.region ? 'UnsupportedOperationException' : undefined),
        take: () => {
          key.replicas.delete(next)
          key.replicas.add(key.primary)
          key.primary = next
        },
      }
    },
    'multiRegion',
  ),
}

const importMembers = ({ type }: StepOf<'import'>, validToMs: number) => ({
  ...(type !== undefined && { ImportType: type }),
  ...(validToMs === Infinity
    ? { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' }
    : { ExpirationModel: 'KEY_MATERIAL_EXPIRES', ValidTo: validToMs / 1000 }),
})
