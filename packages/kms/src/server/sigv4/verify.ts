import { hash, timingSafeEqual } from 'node:crypto'
import { KmsError } from '../../api/errors.ts'
import { canonicalRequest, sha256Hex, stringToSign, terminator } from '../../api/sigv4-canonical.ts'
import { Secret } from '../../core/crypto/secret.ts'
import type { Clock } from '../../core/ports.ts'
import { parseAuthorization } from './authorization.ts'
import type { Authorization } from './authorization.ts'
import type { Headers, RawRequest } from './request.ts'
import { signedHeaderLines } from './signed-headers.ts'
import { SigningKeys } from './signing-keys.ts'
import type { Scope } from './signing-keys.ts'
import { requireCurrent } from './time.ts'

/** What may sign. A new secret for the same id must come as a new object. */
export type Credential = {
  readonly accessKeyId: string
  readonly secret: Secret
  /** With it, only requests that carry this very token are the caller's. */
  readonly sessionToken?: string
}

export type Authenticated<C extends Credential = Credential> = {
  readonly credential: C
  readonly region: string
  readonly service: string
  readonly accessKeyId: string
}

/** What the headers alone say of a signature: well-formed, current and of a scope that is served. */
export type SignedHead = {
  readonly date: string
  readonly authorization: Authorization
  readonly scope: Scope
  /** Those that the signature covers, in canonical form. */
  readonly headerLines: string
}

export type VerifierOptions<C extends Credential = Credential> = {
  readonly clock: Clock
  /**
   * `undefined`: no such access key, or one that must not be used now. `token` is that of the
   * request; may throw KmsError with a better answer than that the key is unknown.
   */
  readonly credentials: (accessKeyId: string, token: string | undefined) => C | undefined
  /** What the scope may name; the first one is what a refusal tells the client. */
  readonly services: ReadonlySet<string>
  readonly isRegion: (name: string, service: string) => boolean
  /** Paths that are signed as they are sent, without a query; absent: `/` alone. */
  readonly isTarget?: (target: string) => boolean
}

const isRoot = (target: string): boolean => target === '/'

const signingKeysMax = 4096
const tokenHeader = 'x-amz-security-token'

/**
 * Verifies AWS Signature Version 4 over the request as received: `POST` only, the body always
 * hashed, and no way of signing but the Authorization header. Keeps no record of signatures seen:
 * clients that sign nothing unique send equal ones within a second.
 */
export class SigV4Verifier<C extends Credential = Credential> {
  readonly #options: VerifierOptions<C>
  readonly #keys = new SigningKeys(signingKeysMax)
  /** Stands in for access keys that do not exist, so that refusing them takes the same work. */
  readonly #nobody = {
    accessKeyId: '',
    secret: new Secret(new Uint8Array(40).fill(0x6e)),
  }
  readonly #nobodyKeys = new SigningKeys(64, { keepsUnproven: true })

  constructor(options: VerifierOptions<C>) {
    this.#options = options
  }

  /**
   * All that can be told before the body is there, short of the signature: throws what `verify`
   * would, also for an access key that does not exist. No secret is used.
   */
  checkHead(headers: Headers): SignedHead {
    const head = this.#readHead(headers)
    const known = this.#options.credentials(head.scope.accessKeyId, headers.get(tokenHeader))
    if (known === undefined) throw unrecognised()
    return head
  }

  /**
   * The caller, or KmsError with AWS's code and text. `headers` is `readHeaders(request)`, `head`
   * what `checkHead` has returned for them.
   */
  verify(request: RawRequest, headers: Headers, head?: SignedHead): Authenticated<C> {
    requirePlainPost(request, this.#options.isTarget ?? isRoot)
    const { date, authorization, scope, headerLines } = head ?? this.#readHead(headers)
    const canonical = canonicalRequest({
      method: 'POST',
      path: request.target,
      query: '',
      headerLines,
      signedHeaders: authorization.signedHeaders,
      bodyHash: requireBodyHash(request, headers),
    })
    const scopeText = authorization.credential.slice(scope.accessKeyId.length + 1)
    const text = stringToSign(date, scopeText, canonical)
    const token = headers.get(tokenHeader)
    const credential = this.#requireSigner(authorization, scope, text, token)
    requireToken(credential, token)
    return {
      credential,
      region: scope.region,
      service: scope.service,
      accessKeyId: scope.accessKeyId,
    }
  }

  /** Drops the derived keys of an access key that was deleted, disabled or changed. */
  forget(accessKeyId: string): void {
    this.#keys.forget(accessKeyId)
  }

  #readHead(headers: Headers): SignedHead {
    const date = headers.get('x-amz-date')
    const authorization = parseAuthorization(headers.get('authorization'), date !== undefined)
    if (date === undefined) throw mismatch()
    requireCurrent(date, this.#options.clock.nowMs())
    const headerLines = signedHeaderLines(authorization.signedHeaders, headers)
    const scope = this.#requireScope(authorization.credential, date)
    return { date, authorization, scope, headerLines }
  }

  /** All of the scope's faults in one message, in AWS's order. */
  #requireScope(credential: string, date: string): Scope {
    const known = this.#keys.knownScope(credential)
    if (known !== undefined && date.startsWith(known.day)) return known
    const parts = credential.split('/')
    if (!isFive(parts)) {
      throw new KmsError(
        'IncompleteSignatureException',
        'Credential must have exactly 5 slash-delimited elements, ' +
          `e.g. keyid/date/region/service/term, got '${credential.slice(0, 256)}'`,
      )
    }
    const [accessKeyId, day, region, service, end] = parts
    const { services, isRegion } = this.#options
    const faults: string[] = []
    if (!isRegion(region, service)) faults.push('Credential should be scoped to a valid region. ')
    if (!services.has(service)) {
      const [expected] = services
      faults.push(`Credential should be scoped to correct service: '${expected}'. `)
    }
    if (end !== terminator) {
      faults.push(`Credential should be scoped with a valid terminator: '${terminator}'. `)
    }
    if (!date.startsWith(day) || day.length !== 8) {
      faults.push(
        'Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from ' +
          `HTTP: '${day.slice(0, 64)}' != '${date.slice(0, 8)}', from '${date}'.`,
      )
    }
    if (faults.length > 0) {
      throw new KmsError('InvalidSignatureException', faults.join('').trimEnd())
    }
    return { accessKeyId, day, region, service, terminator: end }
  }

  #requireSigner(
    authorization: Authorization,
    scope: Scope,
    text: string,
    token: string | undefined,
  ): C {
    const known = this.#options.credentials(scope.accessKeyId, token)
    if (known === undefined) {
      const { credential, signature } = authorization
      const scopeText = credential.slice(scope.accessKeyId.length)
      this.#nobodyKeys.isSigned(this.#nobody, { credential: scopeText, signature }, scope, text)
      throw unrecognised()
    }
    if (!this.#keys.isSigned(known, authorization, scope, text)) throw mismatch()
    return known
  }
}

type Five = readonly [string, string, string, string, string]

const isFive = (parts: readonly string[]): parts is Five => parts.length === 5

const requirePlainPost = (request: RawRequest, isTarget: (target: string) => boolean): void => {
  if (request.target.startsWith('/?') && /[?&]x-amz-(algorithm|signature)=/i.test(request.target)) {
    throw new KmsError(
      'IncompleteSignatureException',
      'Signatures in the query string are not supported: sign with the Authorization header.',
    )
  }
  if (request.method !== 'POST' || !isTarget(request.target)) {
    throw new KmsError('UnknownOperationException')
  }
}

/** The hash of the body received. What the client says of it can only agree or be refused. */
const requireBodyHash = (request: RawRequest, headers: Headers): string => {
  const bodyHash = sha256Hex(request.body)
  const claimed = headers.get('x-amz-content-sha256')
  if (claimed !== undefined && claimed !== bodyHash) {
    throw new KmsError(
      'InvalidSignatureException',
      "The 'x-amz-content-sha256' header must be the lower-case hex SHA-256 of the request body.",
    )
  }
  return bodyHash
}

const requireToken = (credential: Credential, token: string | undefined): void => {
  const expected = credential.sessionToken
  if (expected === undefined && token === undefined) return
  if (expected === undefined || token === undefined) throw unrecognised()
  // Hashes have one length, so the comparison tells nothing of the token.
  const same = timingSafeEqual(hash('sha256', expected, 'buffer'), hash('sha256', token, 'buffer'))
  if (!same) throw unrecognised()
}

const unrecognised = (): KmsError =>
  new KmsError(
    'UnrecognizedClientException',
    'The security token included in the request is invalid.',
  )

const mismatch = (): KmsError =>
  new KmsError(
    'InvalidSignatureException',
    'The request signature we calculated does not match the signature you provided. Check your ' +
      'AWS Secret Access Key and signing method. Consult the service documentation for details.',
  )
