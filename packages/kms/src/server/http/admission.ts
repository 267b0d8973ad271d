import { KmsError } from '../../api/errors.ts'
import { Headers, type RawHeaders, readHeaders } from '../sigv4/request.ts'
import { errorAnswer, refusal } from './answers.ts'
import type { Refusal } from './answers.ts'
import type { HttpLimits } from './limits.ts'

export type RequestLine = {
  readonly method: string
  readonly target: string
  readonly httpVersion: string
}

export type RequestHead = {
  readonly line: RequestLine
  /** Raw, unless they have been read already. */
  readonly headers: Headers | RawHeaders
}

export type Admission =
  | { readonly kind: 'operation'; readonly headers: Headers; readonly bodyBytes: number }
  /** GET or HEAD; `path` without a query string. */
  | { readonly kind: 'page'; readonly headers: Headers; readonly path: string }
  | Refusal

/**
 * Decides by the head alone whether the rest of a request is read. What is admitted has one
 * meaning to every reader: HTTP/1.1, one Host, no header twice, and a body whose length is said
 * once, in digits, and is within the limit.
 */
export const admit = (
  { line, headers: given }: RequestHead,
  limits: HttpLimits,
  isTarget: (target: string) => boolean = isRoot,
): Admission => {
  if (line.httpVersion !== '1.1') {
    return refusal('version', 505, 'SerializationException', 'Only HTTP/1.1 is supported.')
  }
  const headers = given instanceof Headers ? given : tryHeaders(given)
  if (!(headers instanceof Headers)) return headers
  if (!/^[^\s]+$/.test(headers.get('host') ?? '')) {
    return refusal('host', 400, 'SerializationException', "Header 'host' is required.")
  }
  const expect = headers.get('expect')
  if (expect !== undefined && expect.toLowerCase() !== '100-continue') {
    return refusal('expect', 417, 'ValidationException', "Header 'expect' is not supported.")
  }
  const { method, target } = line
  if (method === 'GET' || method === 'HEAD') return admitPage(target, headers)
  if (method !== 'POST' || !isTarget(target)) return unknownOperation
  return admitBody(headers, limits)
}

const isRoot = (target: string): boolean => target === '/'

/** What AWS answers to methods and paths that are no part of the service. */
const unknownOperation = refusal('method-or-target', 404, 'UnknownOperationException')

const tryHeaders = (raw: RawHeaders): Headers | Refusal => {
  try {
    return readHeaders(raw)
  } catch (error) {
    if (!(error instanceof KmsError)) throw error
    return { kind: 'refusal', reason: 'header', answer: errorAnswer(error) }
  }
}

const admitPage = (target: string, headers: Headers): Admission => {
  const length = headers.get('content-length')
  if (length !== undefined && length !== '0') {
    return refusal('length', 400, 'SerializationException', 'A GET request must have no body.')
  }
  if (!target.startsWith('/')) return unknownOperation
  const query = target.indexOf('?')
  return { kind: 'page', headers, path: query < 0 ? target : target.slice(0, query) }
}

const admitBody = (headers: Headers, limits: HttpLimits): Admission => {
  const length = headers.get('content-length')
  if (length === undefined) {
    return refusal('length', 411, 'SerializationException', "Header 'content-length' is required.")
  }
  if (!/^[0-9]{1,15}$/.test(length)) {
    return refusal(
      'length',
      400,
      'SerializationException',
      "Header 'content-length' must be a number of bytes in digits.",
    )
  }
  const bodyBytes = Number(length)
  // AWS deserializes nothing out of nothing: the fault has no text.
  if (bodyBytes === 0) return refusal('empty-body', 400, 'SerializationException')
  if (bodyBytes > limits.bodyBytesMax) {
    return refusal(
      'body-size',
      413,
      'RequestEntityTooLargeException',
      `The request body must not be larger than ${limits.bodyBytesMax} bytes.`,
    )
  }
  return { kind: 'operation', headers, bodyBytes }
}
