import { METHODS } from 'node:http'
import { remembering } from '../../../core/remembering.ts'
import { fieldName, type HeaderNames, Headers } from '../../sigv4/request.ts'
import type { RequestHead, RequestLine } from '../admission.ts'

const methods: ReadonlySet<string> = new Set(METHODS)

/** RFC 9112 §3: one space each, and nothing around them. Versions are those that exist. */
const requestLine = /^([A-Z-]+) ([!-~]+) HTTP\/(0\.9|1\.0|1\.1|2\.0)$/
// Lines of tabs and printable ASCII. No character can be matched in two ways, so it cannot run away.
const printableLines = /^[\t\x20-\x7e]*(?:\r\n[\t\x20-\x7e]*)*$/
// What else may stand in a line: all that might show.
const lines = /^[\t\x20-\x7e\x80-\xff]*(?:\r\n[\t\x20-\x7e\x80-\xff]*)*$/
const bareLineEnd = /\r(?!\n|$)|(?<!\r)\n/

const lengthBytesMax = 15

/**
 * A head as text, one character for each byte, without the empty line that ends it. `undefined` for
 * anything that another reader could take otherwise: lines that end with less than CR LF, folded
 * ones, spaces before a colon, a length that is repeated, no number, or contradicted by chunks.
 * `lastNames`: of a head that was in order; where the same come again, only their values are read.
 */
export const parseHead = (text: string, lastNames?: HeaderNames): RequestHead | undefined => {
  const isPrintable = printableLines.test(text)
  if (!isPrintable && !lines.test(text)) return undefined
  const end = lineEnd(text, 0)
  const line = parseRequestLine(text.slice(0, end))
  if (line === undefined) return undefined
  const known = isPrintable && lastNames && headersUnder(lastNames, text, end + 2)
  if (known) return { line, headers: known }
  const rawHeaders = parseHeaders(text, end + 2)
  return rawHeaders && { line, headers: { rawHeaders, isPrintable } }
}

export const isRequestLine = (line: string): boolean => parseRequestLine(line) !== undefined

const parseRequestLine = remembering((line): RequestLine | undefined => {
  const [, method = '', target = '', httpVersion = ''] = requestLine.exec(line) ?? []
  return methods.has(method) ? { method, target, httpVersion } : undefined
})

/** Whether text that may be cut off holds a CR or LF that is not the other's neighbour. */
export const hasBareLineEnd = (text: string): boolean => bareLineEnd.test(text)

const lineEnd = (text: string, from: number): number => {
  const end = text.indexOf('\r\n', from)
  return end === -1 ? text.length : end
}

/** The headers of printable text, if they have these names as they are written, and no others. */
const headersUnder = (names: HeaderNames, text: string, from: number): Headers | undefined => {
  const values: string[] = []
  let at = from
  for (const name of names.raw) {
    const colonAt = at + name.length
    if (!text.startsWith(name, at) || text.charCodeAt(colonAt) !== colon) return undefined
    const end = lineEnd(text, colonAt)
    values.push(trimmed(text, colonAt + 1, end))
    at = end + 2
  }
  if (at <= text.length) return undefined
  const headers = new Headers(names, values)
  return isLength(headers.get('content-length') ?? '0') ? headers : undefined
}

const colon = 0x3a

const parseHeaders = (text: string, from: number): string[] | undefined => {
  const rawHeaders: string[] = []
  let lengths = 0
  let isCoded = false
  for (let at = from; at <= text.length;) {
    const end = lineEnd(text, at)
    const colonAt = text.indexOf(':', at)
    if (colonAt === -1 || colonAt >= end) return undefined
    // No space before the colon either: a name is a token.
    const raw = text.slice(at, colonAt)
    const name = fieldName(raw)
    if (name === undefined) return undefined
    const value = trimmed(text, colonAt + 1, end)
    rawHeaders.push(raw, value)
    if (name === 'content-length') {
      lengths += 1
      if (!isLength(value)) return undefined
    } else if (name === 'transfer-encoding') isCoded = true
    at = end + 2
  }
  // RFC 9112 §6.1 and §6.3: what has both, or two, is a request inside a request.
  return lengths > 1 || (lengths > 0 && isCoded) ? undefined : rawHeaders
}

/** RFC 9112 §5: spaces and tabs around a value are no part of it. */
const trimmed = (text: string, from: number, to: number): string => {
  let [start, end] = [from, to]
  while (start < end && isBlank(text.charCodeAt(start))) start += 1
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1
  return text.slice(start, end)
}

const isBlank = (code: number): boolean => code === 0x20 || code === 0x09

const isLength = (value: string): boolean =>
  value.length <= lengthBytesMax && /^[0-9]+$/.test(value)
