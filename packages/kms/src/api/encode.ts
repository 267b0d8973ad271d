import { onceFor } from './once-for.ts'
import type { OperationName, Output } from './operations.ts'
import { operations } from './operations.ts'
import type { Operation } from './operation.ts'
import type { Members, Shape } from './shapes.ts'

/**
 * Encodes the output of an operation as AWS does: members in the row's order, blobs as base64,
 * times in seconds, absent members absent. `undefined`: the operation answers with an empty body.
 */
export const encodeOutput = <N extends OperationName>(
  name: N,
  output: Output<N>,
): string | undefined => encodeRow(operations[name], output)

/** The same of any row. */
export const encodeRow = (row: Operation, output: unknown): string | undefined =>
  row.output && encodeMembers(row.output, output as Record<string, unknown>)

const encodeMembers = (members: Members, value: Record<string, unknown>): string => {
  let text = ''
  for (const { name, opening, shape } of openedOf(members)) {
    const member = value[name]
    if (member !== undefined)
      text += `${text === '' ? '{' : ','}${opening}${encodeValue(shape, member)}`
  }
  return text === '' ? '{}' : `${text}}`
}

/** A member, and how its text begins. */
type Opened = { readonly name: string; readonly opening: string; readonly shape: Shape }

/** In the row's order. */
const openedOf = onceFor((members: Members): readonly Opened[] =>
  Object.entries(members).map(([name, { shape }]) => ({ name, opening: `"${name}":`, shape })),
)

const encodeValue = (shape: Shape, value: unknown): string => {
  switch (shape.kind) {
    case 'blob':
      return `"${base64(value as Uint8Array)}"`
    case 'time':
      return String((value as number) / 1000)
    case 'map':
      return `{${[...(value as ReadonlyMap<string, string>)]
        .map(([key, item]) => `${JSON.stringify(key)}:${JSON.stringify(item)}`)
        .join(',')}}`
    case 'list':
      return `[${(value as readonly unknown[]).map((item) => encodeValue(shape.member, item)).join(',')}]`
    case 'structure':
      return encodeMembers(shape.members, value as Record<string, unknown>)
    default:
      return JSON.stringify(value)
  }
}

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
