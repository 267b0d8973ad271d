import { foldCase } from '../matching/fold-case.ts'
import {
  type CallerProperty,
  type CallProperty,
  type ConditionKey,
  conditionKeyOf,
  type ConnectionProperty,
  type KeyProperty,
  type KeySource,
  suffixOf,
} from './keys.ts'

/** One value, several, or none. Booleans and numbers become the texts that policies compare. */
export type FactValue = string | boolean | number | readonly string[] | undefined

export type Tags = Iterable<readonly [key: string, value: string]>

/**
 * What is known about a request, for the condition keys. A function is called only when a policy
 * asks. `undefined` everywhere: this request does not have it.
 */
export type Facts = {
  /** `kms:Decrypt`, say. */
  readonly action: string
  /** A member of the request by its path (`Constraints.SourceArn`); a time as epoch seconds. */
  readonly member: (path: string) => FactValue
  readonly encryptionContext?: ReadonlyMap<string, string> | undefined
  readonly requestTags?: (() => Tags | undefined) | undefined
  /** The keys of tags that the request takes away; those of `requestTags` go without saying. */
  readonly requestTagKeys?: (() => readonly string[] | undefined) | undefined
  readonly resourceTags?: (() => Tags | undefined) | undefined
  /** What was measured of whom the answer is for, by its name, case folded. */
  readonly recipient?: ((name: string) => FactValue) | undefined
  readonly owner: string
  readonly key?: ((property: KeyProperty) => FactValue) | undefined
  readonly caller: (property: CallerProperty) => FactValue
  readonly callerTags?: (() => Tags | undefined) | undefined
  readonly connection: (property: ConnectionProperty) => FactValue
  readonly call?: ((property: CallProperty) => FactValue) | undefined
  readonly nowMs: () => number
  /** What has no row: the claims of a web identity, by their names (`host:sub`), case folded. */
  readonly claim?: ((name: string) => FactValue) | undefined
}

/** The values of condition keys, taken from where the rows say. The key's name is case folded. */
export const lookupIn =
  (facts: Facts) =>
  (name: string): readonly string[] | undefined => {
    const row = conditionKeyOf(name)
    if (row === undefined) return valuesOf(facts.claim?.(name))
    for (const source of row.sources) {
      const values = valuesOf(factOf(source, row, name, facts))
      if (values !== undefined) return values
    }
    return undefined
  }

const valuesOf = (fact: FactValue): readonly string[] | undefined => {
  if (fact === undefined) return undefined
  return typeof fact === 'object' ? fact : [String(fact)]
}

const factOf = (source: KeySource, row: ConditionKey, name: string, facts: Facts): FactValue => {
  switch (source.from) {
    case 'request':
      if (!isOneOf(source.actions, facts.action)) return undefined
      return facts.member(source.member) ?? source.absent
    case 'constant':
      return isOneOf(source.actions, facts.action) ? source.value : undefined
    case 'context':
      return source.what === 'keys'
        ? facts.encryptionContext && [...facts.encryptionContext.keys()]
        : namedValues(facts.encryptionContext, suffixOf(row, name))
    case 'requestTags':
      return source.what === 'keys'
        ? tagKeysOf(facts)
        : namedValues(facts.requestTags?.(), suffixOf(row, name))
    case 'resourceTags':
      if (!isOneOf(source.services, facts.action.split(':')[0] ?? '')) return undefined
      return namedValues(facts.resourceTags?.(), suffixOf(row, name))
    case 'callerTags':
      return namedValues(facts.callerTags?.(), suffixOf(row, name))
    case 'recipient':
      return facts.recipient?.(suffixOf(row, name))
    case 'owner':
      return facts.owner
    case 'key':
      return isOneOf(source.actions, facts.action) ? facts.key?.(source.property) : undefined
    case 'caller':
      return facts.caller(source.property)
    case 'connection':
      return facts.connection(source.property)
    case 'call':
      return facts.call?.(source.property)
    case 'clock':
      return clockText(facts.nowMs(), source.as)
  }
}

const isOneOf = (listed: readonly string[] | undefined, name: string): boolean =>
  listed === undefined || listed.includes(name)

/**
 * The values under a name, which policies write in any case. Names that differ by case alone give
 * several values: conditions then decide for the worst (see `compileCondition`).
 */
const namedValues = (pairs: Tags | undefined, folded: string): readonly string[] | undefined => {
  if (pairs === undefined) return undefined
  const values: string[] = []
  for (const [name, value] of pairs) if (foldCase(name) === folded) values.push(value)
  return values.length === 0 ? undefined : values
}

const tagKeysOf = ({ requestTags, requestTagKeys }: Facts): readonly string[] | undefined => {
  const tags = requestTags?.()
  return tags === undefined ? requestTagKeys?.() : Array.from(tags, ([name]) => name)
}

const clockText = (nowMs: number, as: 'iso' | 'epochSeconds'): string =>
  as === 'iso' ? new Date(nowMs).toISOString() : String(Math.floor(nowMs / 1000))
