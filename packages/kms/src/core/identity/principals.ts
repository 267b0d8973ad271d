import { KmsError } from '../../api/errors.ts'
import { rootArn } from '../keys/arn.ts'
import { Secret } from '../crypto/secret.ts'
import { Lru } from '../lru.ts'
import type { Tags } from '../keys/tags.ts'
import type { Clock, TableName } from '../ports.ts'
import type { Hierarchy } from '../seal/hierarchy.ts'
import type { AccessKeys } from './access-keys.ts'
import { roleArn, sessionArn, userArn } from './arn.ts'
import type { Caller } from './caller.ts'
import type { Identities } from './identities.ts'
import type { AccountRecord, RoleRecord, UserRecord } from './records.ts'
import { openSession, type SessionClaims } from './session-token.ts'

/** What a request may be signed with: an access key, or the credentials of a session. */
export type Signer = {
  readonly accessKeyId: string
  readonly account: string
  readonly secret: Secret
  /** Whose it is; absent: the root's, or a role's. */
  readonly userId?: string | undefined
  /** Of a session: only requests that carry this very token are its own. */
  readonly sessionToken?: string
  readonly claims?: SessionClaims
}

/** A caller that was made for a signer, and of what. */
type KnownCaller = {
  readonly caller: Caller
  readonly region: string
  readonly user: UserRecord | undefined
  readonly role: RoleRecord | undefined
}

type SessionSigner = Signer & { readonly claims: SessionClaims }

const sessionsMax = 10_000

/** Who may sign, and whom a signature speaks for. */
export class Principals {
  readonly #keys: AccessKeys
  readonly #identities: Identities
  readonly #hierarchy: Hierarchy
  readonly #clock: Clock
  /** Sessions by their tokens: opening one is work, and a signing key belongs to one object. */
  readonly #sessions = new Lru<string, SessionSigner>(sessionsMax)
  /** What the last request of a signer came to: the next one is of the same caller, if no row changed. */
  readonly #callers = new WeakMap<Signer, KnownCaller>()

  constructor(keys: AccessKeys, identities: Identities, hierarchy: Hierarchy, clock: Clock) {
    this.#keys = keys
    this.#identities = identities
    this.#hierarchy = hierarchy
    this.#clock = clock
  }

  /**
   * What an access key id and token stand for, if they may sign now; a token of another key, or none
   * where there has to be one, is as unknown as no key. Throws ExpiredTokenException.
   */
  signer(accessKeyId: string, sessionToken: string | undefined): Signer | undefined {
    const key = this.#keys.find(accessKeyId)
    if (key !== undefined || sessionToken === undefined) return key
    const session = this.#session(accessKeyId, sessionToken)
    if (session !== undefined && session.claims.expiresAtMs <= this.#clock.nowMs())
      throw new KmsError(
        'ExpiredTokenException',
        'The security token included in the request is expired',
      )
    return session
  }

  /**
   * Whom a verified signature speaks for, as of now; `region` says in which partition. At once if
   * all that has to be known is in memory. Throws UnrecognizedClientException if it is no one any
   * more: the key was changed, the user or role deleted, the sessions ended, the account disabled.
   */
  caller(signer: Signer, region: string): Caller | Promise<Caller> {
    const { account, userId, claims } = signer
    const owner = this.#identities.account(account)
    const user = userId === undefined ? undefined : this.#identities.byId('user', userId)
    const roleId = claims?.kind === 'role' ? claims.principalId : undefined
    const role = roleId === undefined ? undefined : this.#identities.byId('role', roleId)
    if (owner instanceof Promise || user instanceof Promise || role instanceof Promise) {
      const all = Promise.all([owner, user, role])
      return all.then(([o, u, r]) => this.#callerOf(signer, region, o, u, r))
    }
    return this.#callerOf(signer, region, owner, user, role)
  }

  /** To be called with every row that a commit wrote or removed, before the call is answered. */
  async refresh(
    rows: readonly { readonly table: TableName; readonly id: string }[],
  ): Promise<void> {
    await this.#keys.refresh(rows)
  }

  #session(accessKeyId: string, sessionToken: string): SessionSigner | undefined {
    const known = this.#sessions.get(sessionToken)
    if (known !== undefined) return known.accessKeyId === accessKeyId ? known : undefined
    const keyOf = (version: number) => this.#hierarchy.tokenKeyOf('session', version)
    const opened = openSession(keyOf, accessKeyId, sessionToken)
    if (opened === undefined) return undefined
    const { claims } = opened
    const session = {
      accessKeyId,
      account: claims.account,
      userId: claims.kind === 'user' ? claims.principalId : undefined,
      secret: new Secret(opened.secret),
      sessionToken,
      claims,
    }
    this.#sessions.set(sessionToken, session)
    return session
  }

  #callerOf(
    signer: Signer,
    region: string,
    owner: AccountRecord | undefined,
    user: UserRecord | undefined,
    role: RoleRecord | undefined,
  ): Caller {
    const { accessKeyId, userId, claims } = signer
    if (owner === undefined || owner.isDisabled === true) throw unrecognised()
    // A long-term key is gone if it changed; temporary credentials end with the key that made them.
    const key = this.#keys.find(claims === undefined ? accessKeyId : (claims.madeBy ?? ''))
    if (claims === undefined ? key !== signer : claims.madeBy !== undefined && key === undefined)
      throw unrecognised()
    const isRole = claims?.kind === 'role'
    const subject = isRole ? role : userId === undefined ? owner : user
    if (subject === undefined) throw unrecognised()
    requireFrom(claims, subject.sessionsFromMs)
    const known = this.#callers.get(signer)
    if (known?.region === region && known.user === user && known.role === role) return known.caller
    const caller = newCaller(signer, region, user, role)
    this.#callers.set(signer, { caller, region, user, role })
    return caller
  }
}

const newCaller = (
  { account, accessKeyId, userId, claims }: Signer,
  region: string,
  user: UserRecord | undefined,
  role: RoleRecord | undefined,
): Caller => {
  if (claims?.kind === 'role') {
    if (role === undefined) throw unrecognised()
    return roleCaller(role, claims, accessKeyId, region)
  }
  const session = claims === undefined ? {} : { session: claims }
  const common = { account, accessKeyId, ...session }
  if (userId === undefined) return { kind: 'Root', ...common, arn: rootArn({ region, account }) }
  if (user === undefined) throw unrecognised()
  const { name: userName, tags } = user
  return { kind: 'IAMUser', ...common, arn: userArn(user, region), userId, userName, tags }
}

const roleCaller = (
  role: RoleRecord,
  session: SessionClaims,
  accessKeyId: string,
  region: string,
): Caller => ({
  kind: 'AssumedRole',
  account: role.account,
  accessKeyId,
  session,
  arn: sessionArn(role.account, role.name, session.name ?? '', region),
  roleId: role.roleId,
  roleName: role.name,
  roleArn: roleArn(role, region),
  tags: sessionTags(role.tags, session.tags),
})

/** A tag of the session stands in for the role's of that name, in whatever case of letters. */
const sessionTags = (ofRole: Tags, ofSession: Tags | undefined): Tags => {
  if (ofSession === undefined) return ofRole
  const keys = new Set(ofSession.map(([key]) => key.toLowerCase()))
  return [...ofRole.filter(([key]) => !keys.has(key.toLowerCase())), ...ofSession]
}

const requireFrom = (
  claims: SessionClaims | undefined,
  sessionsFromMs: number | undefined,
): void => {
  if (claims === undefined || sessionsFromMs === undefined) return
  // Within one millisecond nobody can tell which came first: then it counts as the older.
  if (claims.issuedAtMs <= sessionsFromMs) throw unrecognised()
}

/** What anyone is told who is no one here. */
export const unrecognised = (): KmsError =>
  new KmsError(
    'UnrecognizedClientException',
    'The security token included in the request is invalid.',
  )

/** Under which id a use is remembered: sessions come and go, their roles and keys stay. */
export const usedIdOf = ({ accessKeyId, claims }: Signer): string =>
  claims === undefined ? accessKeyId : (claims.madeBy ?? claims.principalId)
