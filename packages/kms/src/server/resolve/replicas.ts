import { KmsError } from '../../api/errors.ts'
import type { Resource } from '../../api/operation.ts'
import { keyArn } from '../../core/keys/arn.ts'
import { type Key, keyOf } from '../../core/keys/key.ts'
import { requireMultiRegionPrimary } from '../../core/keys/multi-region.ts'
import { newReplica } from '../../core/keys/replication.ts'
import { partitionOf } from '../../core/regions.ts'
import { type Soon, whenSoon } from '../../core/soon.ts'
import { requireIdentityAccess, requireKeyAccess } from '../access/decide.ts'
import type { Target } from '../call.ts'
import type { Asking } from '../resolve.ts'

/** Asks for a replica where it is to be: its Region is what conditions see as the requested one. */
export const resolveReplica = (
  rule: Extract<Resource, { of: 'replica' }>,
  targets: readonly Target[],
  asking: Asking,
): Soon<Target> => {
  const { subject, world } = asking
  const { action } = subject
  const primary = primaryOf(targets)
  const there = inRegion(asking, rule.region)
  const replica = newReplica(primary.record, there.place.region, world.clock.nowMs())
  const becomes = { key: keyOf(replica), aliases: [], lastUseAtMs: undefined }
  const resource = rule.as === 'account' ? '*' : keyArn(there.place, '*')
  const allowed = requireIdentityAccess(there, subject, resource, becomes)
  return whenSoon(allowed, () => ({ action }))
}

/** A key of another Region has a policy of its own. */
export const resolveRelated = (
  rule: Extract<Resource, { of: 'related' }>,
  targets: readonly Target[],
  asking: Asking,
): Soon<Target> => {
  const { subject, world, onTarget } = asking
  const { action } = subject
  const { keyId } = primaryOf(targets).record
  const there = inRegion(asking, rule.region)
  return whenSoon(world.directory.requireKeyId(there.place, keyId), (key) => {
    onTarget({ action, key })
    const allowed = requireKeyAccess(there, subject, key)
    return whenSoon(allowed, (allowedBy) => ({ action, key, allowedBy }))
  })
}

/** The key of the first decision, which has to be the primary of a multi-Region key. */
const primaryOf = ([first]: readonly Target[]): Key => {
  if (first?.key === undefined) throw new TypeError('the row names no key before its Region')
  requireMultiRegionPrimary(first.key)
  return first.key
}

const inRegion = (asking: Asking, member: string): Asking => {
  const region = asking.subject.input[member] as string
  const { regions } = asking.world
  const isHere = regions.has(region) && partitionOf(region) === partitionOf(asking.place.region)
  if (!isHere)
    throw new KmsError('ValidationException', `The Region ${region} is not one of this service.`)
  return { ...asking, place: { ...asking.place, region } }
}
