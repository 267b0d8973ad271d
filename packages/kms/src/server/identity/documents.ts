import { bindPrincipals, type FindPrincipal } from '../../core/access/language/principals.ts'
import { parsePolicy } from '../../core/access/language/parse.ts'
import { parsePrincipal } from '../../core/access/principals/reference.ts'
import type { RoleRecord } from '../../core/identity/records.ts'
import type { Call } from '../call.ts'

/** Throws MalformedPolicyDocumentException, in IAM's words, for what is no policy of an identity. */
export const requireIdentityPolicy = (text: string): void => {
  parsePolicy('identity', text)
}

/**
 * Checks a trust policy. Resolves to the unique ids of the users and roles that it names: they are
 * kept with it, so that a later one of the same name is not trusted.
 */
export const bindTrustPolicy = async (
  call: Call,
  text: string,
): Promise<RoleRecord['trustedIds']> => [
  ...(await bindPrincipals(parsePolicy('trust', text), findPrincipal(call))),
]

/** Finds the principals that a policy names: those of the accounts that are here. */
export const findPrincipal =
  ({ identities }: Call): FindPrincipal =>
  async ({ type, text }) => {
    const reference = type === 'AWS' ? parsePrincipal(text) : undefined
    // Providers and services are named, not looked up; a service never calls.
    if (type !== 'AWS') return ''
    if (reference === undefined) return undefined
    const { kind, account, name } = reference
    const last = name.slice(name.lastIndexOf('/') + 1)
    switch (kind) {
      case 'account':
        return (await identities.account(account)) === undefined ? undefined : ''
      case 'user': {
        const user = await identities.byName(account, 'user', last)
        return user && `${account}:user${user.path}${user.name}` === name ? user.userId : undefined
      }
      case 'role': {
        const role = await identities.byName(account, 'role', last)
        return role && `${account}:role${role.path}${role.name}` === name ? role.roleId : undefined
      }
      case 'session':
        return (await identities.byName(account, 'role', name.split('/')[1] ?? ''))?.roleId
      case 'federatedUser':
        return undefined
    }
  }

/** As IAM returns a document: percent-encoded by RFC 3986, its unreserved characters left alone. */
export const encodeDocument = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (unit) => `%${unit.charCodeAt(0).toString(16).toUpperCase()}`,
  )
