import { METHODS } from 'node:http'
import { remembering } from '../../../core/remembering.ts'
import { fieldName } from '../../sigv4/request.ts'
import type { RequestHead } from '../admission.ts'

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
 */
export const parseHead = (text: string): RequestHead | undefined => {
  const isPrintable = printableLines.test(text)
  if (!isPrintable && !lines.test(text)) return undefined
  const firstEnd = text.indexOf('\r\n')
  const first = parseRequestLine(firstEnd === -1 ? text : text.slice(0, firstEnd))
  if (first === undefined) return undefined
  const rawHeaders = firstEnd === -1 ? [] : parseHeaders(text, firstEnd + 2)
  return rawHeaders && { ...first, rawHeaders, isPrintable }
}

type RequestLine = Pick<RequestHead, 'method' | 'target' | 'httpVersion'>

export const isRequestLine = (line: string): boolean => parseRequestLine(line) !== undefined

const parseRequestLine = remembering((line): RequestLine | undefined => {
  const [, method = '', target = '', httpVersion = ''] = requestLine.exec(line) ?? []
  return methods.has(method) ? { method, target, httpVersion } : undefined
})

/** Whether text that may be cut off holds a CR or LF that is not the other's neighbour. */
export const hasBareLineEnd = (text: string): boolean => bareLineEnd.test(text)

const parseHeaders = (text: string, from: number): string[] | undefined => {
  const rawHeaders: string[] = []
  let lengths = 0
  let isCoded = false
  for (let at = from; at <= text.length;) {
    const found = text.indexOf('\r\n', at)
    const end = found === -1 ? text.length : found
    const colon = text.indexOf(':', at)
    if (colon === -1 || colon >= end) return undefined
    // No space before the colon either: a name is a token.
    const raw = text.slice(at, colon)
    const name = fieldName(raw)
    if (name === undefined) return undefined
    const value = trimmed(text, colon + 1, end)
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
