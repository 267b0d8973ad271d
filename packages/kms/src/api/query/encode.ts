import type { Members, Shape } from '../shapes.ts'
import type { QueryFault } from './errors.ts'

/**
 * The answer of a query operation in XML: `<NameResponse><NameResult>…</NameResult>…`, members in the
 * row's order, lists as `member`, maps as `entry`. Without output there is no result element.
 */
export const encodeAnswer = (
  operation: string,
  namespace: string,
  members: Members | undefined,
  output: unknown,
  requestId: string,
): string => {
  const result =
    members === undefined
      ? ''
      : `<${operation}Result>${encodeMembers(members, output as Values)}</${operation}Result>`
  return (
    `<${operation}Response xmlns="${namespace}">${result}` +
    `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${operation}Response>`
  )
}

/** A fault in XML. `requestId` is absent where the request was refused by its head alone. */
export const encodeFault = (
  fault: QueryFault,
  namespace: string,
  requestId: string | undefined,
): string =>
  `<ErrorResponse xmlns="${namespace}"><Error>` +
  `<Type>${fault.status < 500 ? 'Sender' : 'Receiver'}</Type><Code>${fault.code}</Code>` +
  `<Message>${escapeXml(fault.message)}</Message></Error>` +
  (requestId === undefined ? '' : `<RequestId>${requestId}</RequestId>`) +
  '</ErrorResponse>'

type Values = { readonly [name: string]: unknown }

const encodeMembers = (members: Members, values: Values): string => {
  let xml = ''
  for (const [name, { shape }] of Object.entries(members)) {
    const value = values[name]
    if (value !== undefined) xml += element(name, shape, value)
  }
  return xml
}

const element = (name: string, shape: Shape, value: unknown): string =>
  `<${name}>${encodeValue(shape, value)}</${name}>`

const encodeValue = (shape: Shape, value: unknown): string => {
  switch (shape.kind) {
    case 'text':
    case 'enum':
      return escapeXml(value as string)
    case 'time':
      return new Date(value as number).toISOString().replace(/\.[0-9]{3}Z$/, 'Z')
    case 'list':
      return (value as readonly unknown[])
        .map((item) => element('member', shape.member, item))
        .join('')
    case 'map': {
      let xml = ''
      for (const [key, item] of value as ReadonlyMap<string, string | number>) {
        xml += `<entry><key>${escapeXml(key)}</key><value>${escapeXml(String(item))}</value></entry>`
      }
      return xml
    }
    case 'structure':
      return encodeMembers(shape.members, value as Values)
    case 'blob':
      return Buffer.from(value as Uint8Array).toString('base64')
    default:
      return String(value)
  }
}

const escapes: { readonly [unit: string]: string } = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/**
 * Text as character data. A carriage return is escaped, or a reader would make a line feed of it;
 * what XML 1.0 §2.2 cannot carry at all becomes U+FFFD, and is refused where it could be stored.
 */
const escapeXml = (text: string): string =>
  text
    .replace(/[&<>]/g, (unit) => escapes[unit] ?? unit)
    .replaceAll('\r', '&#13;')
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
    .toWellFormed()
