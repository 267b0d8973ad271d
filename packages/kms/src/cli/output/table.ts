import { isJsonObject, type Json, type JsonObject } from '../../client/json.ts'
import { failure } from '../io.ts'
import { isList, showScalar, sorted } from './scalar.ts'
import { renderSections, type Section, type TableStyle } from './table-render.ts'

/**
 * The table output of AWS's command line: a box per structure, nested structures in boxes within.
 * Nothing is printed for an empty answer. `columns` is the width of the terminal.
 */
export const formatTable = (
  title: string,
  value: Json,
  columns: number,
  style: TableStyle,
): string => {
  const sections: Section[] = []
  if (!build(sections, title, value, 0)) return ''
  return renderSections(sections, columns, style)
}

const build = (
  sections: Section[],
  title: string | undefined,
  value: Json,
  depth: number,
): boolean => {
  if (isEmpty(value)) return false
  if (title !== undefined) sections.push({ title, depth, headers: undefined, rows: [] })
  if (isList(value)) {
    if (isJsonObject(value[0])) buildRows(sections, value as readonly JsonObject[], depth, title)
    else buildItems(sections, value)
  } else if (isJsonObject(value)) {
    buildStructure(sections, value, depth)
  }
  return true
}

// What Python holds for false.
const isEmpty = (value: Json): boolean =>
  value === null ||
  value === false ||
  value === 0 ||
  value === '' ||
  (isList(value) && value.length === 0) ||
  (isJsonObject(value) && Object.keys(value).length === 0)

const buildItems = (sections: Section[], items: readonly Json[]): void => {
  for (const item of items) {
    if (!isNested(item)) addRow(sections, [showScalar(item)])
    else if (isList(item) && !item.some((part) => isNested(part))) {
      addRow(
        sections,
        item.map((part) => showScalar(part)),
      )
    } else build(sections, undefined, item, 0)
  }
}

const buildStructure = (sections: Section[], item: JsonObject, depth: number): void => {
  const { scalars, nested } = split([item])
  const [only] = scalars
  if (scalars.length === 1 && only !== undefined) addRow(sections, [only, showScalar(item[only])])
  else if (scalars.length > 0) {
    addHeaders(sections, scalars)
    addRow(
      sections,
      scalars.map((name) => showScalar(item[name])),
    )
  }
  for (const name of nested) build(sections, name, item[name] ?? null, depth + 1)
}

const buildRows = (
  sections: Section[],
  items: readonly JsonObject[],
  depth: number,
  title: string | undefined,
): void => {
  const { scalars, nested } = split(items)
  addHeaders(sections, scalars)
  for (const [i, item] of items.entries()) {
    if (i > 0 && nested.length > 0) {
      sections.push({ title: title ?? '', depth, headers: undefined, rows: [] })
      addHeaders(sections, scalars)
    }
    const row = scalars.map((name) => (Object.hasOwn(item, name) ? showScalar(item[name]) : ''))
    addRow(sections, row)
    for (const name of nested) {
      if (Object.hasOwn(item, name)) build(sections, name, item[name] ?? null, depth + 1)
    }
  }
}

const isNested = (value: Json | undefined): boolean => typeof value === 'object' && value !== null

const split = (items: readonly JsonObject[]): { scalars: string[]; nested: string[] } => {
  const scalars = new Set<string>()
  const nested = new Set<string>()
  for (const item of items) {
    for (const [name, value] of Object.entries(item)) (isNested(value) ? nested : scalars).add(name)
  }
  return { scalars: sorted(scalars), nested: sorted(nested) }
}

const addHeaders = (sections: Section[], headers: readonly string[]): void => {
  const section = sections.at(-1)
  if (section !== undefined) section.headers = headers
}

const addRow = (sections: Section[], row: readonly string[]): void => {
  const section = sections.at(-1)
  if (section === undefined) return
  const columns = section.headers?.length ?? section.rows[0]?.length ?? row.length
  if (row.length !== columns) {
    throw failure(`Row should have ${columns} elements, instead it has ${row.length}`)
  }
  section.rows.push(row)
}
