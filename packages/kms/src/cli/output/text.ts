import { isJsonObject, type Json, type JsonObject } from '../../client/json.ts'
import { isList, showScalar, sorted } from './scalar.ts'

/**
 * The text output of AWS's command line: a line per structure, its scalars sorted by name and
 * separated by tabs, nested structures on lines of their own that begin with their name.
 */
export const formatText = (value: Json): string => lines(value, undefined, undefined)

const lines = (
  value: Json,
  name: string | undefined,
  columns: readonly string[] | undefined,
): string => {
  if (isList(value)) return listLines(value, name)
  if (isJsonObject(value)) return structureLines(value, name, columns)
  return `${showScalar(value)}\n`
}

const listLines = (items: readonly Json[], name: string | undefined): string => {
  if (items.some((item) => isJsonObject(item))) {
    const columns = sorted(new Set(items.flatMap((item) => scalarNames(item))))
    return items.map((item) => lines(item, name, columns)).join('')
  }
  const scalars = items.filter((item) => !isList(item))
  const lists = items.filter((item) => isList(item))
  const nested = lists.map((item) => lines(item, name, undefined)).join('')
  return (scalars.length === 0 ? '' : scalarLines(scalars, name)) + nested
}

const scalarNames = (item: Json): string[] =>
  isJsonObject(item) ? Object.keys(item).filter((key) => isScalar(item[key])) : []

const isScalar = (value: Json | undefined): boolean => value === null || typeof value !== 'object'

const scalarLines = (items: readonly Json[], name: string | undefined): string =>
  name === undefined
    ? `${items.map((item) => showScalar(item)).join('\t')}\n`
    : items.map((item) => `${name.toUpperCase()}\t${showScalar(item)}\n`).join('')

const structureLines = (
  item: JsonObject,
  name: string | undefined,
  columns: readonly string[] | undefined,
): string => {
  const names = sorted(Object.keys(item))
  const own = columns ?? names.filter((key) => isScalar(item[key]))
  const fields = own.map((key) => (Object.hasOwn(item, key) ? showScalar(item[key]) : ''))
  const head = fields.length > 0 && name !== undefined ? [name.toUpperCase()] : []
  const line = fields.length === 0 ? '' : `${[...head, ...fields].join('\t')}\n`
  const nested = names.filter((key) => !own.includes(key))
  return line + nested.map((key) => lines(item[key] ?? null, key, undefined)).join('')
}
