import { KmsError } from '../../api/errors.ts'
import { remembering } from '../../core/remembering.ts'

/** A request as it came over the wire: nothing joined, dropped, decoded or normalised. */
export type RawRequest = {
  readonly method: string
  readonly target: string
  /** Name, value, name, value, as received. */
  readonly rawHeaders: readonly string[]
  readonly body: Uint8Array
  readonly remoteAddress: string
  /** `undefined`: the connection is not encrypted. */
  readonly tls: { readonly version: string; readonly cipher: string } | undefined
}

export type RawHeaders = {
  /** Name, value, name, value. */
  readonly rawHeaders: readonly string[]
  /** The values are known to be tabs and printable ASCII. */
  readonly isPrintable?: boolean | undefined
}

/** Values by lower-case name; every name occurs once. */
export type Headers = ReadonlyMap<string, string>

/** A header's name in lower case; `undefined` if it is no RFC 9110 §5.6.2 token. */
export const fieldName = remembering((raw) => {
  const name = raw.toLowerCase()
  return /^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name) ? name : undefined
})

/**
 * Indexes the headers in one pass, so that everybody after this reads the same single value.
 * Refuses what could be read in two ways: a repeated name (RFC 9110 §5.3 would let a proxy join or
 * drop), any transfer or content coding, and anything but printable ASCII.
 */
export const readHeaders = ({ rawHeaders, isPrintable = false }: RawHeaders): Headers => {
  const headers = new Map<string, string>()
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = fieldName(rawHeaders[at]!)
    const value = rawHeaders[at + 1]!
    if (name === undefined) throw refusal('A header has a name that is not allowed in HTTP.')
    if (!isPrintable && /[^\t -~]/.test(value)) {
      throw refusal(`The value of header '${name}' must be printable ASCII.`)
    }
    headers.set(name, value)
    if (headers.size !== at / 2 + 1) {
      throw refusal(`Header '${name}' must not occur more than once.`)
    }
  }
  for (const name of ['transfer-encoding', 'content-encoding']) {
    if (headers.has(name)) throw refusal(`Header '${name}' is not supported.`)
  }
  return headers
}

const refusal = (message: string): KmsError => new KmsError('ValidationException', message)
