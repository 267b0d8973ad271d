import { KmsError } from '../errors.ts'

/** Far above what any operation needs (50 tags make 102), far below what could hurt. */
const parametersMax = 1000
const nameUnitsMax = 256

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Parses the form body of a query request (`application/x-www-form-urlencoded`). As strict as the
 * JSON reader, and for its reasons: a name may stand once, every byte beyond printable ASCII must be
 * percent-encoded, what is decoded must be UTF-8. Throws SerializationException, which never quotes
 * a value.
 */
export const parseForm = (body: Uint8Array): ReadonlyMap<string, string> => {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1')
  if (/[^!-~]/.test(text)) throw malformed('has a character that has to be percent-encoded')
  const parameters = new Map<string, string>()
  for (const pair of text.split('&')) {
    const equals = pair.indexOf('=')
    if (equals < 1) throw malformed('has a parameter without a name or without =')
    const name = decodePart(pair.slice(0, equals))
    if (name.length > nameUnitsMax) throw malformed('has a parameter whose name is too long')
    if (parameters.has(name)) throw malformed('names a parameter twice')
    if (parameters.size >= parametersMax) throw malformed('has too many parameters')
    parameters.set(name, decodePart(pair.slice(equals + 1)))
  }
  return parameters
}

const decodePart = (part: string): string => {
  if (!/[%+=]/.test(part)) return part
  // Every client encodes an equals sign in a value; a bare one would end the name to some readers.
  if (part.includes('=')) throw malformed('has an equals sign that has to be percent-encoded')
  if (!part.includes('%')) return part.replaceAll('+', ' ')
  if (/%(?![0-9A-Fa-f]{2})/.test(part)) throw malformed('has a percent sign that encodes nothing')
  const bytes = part
    .replaceAll('+', ' ')
    .replace(/%(..)/g, (_whole, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  try {
    return utf8.decode(Buffer.from(bytes, 'latin1'))
  } catch {
    throw malformed('is not valid UTF-8 once it is decoded')
  }
}

const malformed = (why: string): KmsError =>
  new KmsError('SerializationException', `The request body ${why}.`)
