import { onceFor } from '../../api/once-for.ts'
import type { CallerProperty } from '../access/conditions/keys.ts'
import type { FactValue } from '../access/conditions/lookup.ts'
import { foldCase } from '../access/matching/fold-case.ts'
import {
  type Principal,
  rootPrincipal,
  sessionPrincipal,
  userPrincipal,
  webIdentityPrincipal,
} from '../access/principals/principal.ts'
import { type Caller, callerId } from './caller.ts'

/** A caller stays the same as long as nothing about it changes, and with it what it is to policies. */
/** A caller as policies see it. */
export const principalOf = onceFor((caller: Caller): Principal => {
  switch (caller.kind) {
    case 'Root':
      return rootPrincipal(caller.arn)
    case 'IAMUser':
      return userPrincipal(caller.arn, caller.userId)
    case 'AssumedRole':
      return sessionPrincipal(caller.arn, caller.roleArn, caller.roleId)
    case 'WebIdentityUser':
      return webIdentityPrincipal(caller.arn)
  }
})

/** As `aws:PrincipalType` names them (IAM User Guide, "AWS global condition context keys"). */
const principalTypes = {
  Root: 'Account',
  IAMUser: 'User',
  AssumedRole: 'AssumedRole',
  WebIdentityUser: undefined,
} as const

/** What condition keys may ask of a caller. */
export const callerFact =
  (caller: Caller) =>
  (property: CallerProperty): FactValue => {
    const { session } = caller
    switch (property) {
      case 'account':
        return caller.kind === 'WebIdentityUser' ? undefined : caller.account
      case 'principalArn':
        // Of a session, the ARN of its role: that of the session is for logs.
        if (caller.kind === 'WebIdentityUser') return undefined
        return caller.kind === 'AssumedRole' ? caller.roleArn : caller.arn
      case 'principalType':
        return principalTypes[caller.kind]
      case 'userId':
        return callerId(caller)
      case 'userName':
        return caller.kind === 'IAMUser' ? caller.userName : undefined
      case 'tokenIssuedAt':
        return session && new Date(session.issuedAtMs).toISOString()
      case 'mfaPresent':
        return session && false
      case 'sourceIdentity':
        return session?.sourceIdentity
      case 'federatedProvider':
        return caller.kind === 'WebIdentityUser' ? caller.arn : session?.webIdentity?.provider
    }
  }

/**
 * A claim of a web identity by the name of its condition key, `issuer:sub`, case folded. The session
 * that was opened with it keeps `aud` and `sub`.
 */
export const callerClaim =
  (caller: Caller) =>
  (name: string): FactValue => {
    const claims =
      caller.kind === 'WebIdentityUser'
        ? caller
        : caller.session?.webIdentity && {
            ...caller.session.webIdentity,
            issuer: issuerOf(caller.session.webIdentity.provider),
          }
    const prefix = claims && `${foldCase(claims.issuer)}:`
    if (claims === undefined || prefix === undefined || !name.startsWith(prefix)) return undefined
    switch (name.slice(prefix.length)) {
      case 'aud':
        return claims.audience
      case 'sub':
        return claims.subject
      default:
        return undefined
    }
  }

/** The issuer within the ARN of a provider. */
const issuerOf = (providerArn: string): string =>
  providerArn.slice(providerArn.indexOf('oidc-provider/') + 'oidc-provider/'.length)
