import { type KeyObject, verify } from 'node:crypto'
import { KmsError } from '../../../api/errors.ts'
import type { Clock } from '../../ports.ts'
import { oidcProviderArn } from '../arn.ts'
import type { WebIdentityCaller } from '../caller.ts'
import type { Identities } from '../identities.ts'
import type { OidcProviderRecord } from '../records.ts'
import { invalidToken, parseToken, type Token, tokenAlgorithms } from './jwt.ts'
import type { ProviderKeys } from './jwks.ts'

/** How far the clock of a provider may be ahead of ours. */
const aheadSecondsMax = 300

/** Verifies tokens of the OpenID Connect providers that accounts trust. */
export class WebIdentities {
  readonly #identities: Identities
  readonly #keys: ProviderKeys
  readonly #clock: Clock

  constructor(identities: Identities, keys: ProviderKeys, clock: Clock) {
    this.#identities = identities
    this.#keys = keys
    this.#clock = clock
  }

  /**
   * Whom a token was made for, if a provider that the account trusts made it for one of its clients,
   * and it is valid now. Throws KmsError in STS's words.
   */
  async verify(account: string, text: string): Promise<WebIdentityCaller> {
    const token = parseToken(text)
    const { issuer, subject, audiences } = token.claims
    const provider = await this.#provider(account, issuer)
    const audience = audiences.find((each) => provider.clientIds.includes(each))
    if (audience === undefined) throw invalidToken('Incorrect token audience')
    this.#requireCurrent(token)
    const keys = await this.#keys.candidates(issuer, token.algorithm, token.keyId)
    if (!keys.some((key) => isSignedBy(key, token)))
      throw invalidToken(
        keys.length === 0
          ? "Couldn't retrieve verification key from your identity provider, please reference " +
              'AssumeRoleWithWebIdentity documentation for requirements'
          : 'The signature of the token is not valid.',
      )
    return {
      kind: 'WebIdentityUser',
      account,
      arn: oidcProviderArn(account, provider.url),
      accessKeyId: '',
      issuer: provider.url,
      subject,
      audience,
    }
  }

  async #provider(account: string, issuer: string): Promise<OidcProviderRecord> {
    // The issuer is compared to the letter; only a slash at its end is no part of a provider's URL.
    const url = /^https:\/\/([!-~]+?)\/?$/.exec(issuer)?.[1]
    const provider =
      url === undefined ? undefined : await this.#identities.oidcProvider(account, url)
    if (provider !== undefined) return provider
    throw invalidToken(
      `No OpenIDConnect provider found in your account for ${issuer.slice(0, 255)}`,
    )
  }

  #requireCurrent({ claims }: Token): void {
    const now = Math.floor(this.#clock.nowMs() / 1000)
    if (claims.expiresAtSeconds <= now)
      throw new KmsError(
        'ExpiredTokenException',
        `Token expired: current date/time ${now} must be before the expiration date/time` +
          String(claims.expiresAtSeconds),
      )
    if ((claims.notBeforeSeconds ?? 0) > now + aheadSecondsMax)
      throw invalidToken('The token is not valid yet.')
  }
}

const isSignedBy = (key: KeyObject, { algorithm, signed, signature }: Token): boolean =>
  verify(
    tokenAlgorithms[algorithm].hash,
    signed,
    // RFC 7518 §3.4: ECDSA signatures are the two numbers side by side, not DER.
    { key, dsaEncoding: 'ieee-p1363' },
    signature,
  )
