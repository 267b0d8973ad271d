import { KmsError } from '../../api/errors.ts'
import { parseJson } from '../../api/json.ts'

/** A policy of an identity, or a role's trust policy. */
export type DocumentKind = 'identity' | 'trust'

/**
 * Checks a policy document before it is stored, as it was given: strict JSON of the shape of a
 * policy. Throws MalformedPolicyDocumentException in IAM's words.
 */
export const requireDocument = (kind: DocumentKind, text: string): void => {
  let document
  try {
    // The strict reader: a member that stands twice has another meaning to every reader.
    document = parseJson(Buffer.from(text))
  } catch (error) {
    throw malformed(
      kind === 'trust' ? 'This policy contains invalid Json' : 'Syntax errors in policy.',
      error,
    )
  }
  if (!(document instanceof Map) || !document.has('Statement'))
    throw malformed('Syntax errors in policy.')
}

const malformed = (why: string, cause?: unknown): KmsError =>
  new KmsError('MalformedPolicyDocumentException', why, { cause })

/** Characters that count against a quota: IAM leaves white space out. */
export const countedLength = (text: string): number => text.replace(/\s/g, '').length

/** As IAM returns a document: percent-encoded by RFC 3986, its unreserved characters left alone. */
export const encodeDocument = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (unit) => `%${unit.charCodeAt(0).toString(16).toUpperCase()}`,
  )
