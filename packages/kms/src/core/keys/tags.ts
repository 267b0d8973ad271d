import { KmsError } from '../../api/errors.ts'

export type Tags = readonly (readonly [key: string, value: string])[]

const tagsMax = 50

/**
 * Checks tags as a request gives them. Throws TagException in AWS's words: a key may stand once,
 * and the prefix `aws:` is reserved in any case of letters.
 */
export const requireTags = (tags: Tags): void => {
  const keys = new Set<string>()
  for (const [key] of tags) {
    if (/^aws:/i.test(key))
      throw new KmsError('TagException', 'Tags beginning with aws: are reserved')
    if (keys.has(key)) throw new KmsError('TagException', 'Duplicate tag keys')
    keys.add(key)
  }
  if (keys.size > tagsMax) throw new KmsError('TagException', 'Too many tags')
}

/** Adds tags; one that exists gets the new value and keeps its place. */
export const withTags = (existing: Tags, added: Tags): Tags => {
  const merged = new Map(existing)
  for (const [key, value] of added) merged.set(key, value)
  if (merged.size > tagsMax) throw new KmsError('TagException', 'Too many tags')
  return [...merged]
}

export const withoutTags = (existing: Tags, keys: readonly string[]): Tags => {
  const removed = new Set(keys)
  return existing.filter(([key]) => !removed.has(key))
}
