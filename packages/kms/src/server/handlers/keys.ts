import type { Input, Output } from '../../api/operations.ts'
import { CreateKey } from '../../api/operations/keys.ts'
import { defaultPolicy } from '../../core/access/key-policy.ts'
import { keyArn } from '../../core/keys/arn.ts'
import { resumeRotation } from '../../core/keys/automatic-rotation.ts'
import { stateWithoutDeletion } from '../../core/keys/imported.ts'
import { keyOf, type KeyRecord, keyRowId, multiRegionKeyType } from '../../core/keys/key.ts'
import { requireTags } from '../../core/keys/tags.ts'
import { outerKeyOf, putOuterKey } from '../../core/key-stores/outer-key.ts'
import { newKeyPolicy } from '../access/key-policies.ts'
import { type Call, type Family, targetKey } from '../call.ts'
import { keyMetadata } from '../key-metadata.ts'
import {
  discardOuterKey,
  outerKeyMembers,
  preparedKeyId,
  requireStoreFor,
} from '../key-stores/new-key.ts'
import { newMaterial, type NewKeyPlan, putKey, putMaterial, requireNewKey } from '../new-key.ts'
import { pageOfRows } from '../paging.ts'

const dayMs = 86_400_000
const listKeysRule = { limitDefault: 100, limitMax: 1000 }

export const keyHandlers: Family<
  | 'CreateKey'
  | 'DescribeKey'
  | 'ListKeys'
  | 'EnableKey'
  | 'DisableKey'
  | 'ScheduleKeyDeletion'
  | 'CancelKeyDeletion'
  | 'UpdateKeyDescription'
> = {
  async CreateKey(input, call) {
    const plan = requireNewKey(input)
    try {
      return await createKey(plan, input, call)
    } catch (error) {
      discardOuterKey(call, plan.store)
      throw error
    }
  },

  DescribeKey: (_input, call) => ({ KeyMetadata: keyMetadata(call, targetKey(call)) }),

  async ListKeys(input, call) {
    const idPrefix = keyRowId(call.place, '')
    const page = await pageOfRows(call, 'ListKeys', input, listKeysRule, { table: 'key', idPrefix })
    return {
      Keys: page.items.map(({ value }) => {
        const record = value as KeyRecord
        return { KeyId: record.keyId, KeyArn: keyArn(record, record.keyId) }
      }),
      NextMarker: page.NextMarker,
      Truncated: page.Truncated,
    }
  },

  async EnableKey(_input, call) {
    setState(call, 'Enabled')
    await resumeRotation(call.state, call.change, targetKey(call).record)
  },

  DisableKey: (_input, call) => setState(call, 'Disabled'),

  ScheduleKeyDeletion(input, call) {
    const { record, arn } = targetKey(call)
    const days = input.PendingWindowInDays ?? 30
    if (awaitsReplicas(record)) {
      putKey(call, { ...record, state: 'PendingReplicaDeletion', pendingDays: days })
      return { KeyId: arn, KeyState: 'PendingReplicaDeletion', PendingWindowInDays: days }
    }
    const deletionAtMs = call.clock.nowMs() + days * dayMs
    putKey(call, { ...record, state: 'PendingDeletion', deletionAtMs })
    return {
      KeyId: arn,
      DeletionDate: deletionAtMs,
      KeyState: 'PendingDeletion',
      PendingWindowInDays: days,
    }
  },

  CancelKeyDeletion(_input, call) {
    const { record, arn } = targetKey(call)
    const { deletionAtMs: _, pendingDays: __, ...kept } = record
    putKey(call, { ...kept, state: stateWithoutDeletion(record) })
    return { KeyId: arn }
  },

  UpdateKeyDescription(input, call) {
    putKey(call, { ...targetKey(call).record, description: input.Description })
  },
}

/** A primary is deleted when the last of its replicas is. */
const awaitsReplicas = (record: KeyRecord): boolean =>
  multiRegionKeyType(record) === 'PRIMARY' && record.regions?.replicas.length !== 0

const createKey = async (
  { spec, usage, origin, store }: NewKeyPlan,
  input: Input<'CreateKey'>,
  call: Call,
): Promise<Output<'CreateKey'>> => {
  const tags = (input.Tags ?? []).map((tag) => [tag.TagKey, tag.TagValue] as const)
  requireTags(tags)
  await call.keyAllowance.take(call.place)
  const multiRegion = input.MultiRegion === true
  const keyId = preparedKeyId(store, call.prepared) ?? newKeyId(call, multiRegion)
  if (store !== undefined) (await requireStoreFor(call, store)).requireConnected('asNewKey')
  const material = origin === 'EXTERNAL' ? undefined : newMaterial(call, keyId, spec)
  const record: KeyRecord = {
    ...call.place,
    keyId,
    createdAtMs: call.clock.nowMs(),
    description: input.Description ?? '',
    state: material === undefined ? 'PendingImport' : 'Enabled',
    spec: spec.name,
    usage,
    origin,
    multiRegion,
    ...(multiRegion && { regions: { primary: call.place.region, replicas: [] } }),
    ...(material && { currentMaterialId: material.materialId }),
    ...(store && outerKeyMembers(store)),
    tags,
  }
  const key = keyOf(record)
  const policy =
    input.Policy === undefined
      ? { policy: defaultPolicy(call.place) }
      : await newKeyPolicy(call, input.Policy, { row: CreateKey, input, key })
  putKey(call, record)
  const outer = outerKeyOf(record)
  if (outer !== undefined) putOuterKey(call.change, record, outer)
  call.change.put('key_policy', key.rowId, policy, { parent: key.rowId })
  if (material !== undefined) putMaterial(call, material)
  return { KeyMetadata: keyMetadata(call, key) }
}

const setState = (call: Call, state: 'Enabled' | 'Disabled'): void => {
  const { record } = targetKey(call)
  if (record.state !== state) putKey(call, { ...record, state })
}

/** Ids of multi-Region keys begin so, in each of their Regions. */
const newKeyId = ({ random }: Call, multiRegion: boolean): string =>
  multiRegion ? `mrk-${random.uuid().replaceAll('-', '')}` : random.uuid()
