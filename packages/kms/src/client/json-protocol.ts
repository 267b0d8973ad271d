import { ServiceError } from './errors.ts'
import { isJsonObject, type Json, type JsonObject } from './json.ts'
import { isDone, requestIdOf, type WireProtocol } from './protocol.ts'
import type { Answer } from './transport.ts'

/** AWS JSON 1.1. */
export const jsonProtocol = (targetPrefix: string): WireProtocol => ({
  encode: (operation, input) => ({
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': targetPrefix + operation,
    },
    body: new TextEncoder().encode(JSON.stringify(input)),
  }),
  read: (_operation, answer) => {
    const json = parseBody(answer.body)
    if (isDone(answer) && json !== undefined) return json
    throw jsonFault(answer, json)
  },
})

/** `undefined`: not a JSON object, so not an answer of the API. */
export const parseBody = (body: Uint8Array): JsonObject | undefined => {
  if (body.length === 0) return {}
  try {
    const json = JSON.parse(new TextDecoder().decode(body)) as unknown
    return isJsonObject(json) ? json : undefined
  } catch {
    return undefined
  }
}

export const jsonFault = (answer: Answer, json: JsonObject | undefined): ServiceError =>
  new ServiceError({
    code: faultCode(json, answer.status),
    message: faultText(json),
    status: answer.status,
    requestId: requestIdOf(answer),
  })

// `__type` may be qualified ("com.example#Name") and, from some servers, followed by a colon.
const faultCode = (json: JsonObject | undefined, status: number): string => {
  const type = json?.['__type'] ?? json?.['code']
  if (typeof type !== 'string') return String(status)
  return type.slice(type.lastIndexOf('#') + 1).split(':', 1)[0] ?? type
}

const faultText = (json: JsonObject | undefined): string => {
  const text: Json | undefined = json?.['message'] ?? json?.['Message']
  return typeof text === 'string' ? text : ''
}
