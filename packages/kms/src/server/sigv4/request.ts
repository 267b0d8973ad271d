import { KmsError } from '../../api/errors.ts'
import { remembering } from '../../core/remembering.ts'

/** A request as it came over the wire, but for its headers: nothing decoded or normalised. */
export type RawRequest = {
  readonly method: string
  readonly target: string
  readonly body: Uint8Array
  readonly remoteAddress: string
  /** `undefined`: the connection is not encrypted. */
  readonly tls: { readonly version: string; readonly cipher: string } | undefined
}

export type RawHeaders = {
  /** Name, value, name, value, as received. */
  readonly rawHeaders: readonly string[]
  /** The values are known to be tabs and printable ASCII. */
  readonly isPrintable?: boolean | undefined
}

/**
 * Header names that may stand together in one head, in their order. A client sends the same again
 * and again, so what follows from them alone is worked out once.
 */
export class HeaderNames {
  /** As they were written. */
  readonly raw: readonly string[]
  /** Of each in lower case. */
  readonly places: ReadonlyMap<string, number>
  /** How many are AWS's own. */
  readonly amzCount: number

  constructor(raw: readonly string[], places: ReadonlyMap<string, number>) {
    // Copied as above; no name has a colon.
    this.raw = raw.length === 0 ? [] : raw.join(':').split(':')
    this.places = places
    this.amzCount = [...places.keys()].filter((name) => name.startsWith('x-amz-')).length
  }
}

/** Values by lower-case name; every name occurs once. */
export class Headers {
  readonly names: HeaderNames
  readonly #values: readonly string[]

  /** `values`: of `names`, in their order. */
  constructor(names: HeaderNames, values: readonly string[]) {
    this.names = names
    this.#values = values
  }

  get(name: string): string | undefined {
    const place = this.names.places.get(name)
    return place === undefined ? undefined : this.#values[place]
  }

  has(name: string): boolean {
    return this.names.places.has(name)
  }
}

/** A header's name in lower case; `undefined` if it is no RFC 9110 §5.6.2 token. */
export const fieldName = remembering((raw) => {
  const name = raw.toLowerCase()
  if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name)) return undefined
  // A copy, for a piece of a head would keep all of it in memory.
  return Buffer.from(name, 'latin1').toString('latin1')
})

/**
 * Indexes the headers in one pass, so that everybody after this reads the same single value.
 * Refuses what could be read in two ways: a repeated name (RFC 9110 §5.3 would let a proxy join or
 * drop), any transfer or content coding, and anything but printable ASCII.
 */
export const readHeaders = ({ rawHeaders, isPrintable = false }: RawHeaders): Headers => {
  const raw: string[] = []
  const values: string[] = []
  const places = new Map<string, number>()
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = fieldName(rawHeaders[at]!)
    const value = rawHeaders[at + 1]!
    if (name === undefined) throw refusal('A header has a name that is not allowed in HTTP.')
    if (!isPrintable && /[^\t -~]/.test(value)) {
      throw refusal(`The value of header '${name}' must be printable ASCII.`)
    }
    if (places.has(name)) throw refusal(`Header '${name}' must not occur more than once.`)
    places.set(name, values.length)
    raw.push(rawHeaders[at]!)
    values.push(value)
  }
  for (const name of ['transfer-encoding', 'content-encoding']) {
    if (places.has(name)) throw refusal(`Header '${name}' is not supported.`)
  }
  return new Headers(new HeaderNames(raw, places), values)
}

const refusal = (message: string): KmsError => new KmsError('ValidationException', message)
