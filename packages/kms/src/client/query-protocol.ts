import type { Members, Shape } from '../api/shapes.ts'
import type { QueryService } from '../api/service.ts'
import { ServiceError } from './errors.ts'
import { jsonFault, parseBody } from './json-protocol.ts'
import type { Json, JsonObject } from './json.ts'
import { isDone, requestIdOf, type WireProtocol } from './protocol.ts'
import type { Answer } from './transport.ts'
import { childOf, parseXml, type XmlElement } from './xml.ts'

/** AWS query: a form goes out, XML comes back, and both are JSON to whoever calls. */
export const queryProtocol = ({
  apiVersion,
  operations,
}: Pick<QueryService, 'apiVersion' | 'operations'>): WireProtocol => ({
  encode: (operation, input) => {
    const parts = [part('Action', operation), part('Version', apiVersion)]
    for (const [name, value] of Object.entries(input)) flatten(name, value, parts)
    return {
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
      body: new TextEncoder().encode(parts.join('&')),
    }
  },
  read: (operation, answer) => {
    const document = parseXml(new TextDecoder().decode(answer.body))
    if (!isDone(answer) || document?.name !== `${operation}Response`) throw fault(answer, document)
    const result = childOf(document, `${operation}Result`)
    return result === undefined ? {} : readMembers(operations[operation]?.output ?? {}, result)
  },
})

const flatten = (name: string, value: Json | undefined, parts: string[]): void => {
  if (value === undefined || value === null) return
  if (Array.isArray(value)) {
    const items = value as readonly Json[]
    if (items.length === 0) parts.push(part(name, ''))
    for (const [i, item] of items.entries()) flatten(`${name}.member.${i + 1}`, item, parts)
  } else if (typeof value === 'object') {
    for (const [key, inner] of Object.entries(value)) flatten(`${name}.${key}`, inner, parts)
  } else parts.push(part(name, String(value)))
}

const part = (name: string, value: string): string =>
  `${encodeURIComponent(name)}=${encodeURIComponent(value.toWellFormed())}`

const readMembers = (members: Members, element: XmlElement): JsonObject => {
  const values: Record<string, Json> = {}
  for (const [name, { shape }] of Object.entries(members)) {
    const child = childOf(element, name)
    if (child !== undefined) values[name] = readValue(shape, child)
  }
  return values
}

const readValue = (shape: Shape, element: XmlElement): Json => {
  switch (shape.kind) {
    case 'integer':
      return Number(element.text)
    case 'flag':
      return element.text === 'true'
    case 'time':
      return Date.parse(element.text) / 1000
    case 'list':
      return element.children.map((item) => readValue(shape.member, item))
    case 'map':
      return Object.fromEntries(element.children.map((entry) => readEntry(entry, shape.values)))
    case 'structure':
      return readMembers(shape.members, element)
    default:
      return element.text
  }
}

const readEntry = (entry: XmlElement, values: 'integer' | undefined): [string, Json] => {
  const value = childOf(entry, 'value')?.text ?? ''
  return [childOf(entry, 'key')?.text ?? '', values === 'integer' ? Number(value) : value]
}

/** A fault in XML, or in the JSON that a server of several protocols falls back to. */
const fault = (answer: Answer, document: XmlElement | undefined): ServiceError => {
  const error = childOf(document, 'Error')
  const code = childOf(error, 'Code')?.text
  if (code === undefined) return jsonFault(answer, parseBody(answer.body))
  return new ServiceError({
    code,
    message: childOf(error, 'Message')?.text ?? '',
    status: answer.status,
    requestId: childOf(document, 'RequestId')?.text ?? requestIdOf(answer),
  })
}
