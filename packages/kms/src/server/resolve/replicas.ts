import { KmsError } from '../../api/errors.ts'
import type { Resource } from '../../api/operation.ts'
import { keyArn } from '../../core/keys/arn.ts'
import { type Key, keyOf } from '../../core/keys/key.ts'
import { requireMultiRegionPrimary } from '../../core/keys/multi-region.ts'
import { newReplica } from '../../core/keys/replication.ts'
import { partitionOf } from '../../core/regions.ts'
import { type Soon, whenSoon } from '../../core/soon.ts'
import { requireIdentityAccess } from '../access/decide.ts'
import type { Subject } from '../access/facts.ts'
import type { Target } from '../call.ts'
import type { Asking, Question } from '../resolve.ts'
import { requireTarget } from './keys.ts'

/** Asks for a replica where it is to be: its Region is what conditions see as the requested one. */
export const resolveReplica = (
  rule: Extract<Resource, { of: 'replica' }>,
  targets: readonly Target[],
  asking: Asking,
): Soon<Target> => {
  const { question, subject } = asking
  const { action } = subject
  const primary = primaryOf(targets)
  const there = inRegion(question, subject, rule.region)
  const replica = newReplica(primary.record, there.place.region, question.world.clock.nowMs())
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
  const { question, subject } = asking
  const { action } = subject
  const { keyId } = primaryOf(targets).record
  const there = inRegion(question, subject, rule.region)
  return whenSoon(question.world.directory.requireKeyId(there.place, keyId), (key) =>
    requireTarget({ action, key }, { ...asking, question: there }),
  )
}

/** The key of the first decision, which has to be the primary of a multi-Region key. */
const primaryOf = ([first]: readonly Target[]): Key => {
  if (first?.key === undefined) throw new TypeError('the row names no key before its Region')
  requireMultiRegionPrimary(first.key)
  return first.key
}

const inRegion = (question: Question, { input }: Subject, member: string): Question => {
  const region = input[member] as string
  const { place, world } = question
  const isHere = world.regions.has(region) && partitionOf(region) === partitionOf(place.region)
  if (!isHere)
    throw new KmsError('ValidationException', `The Region ${region} is not one of this service.`)
  return { ...question, place: { ...place, region } }
}
