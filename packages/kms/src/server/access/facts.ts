import type { Operation } from '../../api/operation.ts'
import { measurement } from '../../core/attestation/measurements.ts'
import type { KeyProperty } from '../../core/access/conditions/keys.ts'
import type { Facts, FactValue, Tags } from '../../core/access/conditions/lookup.ts'
import { type Key, multiRegionKeyType } from '../../core/keys/key.ts'
import { callerFacts, memberFact } from '../caller-facts.ts'
import type { NamedMembers, Question } from '../resolve.ts'

/** What a decision is about, apart from who asks and of which key. */
export type Subject = {
  readonly action: string
  readonly row: Operation
  readonly input: NamedMembers
  /** The encryption context that the action is asked for under. */
  readonly context: ReadonlyMap<string, string> | undefined
  /** The alias by which the request names the key. */
  readonly requestAlias?: string | undefined
  /** Of ReEncrypt: source and destination are one key. */
  readonly isSameKey?: boolean | undefined
}

/** A key with what takes a look-up of its own, which is made only if a policy asks for it. */
export type KeyFacts = {
  readonly key: Key
  readonly aliases: readonly string[]
  readonly lastUseAtMs: number | undefined
}

const dayMs = 86_400_000

/** What condition keys may ask of a call of KMS. `found` is absent where there is no key. */
export const factsOf = (
  question: Question,
  subject: Subject,
  owner: string,
  found: KeyFacts | undefined,
): Facts => {
  const { action, input, context, requestAlias, isSameKey } = subject
  return {
    ...callerFacts(question),
    action,
    member: (path) => memberOf(subject, path),
    encryptionContext: context,
    requestTags: () => tagsOf(input['Tags']),
    requestTagKeys: () => input['TagKeys'] as readonly string[] | undefined,
    resourceTags: () => found?.key.record.tags,
    recipient: (name) => question.recipient && measurement(question.recipient, name),
    owner,
    key: (property) => keyFact(found, property, question.world.clock.nowMs()),
    call: (property) => {
      switch (property) {
        case 'requestAlias':
          return requestAlias
        case 'reEncryptOnSameKey':
          return isSameKey
        case 'grantConstraintTypes':
          return constraintTypesOf(input['Constraints'])
      }
    },
  }
}

const memberOf = ({ row, input }: Subject, path: string): FactValue => {
  let value: unknown = input
  for (const name of path.split('.')) value = (value as NamedMembers | undefined)?.[name]
  const isTime = row.input[path]?.shape.kind === 'time'
  return isTime && typeof value === 'number' ? value / 1000 : memberFact(value)
}

const keyFact = (found: KeyFacts | undefined, property: KeyProperty, nowMs: number): FactValue => {
  if (found === undefined) return undefined
  const { record } = found.key
  switch (property) {
    case 'spec':
      return record.spec
    case 'usage':
      return record.usage
    case 'origin':
      return record.origin
    case 'multiRegion':
      return record.multiRegion
    case 'multiRegionKeyType':
      return multiRegionKeyType(record)
    case 'aliases':
      return found.aliases
    // Whole days; of a key that never was used, since it was made.
    case 'daysWithoutUse':
      return Math.floor((nowMs - (found.lastUseAtMs ?? record.createdAtMs)) / dayMs)
  }
}

const tagsOf = (tags: unknown): Tags | undefined =>
  (tags as readonly { readonly TagKey: string; readonly TagValue: string }[] | undefined)?.map(
    ({ TagKey, TagValue }) => [TagKey, TagValue] as const,
  )

/** As `kms:GrantConstraintType` names them. */
const constraintTypes = ['EncryptionContextEquals', 'EncryptionContextSubset'] as const

const constraintTypesOf = (constraints: unknown): FactValue => {
  const given = (constraints ?? {}) as { readonly [name: string]: ReadonlyMap<string, string> }
  const present = constraintTypes.filter((name) => {
    // Every context contains an empty one: that is no constraint, whatever it is called.
    return name === 'EncryptionContextSubset' ? (given[name]?.size ?? 0) > 0 : given[name]
  })
  return present.length === 0 ? undefined : present
}
