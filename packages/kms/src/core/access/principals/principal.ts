import { parseOwnArn, type PrincipalReference, providerName } from './reference.ts'

/**
 * Who asks, as policies see it; made once for a credential. `names` are what a policy or a grant
 * may call this principal, each with its unique id too (see `boundName`).
 */
export type Principal = {
  readonly kind: 'Root' | 'User' | 'AssumedRole' | 'WebIdentity'
  readonly account: string
  /** As AWS prints it: of a role session, the session's ARN. */
  readonly arn: string
  readonly names: PrincipalNames
}

export type PrincipalNames = {
  /** The user, the session, the identity provider: what makes the request. */
  readonly direct: readonly string[]
  /** The role behind a session. */
  readonly role: readonly string[]
  /** The account; absent for a web identity, which belongs to none. */
  readonly account: string | undefined
  /** Each of these. */
  readonly all: readonly string[]
}

const namesOf = (
  direct: readonly string[],
  role: readonly string[],
  account: string | undefined,
): PrincipalNames => ({
  direct,
  role,
  account,
  all: account === undefined ? [...direct, ...role] : [...direct, ...role, account],
})

/** Of which nothing is known but its account. */
export const namesOfAnyone = (account: string): PrincipalNames => namesOf([], [], account)

/**
 * A name that stands for one identity alone, whatever it is called: a policy that was stored with the
 * unique id of a user or role does not speak of a later one of the same name, and goes on to speak of
 * a user that is renamed. Of a session, the id is its role's. Nothing else is called so: every other
 * name says its kind before the first slash.
 */
export const boundName = ({ kind, account, name }: PrincipalReference, uniqueId: string): string =>
  kind === 'session'
    ? `${account}:${uniqueId}${name.slice(name.lastIndexOf('/'))}`
    : `${account}:${uniqueId}`

export const rootPrincipal = (arn: string): Principal => {
  const { account } = required(arn, 'account')
  return { kind: 'Root', account, arn, names: namesOfAnyone(account) }
}

/** `userId` is the unique id, `AIDA…`. A session of GetSessionToken is its user. */
export const userPrincipal = (arn: string, userId: string): Principal => {
  const user = required(arn, 'user')
  const { account } = user
  const direct = [user.name, boundName(user, userId)]
  return { kind: 'User', account, arn, names: namesOf(direct, [], account) }
}

/** `arn` is that of the session, `roleArn` has the role's path, `roleId` is its unique id, `AROA…`. */
export const sessionPrincipal = (arn: string, roleArn: string, roleId: string): Principal => {
  const session = required(arn, 'session')
  const role = required(roleArn, 'role')
  if (session.account !== role.account) throw new TypeError('a session is of its role’s account')
  return {
    kind: 'AssumedRole',
    account: role.account,
    arn,
    names: namesOf(
      [session.name, boundName(session, roleId)],
      [role.name, boundName(role, roleId)],
      role.account,
    ),
  }
}

/**
 * Whoever holds a token of an identity provider, before any role is assumed. `provider` is the ARN
 * of the provider. Only a trust policy that names it under Federated lets it in.
 */
export const webIdentityPrincipal = (provider: string): Principal => ({
  kind: 'WebIdentity',
  account: '',
  arn: '',
  names: namesOf([providerName(provider)], [], undefined),
})

const required = (arn: string, kind: string) => {
  const reference = parseOwnArn(arn)
  if (reference?.kind !== kind) throw new TypeError(`${arn} is not the ARN of a ${kind}`)
  return reference
}
