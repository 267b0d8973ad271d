import { type JsonObject, type JsonValue, parseJson } from '../../../api/json.ts'
import { KmsError } from '../../../api/errors.ts'

/** A token that is well-formed; nothing of it is verified yet. */
export type Token = {
  readonly algorithm: TokenAlgorithm
  readonly keyId: string | undefined
  /** What the signature covers. */
  readonly signed: Uint8Array
  readonly signature: Uint8Array
  readonly claims: TokenClaims
}

export type TokenClaims = {
  /** The issuer with its scheme, as the token spells it. */
  readonly issuer: string
  readonly subject: string
  /** The authorized party if the token names one, else its audiences, as AWS compares them. */
  readonly audiences: readonly string[]
  readonly expiresAtSeconds: number
  readonly notBeforeSeconds: number | undefined
}

/** The algorithms of OpenID Connect that AWS takes, and no other: `none` least of all. */
export const tokenAlgorithms = {
  RS256: { hash: 'sha256', kind: 'rsa' },
  RS384: { hash: 'sha384', kind: 'rsa' },
  RS512: { hash: 'sha512', kind: 'rsa' },
  ES256: { hash: 'sha256', kind: 'ec', curve: 'P-256' },
  ES384: { hash: 'sha384', kind: 'ec', curve: 'P-384' },
  ES512: { hash: 'sha512', kind: 'ec', curve: 'P-521' },
} as const
export type TokenAlgorithm = keyof typeof tokenAlgorithms

const isAlgorithm = (name: unknown): name is TokenAlgorithm =>
  typeof name === 'string' && Object.hasOwn(tokenAlgorithms, name)

/**
 * Parses a JSON Web Token in compact form (RFC 7515 §7.1, RFC 7519) with the claims that OpenID
 * Connect Core §2 requires. Strict: one spelling of base64url, no member twice, no header that would
 * have to be understood. Throws InvalidIdentityTokenException, which never quotes the token.
 */
export const parseToken = (text: string): Token => {
  const parts = text.split('.')
  const [header, payload, signature] = parts.map(decodePart)
  if (parts.length !== 3 || header === undefined || payload === undefined || !signature?.length)
    throw invalidToken('The token is not a signed JSON Web Token.')
  const head = parseObject(header)
  if (head.has('crit') || head.has('b64'))
    throw invalidToken('The token has a header that is not supported.')
  const algorithm = head.get('alg')
  if (!isAlgorithm(algorithm))
    throw invalidToken('The token is signed with an algorithm that is not supported.')
  return {
    algorithm,
    keyId: optionalText(head.get('kid'), 'kid'),
    signed: Buffer.from(text.slice(0, text.lastIndexOf('.')), 'latin1'),
    signature,
    claims: claimsOf(parseObject(payload)),
  }
}

export const invalidToken = (why: string, cause?: unknown): KmsError =>
  new KmsError('InvalidIdentityTokenException', why, { cause })

const decodePart = (part: string): Uint8Array | undefined => {
  const bytes = Buffer.from(part, 'base64url')
  return bytes.toString('base64url') === part ? bytes : undefined
}

const parseObject = (bytes: Uint8Array): JsonObject => {
  let value: JsonValue
  try {
    value = parseJson(bytes)
  } catch (error) {
    throw invalidToken('The token does not hold valid JSON.', error)
  }
  if (value instanceof Map) return value
  throw invalidToken('The token does not hold a JSON object.')
}

/** What AWS would put into the session. To leave it out would open another session than was meant. */
const unsupportedClaims = ['https://aws.amazon.com/tags', 'https://aws.amazon.com/source_identity']

const claimsOf = (payload: JsonObject): TokenClaims => {
  for (const claim of unsupportedClaims)
    if (payload.has(claim)) throw invalidToken(`The claim ${claim} is not supported.`)
  const party = optionalText(payload.get('azp'), 'azp')
  return {
    issuer: requiredText(payload, 'iss'),
    subject: requiredText(payload, 'sub'),
    audiences: party === undefined ? audiencesOf(payload.get('aud')) : [party],
    expiresAtSeconds: requiredTime(payload, 'exp'),
    notBeforeSeconds: payload.has('nbf') ? requiredTime(payload, 'nbf') : undefined,
  }
}

const textMax = 255

const requiredText = (payload: JsonObject, claim: string): string => {
  const text = optionalText(payload.get(claim), claim)
  if (text === undefined || text === '') throw missing(claim)
  return text
}

const optionalText = (value: JsonValue | undefined, claim: string): string | undefined => {
  if (value === undefined) return undefined
  if (typeof value === 'string' && value.length <= textMax) return value
  throw invalidToken(`The claim ${claim} of the token has to be a text of ${textMax} characters.`)
}

const audiencesOf = (value: JsonValue | undefined): readonly string[] => {
  if (value === undefined) throw missing('aud')
  const list = Array.isArray(value) ? (value as readonly JsonValue[]) : [value]
  const texts = list.map((each) => optionalText(each, 'aud') ?? '')
  if (texts.length === 0 || texts.includes('')) throw missing('aud')
  return texts
}

const requiredTime = (payload: JsonObject, claim: string): number => {
  const seconds = payload.get(claim)
  if (seconds === undefined) throw missing(claim)
  if (typeof seconds === 'number' && Number.isFinite(seconds) && seconds >= 0) return seconds
  throw invalidToken(`The claim ${claim} of the token has to be a number of seconds.`)
}

const missing = (claim: string): KmsError => invalidToken(`Missing a required claim: ${claim}`)
