const headEnd = Buffer.from('\r\n\r\n')
/** No answer of the API is larger; a runaway server must not fill the memory. */
const answerBytesMax = 8 * 1024 * 1024

/** An answer that is there whole. */
export type WholeAnswer = {
  readonly status: number
  readonly body: Uint8Array
  /** The server will close the connection. */
  readonly isLast: boolean
}

/**
 * Reads an HTTP/1.1 answer from all that was received of it. `undefined` while it is not whole;
 * `isClosed`: nothing more will come. Throws for what is no answer, or goes on after its end.
 */
export const wholeAnswer = (received: Buffer, isClosed = false): WholeAnswer | undefined => {
  if (received.length > answerBytesMax) throw new Error('the answer is too large')
  const end = received.indexOf(headEnd)
  if (end < 0) return undefined
  // The blank line's first half belongs to the last header.
  const head = received.toString('latin1', 0, end + 2)
  const [, version, status] = /^HTTP\/1\.([01]) ([0-9]{3})[ \r]/.exec(head) ?? []
  if (status === undefined) throw new Error('the answer is not HTTP/1.1')
  const body = bodyOf(head, received.subarray(end + headEnd.length), isClosed)
  if (body === undefined) return undefined
  const connection = header(head, 'connection')?.toLowerCase()
  const isLast = connection === 'close' || (version === '0' && connection !== 'keep-alive')
  return { status: Number(status), body, isLast }
}

const headerForm = (name: string): RegExp =>
  new RegExp(`\\r\\n${name}:[ \\t]*([^\\r]*?)[ \\t]*\\r\\n`, 'i')

/** Made once: an answer comes every few microseconds. */
const headerForms = {
  connection: headerForm('connection'),
  length: headerForm('content-length'),
  encoding: headerForm('transfer-encoding'),
}

const header = (head: string, name: keyof typeof headerForms): string | undefined =>
  headerForms[name].exec(head)?.[1]

const bodyOf = (head: string, rest: Buffer, isClosed: boolean): Buffer | undefined => {
  if (/chunked$/i.test(header(head, 'encoding') ?? '')) return dechunked(rest)
  const length = header(head, 'length')
  if (length === undefined) return isClosed ? rest : undefined
  if (!/^[0-9]{1,9}$/.test(length)) throw new Error('the answer has no good length')
  if (rest.length < Number(length)) return undefined
  if (rest.length > Number(length)) throw new Error('the server sent more than its answer')
  return rest
}

/** RFC 9112, section 7.1. Trailers are passed over. */
const dechunked = (rest: Buffer): Buffer | undefined => {
  const parts: Buffer[] = []
  let at = 0
  for (;;) {
    const lineEnd = rest.indexOf('\r\n', at)
    if (lineEnd < 0) return undefined
    const [, size] =
      /^([0-9a-f]{1,7})[ \t]*(?:;|$)/i.exec(rest.toString('latin1', at, lineEnd)) ?? []
    if (size === undefined) throw new Error('the answer has a chunk without a size')
    const length = Number.parseInt(size, 16)
    const begin = lineEnd + 2
    if (length === 0) return isOver(rest, lineEnd) ? Buffer.concat(parts) : undefined
    at = begin + length + 2
    if (rest.length < at) return undefined
    parts.push(rest.subarray(begin, begin + length))
  }
}

const isOver = (rest: Buffer, lastLineEnd: number): boolean =>
  rest.indexOf(headEnd, lastLineEnd) === rest.length - headEnd.length
