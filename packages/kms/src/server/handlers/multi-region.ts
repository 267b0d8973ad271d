import { KmsError } from '../../api/errors.ts'
import { ReplicateKey } from '../../api/operations/multi-region.ts'
import { defaultPolicy, type KeyPolicyRecord } from '../../core/access/key-policy.ts'
import { putEvent } from '../../core/keys/background.ts'
import { type Key, keyOf } from '../../core/keys/key.ts'
import { newReplica, putPrimary, putReplica } from '../../core/keys/replication.ts'
import { requireTags } from '../../core/keys/tags.ts'
import { newKeyPolicy } from '../access/key-policies.ts'
import { type Call, type Family, targetKey } from '../call.ts'
import { keyMetadata } from '../key-metadata.ts'

export const multiRegionHandlers: Family<'ReplicateKey' | 'UpdatePrimaryRegion'> = {
  async ReplicateKey(input, call) {
    const primary = targetKey(call)
    const { ReplicaRegion: region, Tags: replicaTags = [] } = input
    const tags = replicaTags.map((tag) => [tag.TagKey, tag.TagValue] as const)
    requireTags(tags)
    const nowMs = call.clock.nowMs()
    const key = keyOf({
      ...newReplica(primary.record, region, nowMs),
      description: input.Description ?? '',
      tags,
    })
    await requireNone(call, key)
    await call.keyAllowance.take(key.record)
    const policy = await policyOf(input.Policy, call, { row: ReplicateKey, input, key })
    await putReplica(call, call.change, primary.record, key.record)
    call.change.put('key_policy', key.rowId, policy, { parent: key.rowId })
    if ((await call.state.read('tombstone', key.rowId)) !== undefined)
      call.change.remove('tombstone', key.rowId)
    putEvent(call.change, call.random, key.record, {
      eventName: 'CreateKey',
      eventTimeMs: nowMs,
      details: { keyId: key.record.keyId, primaryKeyArn: primary.arn },
    })
    return {
      ReplicaKeyMetadata: asCreating(call, key),
      ReplicaPolicy: policy.policy,
      ReplicaTags: replicaTags,
    }
  },

  async UpdatePrimaryRegion(_input, call) {
    const primary = targetKey(call, 0)
    const replica = targetKey(call, 1)
    if (primary.rowId === replica.rowId)
      throw new KmsError(
        'UnsupportedOperationException',
        `${primary.arn} is the multi-region primary key already.`,
      )
    await putPrimary(call.state, call.change, primary.record, replica.record)
  },
}

const requireNone = async ({ state }: Call, { rowId, arn }: Key): Promise<void> => {
  if ((await state.read('key', rowId)) !== undefined)
    throw new KmsError('AlreadyExistsException', `${arn} already exists.`)
}

const policyOf = async (
  policy: string | undefined,
  call: Call,
  use: Parameters<typeof newKeyPolicy>[2],
): Promise<KeyPolicyRecord> => {
  const { region, account } = use.key.record
  const place = { region, account }
  return policy === undefined
    ? { policy: defaultPolicy(place) }
    : newKeyPolicy({ ...call, place }, policy, use)
}

/** AWS needs a while for a replica, and tells of it as it is at first (recorded). */
const asCreating = (call: Call, key: Key): ReturnType<typeof keyMetadata> => ({
  ...keyMetadata(call, key),
  Enabled: false,
  KeyState: 'Creating',
  CurrentKeyMaterialId: undefined,
})
