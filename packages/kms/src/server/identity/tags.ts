import { KmsError } from '../../api/errors.ts'
import type { Tags } from '../../core/keys/tags.ts'

const tagsMax = 50

type WireTag = { readonly Key: string; readonly Value: string }

/** Whether keys that differ in the case of their letters are one: of users and roles, not of policies. */
export type TagCase = 'ignored' | 'kept'

const folded = (key: string, tagCase: TagCase): string =>
  tagCase === 'ignored' ? key.toLowerCase() : key

/** By the code units of their keys: the order in which IAM lists them. */
const sorted = (tags: Iterable<readonly [string, string]>): Tags =>
  [...tags].sort(([a], [b]) => (a < b ? -1 : 1))

/** Tags of a request. Throws InvalidInputException in IAM's words. */
export const requireTags = (given: readonly WireTag[] | undefined, tagCase: TagCase): Tags => {
  const tags = (given ?? []).map(({ Key, Value }) => [Key, Value] as const)
  const keys = new Set(tags.map(([key]) => folded(key, tagCase)))
  if (keys.size < tags.length)
    throw new KmsError(
      'InvalidInputException',
      tagCase === 'ignored'
        ? 'Duplicate tag keys found. Please note that Tag keys are case insensitive.'
        : 'Duplicate tag keys found.',
    )
  if (tags.some(([key]) => /^aws:/i.test(key)))
    throw new KmsError('InvalidInputException', 'Tag keys beginning with aws: are reserved.')
  return sorted(tags)
}

/** Adds tags; one that exists gets the new value. */
export const withTags = (existing: Tags, added: Tags, tagCase: TagCase): Tags => {
  const merged = new Map(existing.map((tag) => [folded(tag[0], tagCase), tag]))
  for (const tag of added) merged.set(folded(tag[0], tagCase), tag)
  if (merged.size > tagsMax)
    throw new KmsError(
      'LimitExceededException',
      'The number of tags has reached the maximum limit.',
    )
  return sorted(merged.values())
}

export const withoutTags = (existing: Tags, keys: readonly string[], tagCase: TagCase): Tags => {
  const removed = new Set(keys.map((key) => folded(key, tagCase)))
  return existing.filter(([key]) => !removed.has(folded(key, tagCase)))
}

export const wireTags = (tags: Tags): readonly WireTag[] =>
  tags.map(([Key, Value]) => ({ Key, Value }))

/** `Tags` of an answer that leaves them out where there are none. */
export const tagsIfAny = (tags: Tags): { readonly Tags?: readonly WireTag[] } =>
  tags.length === 0 ? {} : { Tags: wireTags(tags) }
