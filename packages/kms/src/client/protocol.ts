import type { JsonService, QueryService } from '../api/service.ts'
import type { JsonObject } from './json.ts'
import type { Answer } from './transport.ts'

/** As much of a service as a client needs. */
export type ClientService =
  | Pick<JsonService, 'name' | 'protocol' | 'targetPrefix'>
  | Pick<QueryService, 'name' | 'protocol' | 'apiVersion' | 'operations'>

/** How requests and answers of one service look on the wire. */
export type WireProtocol = {
  encode(operation: string, input: JsonObject): EncodedRequest
  /** An empty body is `{}`. Throws ServiceError for a fault. */
  read(operation: string, answer: Answer): JsonObject
}

export type EncodedRequest = {
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

export const isDone = ({ status }: Answer): boolean => status >= 200 && status < 300

export const requestIdOf = ({ headers }: Answer): string | undefined => {
  const value = headers['x-amzn-requestid']
  return Array.isArray(value) ? value[0] : value
}
