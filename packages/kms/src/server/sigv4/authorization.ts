import { hash } from 'node:crypto'
import { KmsError } from '../../api/errors.ts'
import { algorithm } from '../../api/sigv4-canonical.ts'

/** The three parts of the header `Authorization`, unchecked but for their presence. */
export type Authorization = {
  /** Access key id and scope: `AKID/YYYYMMDD/region/service/aws4_request`. */
  readonly credential: string
  /** Lower-case names joined by `;`. */
  readonly signedHeaders: string
  readonly signature: string
}

const opening = `${algorithm} Credential=`
const signedHeadersMark = 'SignedHeaders='
const signatureMark = 'Signature='

/**
 * Parses the one form that every AWS client sends (`ALGORITHM Credential=…, SignedHeaders=…,
 * Signature=…`, in this order). Throws IncompleteSignatureException with AWS's texts for whatever
 * part is missing, MissingAuthenticationTokenException if it is no AWS signature at all.
 */
export const parseAuthorization = (header: string | undefined, hasDate: boolean): Authorization => {
  if (header === undefined || !header.startsWith('AWS4-')) {
    throw new KmsError('MissingAuthenticationTokenException', 'Missing Authentication Token')
  }
  if (!hasDate || !header.startsWith(opening)) throw incomplete(header, hasDate)
  const first = header.indexOf(',', opening.length)
  const second = header.indexOf(',', first + 1)
  const credential = header.slice(opening.length, first)
  const signedAt = header.charCodeAt(first + 1) === 0x20 ? first + 2 : first + 1
  const signatureAt = header.charCodeAt(second + 1) === 0x20 ? second + 2 : second + 1
  // Without its comma, a mark is looked for at the beginning of the header, where it is not.
  if (
    !header.startsWith(signedHeadersMark, signedAt) ||
    !header.startsWith(signatureMark, signatureAt)
  ) {
    throw incomplete(header, hasDate)
  }
  return {
    credential,
    signedHeaders: header.slice(signedAt + signedHeadersMark.length, second),
    signature: header.slice(signatureAt + signatureMark.length),
  }
}

/** What AWS says of a header that does not parse. It shows a hash, never the header itself. */
const incomplete = (header: string, hasDate: boolean): KmsError => {
  const hashed = hash('sha256', header, 'base64')
  const words = header.split(' ')
  const named = words[0]!
  const parts = words
    .slice(1)
    .flatMap((word) => word.split(','))
    .filter(Boolean)
  const names = new Set<string>()
  for (const part of parts) {
    if (!part.includes('=')) {
      return new KmsError(
        'IncompleteSignatureException',
        'Invalid key=value pair (missing equal-sign) in Authorization header ' +
          `(hashed with SHA-256 and encoded with Base64): '${hashed}'.`,
      )
    }
    names.add(part.split('=', 1)[0]!)
  }
  const missing = ['Credential', 'Signature', 'SignedHeaders']
    .filter((name) => !names.has(name))
    .map((name) => `Authorization header requires '${name}' parameter. `)
  if (!hasDate) {
    missing.push(
      "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ",
    )
  }
  if (missing.length > 0) {
    return new KmsError(
      'IncompleteSignatureException',
      `${missing.join('')}(Hashed with SHA-256 and encoded with Base64) Authorization=${hashed}`,
    )
  }
  if (named !== algorithm) {
    return new KmsError(
      'IncompleteSignatureException',
      `Unsupported AWS 'algorithm': '${named.slice(0, 64)}' (only ${algorithm} for now). `,
    )
  }
  return new KmsError(
    'IncompleteSignatureException',
    `Authorization header must read '${algorithm} Credential=…, SignedHeaders=…, Signature=…'.`,
  )
}
