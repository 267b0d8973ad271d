import { KmsError } from '../../api/errors.ts'
import { canonicalHeaderValue } from '../../api/sigv4-canonical.ts'
import { remembering } from '../../core/remembering.ts'
import type { Headers } from './request.ts'

/**
 * The header lines that the signature covers. The list must be sorted, lower case, free of
 * duplicates and of names that are absent, and must name `host`, `x-amz-date` and every `x-amz-*`
 * header that came: an unsigned `x-amz-target` would let one signature serve another operation.
 */
export const signedHeaderLines = (list: string, headers: Headers): string => {
  const { names, openings, unsortedAt, amzNames } = listOf(list)
  let lines = ''
  let at = 0
  for (const name of names) {
    // Header names are unique in `headers` and in lower case, so presence implies both here.
    const value = headers.get(name)
    if (value === undefined) throw absent(name)
    if (at === unsortedAt) throw unsorted()
    lines += openings[at]! + canonicalHeaderValue(value)
    at += 1
  }
  if (!names.includes('host')) {
    throw new KmsError(
      'InvalidSignatureException',
      "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
    )
  }
  if (headers.names.amzCount !== amzNames) throw unsigned(list, headers)
  return `${lines}\n`
}

/** What a list says by itself. */
type List = {
  readonly names: readonly string[]
  /** Up to the value, of the line of each name; all but the first end the line before. */
  readonly openings: readonly string[]
  /** How many are AWS's. */
  readonly amzNames: number
  /** Where it is out of order; -1: nowhere. */
  readonly unsortedAt: number
}

const readList = (list: string): List => {
  const names = list.split(';')
  const openings = names.map((name, index) => `${index === 0 ? '' : '\n'}${name}:`)
  const amzNames = names.filter((name) => name.startsWith('x-amz-')).length
  const unsortedAt = names.findIndex((name, index) => name <= (names[index - 1] ?? ''))
  return { names, openings, amzNames, unsortedAt }
}

const listOf = remembering(readList)

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
  const names = [...headers.names.places.keys()].filter(
    (name) => name.startsWith('x-amz-') && !signed.has(name),
  )
  return new KmsError(
    'InvalidSignatureException',
    `'${names[0]}' must be a 'SignedHeader' in the AWS Authorization.`,
  )
}
