import type { JsonObject, JsonValue } from '../../../api/json.ts'

/** The value as an object; `undefined` if it is none. */
export const objectOf = (value: JsonValue | undefined): JsonObject | undefined =>
  value instanceof Map ? (value as JsonObject) : undefined

/** A lone value stands for a list of one. */
export const listOf = (value: JsonValue): readonly JsonValue[] =>
  Array.isArray(value) ? (value as readonly JsonValue[]) : [value]

/** The texts of a list or of a lone text; `undefined` if anything else is among them. */
export const textsOf = (value: JsonValue): readonly string[] | undefined => {
  const items = listOf(value)
  return items.every((item) => typeof item === 'string') ? items : undefined
}

/** Whether an object has no members but these. */
export const hasOnly = (object: JsonObject, members: ReadonlySet<string>): boolean =>
  object.keys().every((name) => members.has(name))

/** An element that has a negated twin, `Action` and `NotAction` say; `undefined` if neither is there. */
export const elementOf = (
  statement: JsonObject,
  name: 'Principal' | 'Action' | 'Resource',
): { readonly value: JsonValue; readonly negated: boolean } | undefined => {
  const value = statement.get(name)
  if (value !== undefined) return { value, negated: false }
  const twin = statement.get(`Not${name}`)
  return twin === undefined ? undefined : { value: twin, negated: true }
}
