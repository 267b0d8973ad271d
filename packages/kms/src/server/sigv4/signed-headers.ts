import { KmsError } from '../../api/errors.ts'
import { canonicalHeaderValue } from '../../api/sigv4-canonical.ts'
import type { Headers } from './request.ts'

/**
 * The header lines that the signature covers. The list must be sorted, lower case, free of
 * duplicates and of names that are absent, and must name `host`, `x-amz-date` and every `x-amz-*`
 * header that came: an unsigned `x-amz-target` would let one signature serve another operation.
 */
export const signedHeaderLines = (list: string, headers: Headers): string => {
  const names = knownLists.get(list) ?? requireList(list, headers)
  let lines = ''
  let amzSigned = 0
  for (const name of names) {
    const value = headers.get(name)
    if (value === undefined) throw absent(name)
    if (name.startsWith(amz)) amzSigned += 1
    lines += `${name}:${canonicalHeaderValue(value)}\n`
  }
  let amzPresent = 0
  for (const name of headers.keys()) if (name.startsWith(amz)) amzPresent += 1
  if (amzPresent !== amzSigned) throw unsigned(list, headers)
  return lines
}

const amz = 'x-amz-'

/** Lists that are in order, by their text: a client signs the same headers each time. */
const knownLists = new Map<string, readonly string[]>()
const knownListsMax = 256
const listUnitsMax = 1024

/** The names of a list, which are in order and all there. */
const requireList = (list: string, headers: Headers): readonly string[] => {
  const names = list.split(';')
  let previous = ''
  for (const name of names) {
    // Header names are unique in `headers` and in lower case, so presence implies both here.
    if (!headers.has(name)) throw absent(name)
    if (name <= previous) throw unsorted()
    previous = name
  }
  if (!names.includes('host')) {
    throw new KmsError(
      'InvalidSignatureException',
      "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
    )
  }
  if (knownLists.size >= knownListsMax) knownLists.clear()
  if (list.length <= listUnitsMax) knownLists.set(list, names)
  return names
}

const absent = (name: string): KmsError => {
  if (name !== name.toLowerCase()) return unsorted()
  return new KmsError(
    'IncompleteSignatureException',
    `'${name.slice(0, 64)}' is named as a SignedHeader, but it does not exist in the HTTP request.`,
  )
}

const unsorted = (): KmsError =>
  new KmsError(
    'IncompleteSignatureException',
    "'SignedHeaders' must be in lower case, sorted, and without duplicates.",
  )

const unsigned = (list: string, headers: Headers): KmsError => {
  const signed = new Set(list.split(';'))
  const names = [...headers.keys()].filter((name) => name.startsWith('x-amz-') && !signed.has(name))
  return new KmsError(
    'InvalidSignatureException',
    `'${names[0]}' must be a 'SignedHeader' in the AWS Authorization.`,
  )
}
