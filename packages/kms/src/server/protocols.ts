import { decodeRow } from '../api/decode.ts'
import { encodeRow } from '../api/encode.ts'
import { KmsError } from '../api/errors.ts'
import { parseJson } from '../api/json.ts'
import type { Operation } from '../api/operation.ts'
import { queryToJson } from '../api/query/decode.ts'
import { encodeAnswer, encodeFault } from '../api/query/encode.ts'
import { queryFault, signatureFault } from '../api/query/errors.ts'
import { parseForm } from '../api/query/form.ts'
import type { JsonService, QueryService, AnyService } from '../api/service.ts'
import { remembering } from '../core/remembering.ts'
import { errorAnswer, jsonContentType, type RawResponse } from './http/answers.ts'
import { xksProtocol } from './xks-proxy/protocol.ts'

/** A request as the protocols read it: only what decides its meaning. */
export type Message = {
  /** What names the operation: the value of X-Amz-Target, or the path where that does. */
  readonly target: string | undefined
  readonly contentType: string | undefined
  readonly body: Uint8Array
}

/** What a request asks for. Nothing is thrown until one of the functions is called. */
export type Asked = {
  /** The name of the operation; empty if the request names none. */
  readonly name: string
  /** Throws what is wrong with the request as a whole. */
  readonly requireWellFormed: () => void
  /** The decoded input. Throws what is wrong with it. */
  readonly input: (row: Operation) => object
}

/** What a service's requests and answers look like on the wire. */
export type Protocol = {
  /** Of an answer. */
  readonly headers: RawResponse['headers']
  ask(message: Message): Asked
  /** `undefined`: an empty body. */
  encode(name: string, row: Operation, output: unknown, requestId: string): string | undefined
  /** `isSigner`: the fault is that of who signed. `requestId` is absent before there is one. */
  refuse(error: KmsError, requestId?: string, isSigner?: boolean): RawResponse
}

export const protocolOf = (service: AnyService): Protocol => {
  switch (service.protocol) {
    case 'json':
      return jsonProtocol(service)
    case 'query':
      return queryProtocol(service)
    case 'xks':
      return xksProtocol
  }
}

const jsonProtocol = ({ targetPrefix }: JsonService): Protocol => {
  const nameIn = remembering((target) =>
    target.startsWith(targetPrefix) ? target.slice(targetPrefix.length) : '',
  )
  return {
    headers: [['Content-Type', jsonContentType]],
    ask: ({ target = '', contentType, body }) => {
      const name = nameIn(target)
      return {
        name,
        requireWellFormed: () => requireJson(contentType),
        input: (row) => decodeRow(name, row, parseJson(body)),
      }
    },
    encode: (_name, row, output) => encodeRow(row, output),
    refuse: (error) => errorAnswer(error),
  }
}

/** The header may be unsigned, so it decides nothing: it is compared with the one legal value. */
const requireJson = (contentType: string | undefined): void => {
  if (contentType === undefined || contentType === jsonContentType) return
  throw new KmsError('SerializationException', `The content type has to be ${jsonContentType}.`)
}

const xmlHeaders = [['Content-Type', 'text/xml']] as const
const formContentType = /^application\/x-www-form-urlencoded(?:; ?charset=utf-8)?$/i

/** Whether the headers are those of a query request; who signs it shows later. */
export const looksLikeQuery = ({ target, contentType }: Omit<Message, 'body'>): boolean =>
  target === undefined && contentType !== undefined && formContentType.test(contentType)

const queryProtocol = (service: QueryService): Protocol => ({
  headers: xmlHeaders,
  ask: (message) => {
    const parameters = tryForm(message)
    if (parameters instanceof KmsError) return unreadable(parameters)
    const name = parameters.get('Action') ?? ''
    const version = parameters.get('Version')
    parameters.delete('Action')
    parameters.delete('Version')
    return {
      name,
      requireWellFormed: () => requireVersion(service, name, version),
      input: (row) => decodeRow(name, row, queryToJson(row.input, parameters), service.wording),
    }
  },
  encode: (name, row, output, requestId) =>
    encodeAnswer(name, service.namespace, row.output, output, requestId),
  refuse: (error, requestId, isSigner = false) => {
    const fault = isSigner ? signatureFault(error) : queryFault(error)
    return {
      status: fault.status,
      headers: xmlHeaders,
      body: encodeFault(fault, service.namespace, requestId),
    }
  },
})

const tryForm = ({ contentType, body }: Message): Map<string, string> | KmsError => {
  try {
    if (contentType !== undefined && !formContentType.test(contentType))
      throw new KmsError(
        'SerializationException',
        'The content type has to be application/x-www-form-urlencoded.',
      )
    return new Map(parseForm(body))
  } catch (error) {
    if (error instanceof KmsError) return error
    throw error
  }
}

const unreadable = (error: KmsError): Asked => ({
  name: '',
  requireWellFormed: () => {
    throw error
  },
  input: () => {
    throw error
  },
})

/** An operation of another version of the API is another operation, as AWS says it. */
const requireVersion = (
  { apiVersion, operations }: QueryService,
  name: string,
  version: string | undefined,
): void => {
  if (name === '') throw new KmsError('MissingActionException', 'Missing Action')
  if (Object.hasOwn(operations, name) && version === apiVersion) return
  throw new KmsError(
    'UnknownOperationException',
    `Could not find operation ${name.slice(0, 64)} for version ` +
      (version?.slice(0, 64) ?? 'NO_VERSION_SPECIFIED'),
  )
}
