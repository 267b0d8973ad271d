import { isJsonObject, type Json, type JsonObject } from '../../client/json.ts'
import { isList, sorted } from './scalar.ts'
import { scalarStyle } from './yaml-scalar.ts'
import { YamlWriter } from './yaml-writer.ts'

/**
 * YAML as AWS's command line prints it, byte for byte: blocks, names sorted, sequences not indented,
 * long texts folded, a value that a query selected twice given once and then by its anchor. A bare
 * scalar is printed as JSON, without the marks that YAML would need around it.
 */
export const formatYaml = (value: Json): string => {
  if (!isCollection(value)) return `${JSON.stringify(value)}\n`
  const writer = new YamlWriter()
  writeNode(writer, value, { indent: -1, inMap: false }, nameAnchors(value))
  writer.end()
  return writer.text
}

type Collection = JsonObject | readonly Json[]

const isCollection = (value: Json | undefined): value is Collection =>
  isList(value) || isJsonObject(value)

/** The collections that stand in more than one place, numbered as they are met again. */
const nameAnchors = (root: Collection): Map<Collection, string | undefined> => {
  const names = new Map<Collection, string | undefined>()
  let count = 0
  const visit = (value: Json | undefined): void => {
    if (!isCollection(value)) return
    if (names.has(value)) {
      names.set(value, names.get(value) ?? `id${String(++count).padStart(3, '0')}`)
      return
    }
    names.set(value, undefined)
    if (isList(value)) value.forEach(visit)
    else for (const name of sorted(Object.keys(value))) visit(value[name])
  }
  visit(root)
  return names
}

/** Where a node stands: the indentation of the block around it, and whether that is a mapping. */
type Place = { readonly indent: number; readonly inMap: boolean }

const step = 2
const deeper = (indent: number): number => (indent < 0 ? 0 : indent + step)

const writeNode = (
  writer: YamlWriter,
  value: Json,
  place: Place,
  anchors: Map<Collection, string | undefined>,
): void => {
  if (!isCollection(value)) {
    const style = typeof value === 'string' ? scalarStyle(value) : 'plain'
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    writer.scalar(text, style, deeper(place.indent))
    return
  }
  const anchor = anchors.get(value)
  if (anchor?.startsWith('*') === true) {
    writer.mark(anchor)
    return
  }
  if (anchor !== undefined) {
    writer.mark(`&${anchor}`)
    anchors.set(value, `*${anchor}`)
  }
  if (isList(value)) {
    if (value.length === 0) writer.mark('[]')
    else writeItems(writer, value, place, anchors)
  } else if (Object.keys(value).length === 0) writer.mark('{}')
  else writeMembers(writer, value, deeper(place.indent), anchors)
}

const writeItems = (
  writer: YamlWriter,
  items: readonly Json[],
  place: Place,
  anchors: Map<Collection, string | undefined>,
): void => {
  const flush = place.inMap && !writer.inIndentation
  const indent = flush ? place.indent : deeper(place.indent)
  for (const item of items) {
    writer.startLine(indent)
    writer.mark('-', { block: true })
    writeNode(writer, item, { indent, inMap: false }, anchors)
  }
}

const writeMembers = (
  writer: YamlWriter,
  members: JsonObject,
  indent: number,
  anchors: Map<Collection, string | undefined>,
): void => {
  for (const name of sorted(Object.keys(members))) {
    writer.startLine(indent)
    if (isSimpleKey(name)) {
      writer.scalar(name, scalarStyle(name), undefined)
      writer.mark(':', { tight: true })
    } else {
      writer.mark('?', { block: true })
      writer.scalar(name, scalarStyle(name), indent + step)
      writer.startLine(indent)
      writer.mark(':', { block: true })
    }
    writeNode(writer, members[name] ?? null, { indent, inMap: true }, anchors)
  }
}

// libyaml keeps a name and its value on one line up to this length, far below YAML's 1,024.
const simpleKeyBytesMax = 128

const isSimpleKey = (name: string): boolean =>
  !/[\n\r\u0085\u2028\u2029]/.test(name) && Buffer.byteLength(name) <= simpleKeyBytesMax
