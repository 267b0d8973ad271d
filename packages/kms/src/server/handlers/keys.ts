import { KmsError } from '../../api/errors.ts'
import type { Output } from '../../api/operations.ts'
import { CreateKey } from '../../api/operations/keys.ts'
import { defaultPolicy } from '../../core/access/key-policy.ts'
import { keyArn } from '../../core/keys/arn.ts'
import { type BuiltKeySpec, keySpecRow, requireKeySpec } from '../../core/keys/key-spec.ts'
import { keyOf, type KeyRecord, keyRowId } from '../../core/keys/key.ts'
import { materialRowId, newMaterial } from '../../core/keys/material.ts'
import { requireTags } from '../../core/keys/tags.ts'
import { newKeyPolicy } from '../access/key-policies.ts'
import { type Call, type Family, targetKey } from '../call.ts'
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
    const spec = requireNewKey(input)
    const tags = (input.Tags ?? []).map((tag) => [tag.TagKey, tag.TagValue] as const)
    requireTags(tags)
    const keyId = call.random.uuid()
    const nowMs = call.clock.nowMs()
    const material = newMaterial(call.place, keyId, call.hierarchy, call.random, nowMs)
    const record: KeyRecord = {
      ...call.place,
      keyId,
      createdAtMs: nowMs,
      description: input.Description ?? '',
      state: 'Enabled',
      spec,
      usage: 'ENCRYPT_DECRYPT',
      origin: 'AWS_KMS',
      multiRegion: false,
      currentMaterialId: material.materialId,
      tags,
    }
    const policy =
      input.Policy === undefined
        ? { policy: defaultPolicy(call.place) }
        : await newKeyPolicy(call, input.Policy, { row: CreateKey, input, key: keyOf(record) })
    const rowId = keyRowId(call.place, keyId)
    const halfId = material.materialId.slice(0, 32)
    call.change.put('key', rowId, record)
    call.change.put('key_policy', rowId, policy, { parent: rowId })
    call.change.put('material', materialRowId(call.place.region, halfId), material, {
      parent: rowId,
    })
    return { KeyMetadata: keyMetadata(record) }
  },

  DescribeKey: (_input, call) => ({ KeyMetadata: keyMetadata(targetKey(call).record) }),

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

  EnableKey: (_input, call) => setState(call, 'Enabled'),

  DisableKey: (_input, call) => setState(call, 'Disabled'),

  ScheduleKeyDeletion(input, call) {
    const { record, arn } = targetKey(call)
    const days = input.PendingWindowInDays ?? 30
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
    const { deletionAtMs: _, ...kept } = record
    putKey(call, { ...kept, state: 'Disabled' })
    return { KeyId: arn }
  },

  UpdateKeyDescription(input, call) {
    putKey(call, { ...targetKey(call).record, description: input.Description })
  },
}

/** Writes a key's record; its row falls due when its waiting period ends. */
export const putKey = (call: Call, record: KeyRecord): void => {
  const due = record.deletionAtMs === undefined ? {} : { dueAtMs: record.deletionAtMs }
  call.change.put('key', keyRowId(record, record.keyId), record, due)
}

const setState = (call: Call, state: 'Enabled' | 'Disabled'): void => {
  const { record } = targetKey(call)
  if (record.state !== state) putKey(call, { ...record, state })
}

type CreateKeyOptions = {
  readonly KeySpec?: string | undefined
  readonly CustomerMasterKeySpec?: string | undefined
  readonly KeyUsage?: string | undefined
  readonly Origin?: string | undefined
  readonly MultiRegion?: boolean | undefined
}

/** What CreateKey can make today; everything else that AWS knows is refused, never replaced. */
const requireNewKey = (input: CreateKeyOptions): BuiltKeySpec => {
  if (input.KeySpec !== undefined && input.CustomerMasterKeySpec !== undefined)
    throw new KmsError(
      'ValidationException',
      'You cannot specify KeySpec and CustomerMasterKeySpec in the same request. ' +
        'CustomerMasterKeySpec is deprecated.',
    )
  const specName = input.KeySpec ?? input.CustomerMasterKeySpec ?? 'SYMMETRIC_DEFAULT'
  if (specName !== 'SYMMETRIC_DEFAULT' && input.KeyUsage === undefined)
    throw new KmsError(
      'ValidationException',
      'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.',
    )
  const spec = requireKeySpec(specName)
  const usage = input.KeyUsage ?? 'ENCRYPT_DECRYPT'
  if (!(spec.usages as readonly string[]).includes(usage))
    throw new KmsError(
      'ValidationException',
      `KeyUsage ${usage} is not compatible with KeySpec ${spec.name}`,
    )
  if (input.Origin !== undefined && input.Origin !== 'AWS_KMS')
    throw new KmsError(
      'UnsupportedOperationException',
      `Origin ${input.Origin} is not supported by this service.`,
    )
  if (input.MultiRegion === true)
    throw new KmsError(
      'UnsupportedOperationException',
      'Multi-Region keys are not supported by this service.',
    )
  return spec.name
}

/** What CreateKey and DescribeKey tell of a key; which members appear is AWS's choice. */
const keyMetadata = (record: KeyRecord): Output<'DescribeKey'>['KeyMetadata'] => {
  const spec = keySpecRow(record.spec)
  return {
    AWSAccountId: record.account,
    KeyId: record.keyId,
    Arn: keyArn(record, record.keyId),
    CreationDate: record.createdAtMs,
    Enabled: record.state === 'Enabled',
    Description: record.description,
    KeyUsage: record.usage,
    KeyState: record.state,
    DeletionDate: record.deletionAtMs,
    Origin: record.origin,
    KeyManager: 'CUSTOMER',
    CustomerMasterKeySpec: spec.legacyName ? spec.name : undefined,
    KeySpec: spec.name,
    EncryptionAlgorithms: spec.encryptionAlgorithms,
    MultiRegion: record.multiRegion,
    CurrentKeyMaterialId: record.currentMaterialId,
  }
}
