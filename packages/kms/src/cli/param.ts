/**
 * A parameter between the command line and the wire: as JSON, but blobs that were read from a file
 * are bytes. Maps have no prototype, for `__proto__` is a legal name in them.
 */
export type Param = string | number | boolean | null | Uint8Array | readonly Param[] | ParamMap
export type ParamMap = { readonly [name: string]: Param }

export const isParamMap = (value: Param | undefined): value is ParamMap =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Uint8Array)

export const paramMap = (entries: Iterable<readonly [string, Param]>): ParamMap => {
  const map = Object.create(null) as Record<string, Param>
  for (const [name, value] of entries) map[name] = value
  return map
}

/** The type of a value in the words of AWS's command line, which is written in Python. */
export const typeName = (value: Param): string => {
  if (value === null) return "<class 'NoneType'>"
  if (value instanceof Uint8Array) return "<class 'bytes'>"
  if (Array.isArray(value)) return "<class 'list'>"
  switch (typeof value) {
    case 'string':
      return "<class 'str'>"
    case 'boolean':
      return "<class 'bool'>"
    case 'number':
      return Number.isInteger(value) ? "<class 'int'>" : "<class 'float'>"
    default:
      return "<class 'dict'>"
  }
}

/** A value as Python prints it within a text. */
export const showParam = (value: Param): string => {
  if (value === null) return 'None'
  if (value === true) return 'True'
  if (value === false) return 'False'
  if (typeof value === 'string') return value
  return showInner(value)
}

const showInner = (value: Param): string => {
  if (typeof value === 'string') return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
  if (value instanceof Uint8Array) return `<${value.length} bytes>`
  if (Array.isArray(value)) {
    const parts = value as readonly Param[]
    return `[${parts.map((part) => showInner(part)).join(', ')}]`
  }
  if (isParamMap(value)) {
    const parts = Object.entries(value).map(([name, part]) => `'${name}': ${showInner(part)}`)
    return `{${parts.join(', ')}}`
  }
  return typeof value === 'number' ? String(value) : showParam(value)
}
