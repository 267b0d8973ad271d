import type { Tags } from '../keys/tags.ts'
import type { SessionClaims } from './session-token.ts'

type Signed = {
  readonly account: string
  readonly arn: string
  readonly accessKeyId: string
  /** Present if the call was signed with the credentials of a session. */
  readonly session?: SessionClaims
}

/** The root of an account. */
export type RootCaller = Signed & { readonly kind: 'Root' }

export type UserCaller = Signed & {
  readonly kind: 'IAMUser'
  readonly userId: string
  readonly userName: string
  readonly tags: Tags
}

/** A session of a role. `arn` is the session's, `roleArn` the role's with its path. */
export type RoleCaller = Signed & {
  readonly kind: 'AssumedRole'
  readonly roleId: string
  readonly roleName: string
  readonly roleArn: string
  readonly session: SessionClaims
  /** Those of the role, and those of the session, which count before them. */
  readonly tags: Tags
}

/**
 * Who shows a token of an OpenID Connect provider, which has been verified; nothing is signed. The
 * account is that of the role that is wanted, for the provider is one of its own.
 */
export type WebIdentityCaller = {
  readonly kind: 'WebIdentityUser'
  readonly account: string
  /** ARN of the provider. */
  readonly arn: string
  readonly accessKeyId: string
  readonly session?: undefined
  /** The issuer without its scheme. */
  readonly issuer: string
  readonly subject: string
  readonly audience: string
}

/** Who makes a call, as its signature or token proves. */
export type Caller = RootCaller | UserCaller | RoleCaller | WebIdentityCaller

/** The unique id of a caller, as GetCallerIdentity and records tell it. */
export const callerId = (caller: Caller): string => {
  switch (caller.kind) {
    case 'Root':
      return caller.account
    case 'IAMUser':
      return caller.userId
    case 'AssumedRole':
      return `${caller.roleId}:${caller.session.name ?? ''}`
    case 'WebIdentityUser':
      return `${caller.issuer}:${caller.audience}:${caller.subject}`
  }
}
