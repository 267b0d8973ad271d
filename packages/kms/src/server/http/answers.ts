import { STATUS_CODES } from 'node:http'
import { KmsError } from '../../api/errors.ts'
import type { ErrorCode } from '../../api/errors.ts'

export type RawResponse = {
  readonly status: number
  /** Without what the listener adds: length, date, request id, caching and connection. */
  readonly headers: readonly (readonly [string, string])[]
  /** Text goes out as UTF-8. */
  readonly body: string | Uint8Array
}

/** The one content type of the JSON protocol. */
export const jsonContentType = 'application/x-amz-json-1.1'

/** `{"__type":"…","message":"…"}`; no `message` when the error has none, as AWS sends it. */
export const errorBody = (error: KmsError): string =>
  JSON.stringify(
    error.message === '' ? { __type: error.code } : { __type: error.code, message: error.message },
  )

/** `status` only where HTTP has a better one than the code's own. */
export const errorAnswer = (error: KmsError, status: number = error.status): RawResponse => ({
  status,
  // Some clients believe the header, some the body: both name the same type.
  headers: [
    ['Content-Type', jsonContentType],
    ['x-amzn-ErrorType', error.code],
  ],
  body: errorBody(error),
})

/** Why the listener itself answered; a fixed set, fit for a counter's label. */
export type RefusedReason =
  | 'malformed'
  | 'header-size'
  | 'header'
  | 'version'
  | 'host'
  | 'method-or-target'
  | 'length'
  | 'empty-body'
  | 'body-size'
  | 'expect'
  | 'pipelining'
  | 'signature'
  | 'memory'
  | 'time-out'
  | 'connections'
  | 'tls'
  | 'failed'

/** A request that the listener answers itself, closing the connection after it. */
export type Refusal = {
  readonly kind: 'refusal'
  readonly reason: RefusedReason
  readonly answer: RawResponse
}

export const refusal = (
  reason: RefusedReason,
  status: number,
  code: ErrorCode,
  message = '',
): Refusal => ({
  kind: 'refusal',
  reason,
  answer: errorAnswer(new KmsError(code, message), status),
})

export type Stamp = {
  /** The clock that signatures are checked against: some clients set theirs by this header. */
  readonly nowMs: number
  readonly requestId: string
}

/** Everything that goes out as headers but `Connection`: name, value, name, value. */
export const headerList = (answer: RawResponse, stamp: Stamp): string[] => {
  const list: string[] = []
  for (const [name, value] of answer.headers) list.push(name, value)
  list.push(
    // Exactly this spelling: a client in the field compares it letter by letter.
    'Content-Length',
    String(Buffer.byteLength(answer.body)),
    'Date',
    new Date(stamp.nowMs).toUTCString(),
    'x-amzn-RequestId',
    stamp.requestId,
    'Cache-Control',
    'no-cache, no-store, must-revalidate, private',
  )
  return list
}

/** A whole answer as bytes, for connections that `node:http` no longer serves; announces the close. */
export const closingBytes = (answer: RawResponse, stamp: Stamp): Uint8Array => {
  const list = [...headerList(answer, stamp), 'Connection', 'close']
  let head = `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? 'Unknown'}\r\n`
  for (let at = 0; at < list.length; at += 2) head += `${list[at]}: ${list[at + 1]}\r\n`
  return Buffer.concat([Buffer.from(`${head}\r\n`), Buffer.from(answer.body)])
}
