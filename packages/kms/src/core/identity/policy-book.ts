import { type CompiledPolicy, compilePolicy } from '../access/evaluate/compiled-policy.ts'
import { parsePolicy } from '../access/language/parse.ts'
import { Lru } from '../lru.ts'
import type { TableName } from '../ports.ts'
import { policyArn } from './arn.ts'
import type { Caller } from './caller.ts'
import type { Identities } from './identities.ts'
import type { PolicyRecord, RoleRecord } from './records.ts'
import type { SessionClaims } from './session-token.ts'

/** What limits and allows a caller, as a decision needs it. */
export type CallerPolicies = {
  readonly identity: readonly CompiledPolicy[]
  /** Present if the session was made with policies of its own: they have to allow it as well. */
  readonly session: readonly CompiledPolicy[] | undefined
}

const none: CallerPolicies = { identity: [], session: undefined }

/** Tables whose rows decide what a caller may do. */
const deciding: ReadonlySet<TableName> = new Set([
  'user',
  'group',
  'group_member',
  'role',
  'managed_policy',
  'policy_version',
  'policy_attachment',
  'inline_policy',
])

const cachedMax = 10_000

/**
 * The policies of users, roles and sessions, compiled and kept in memory. Whatever changes about an
 * identity is rare: one change empties all of it.
 */
export class PolicyBook {
  readonly #identities: Identities
  readonly #compiled = new Lru<string, CallerPolicies>(cachedMax)
  /** By the record itself: whoever still has an older one must not be answered for the newer. */
  readonly #trust = new WeakMap<RoleRecord, CompiledPolicy>()
  #changes = 0

  constructor(identities: Identities) {
    this.#identities = identities
  }

  /** At once if it is in memory. The root of an account has none, and needs none. */
  of(caller: Caller): CallerPolicies | Promise<CallerPolicies> {
    if (caller.kind === 'WebIdentityUser') return none
    const { session } = caller
    if (caller.kind === 'Root') return none
    const id = caller.kind === 'IAMUser' ? caller.userId : caller.roleId
    // The policies of a session are part of its token, which its access key id stands for.
    const hasOwn = session?.policy !== undefined || session?.policyIds !== undefined
    const name = hasOwn ? `${id} ${caller.accessKeyId}` : id
    return this.#compiled.get(name) ?? this.#load(name, caller.kind, id, session)
  }

  /** The trust policy of a role. Throws if it does not compile any more. */
  trustOf(role: RoleRecord): CompiledPolicy {
    const known = this.#trust.get(role)
    if (known !== undefined) return known
    const document = parsePolicy('trust', role.trustPolicy)
    const principalIds = new Map(role.trustedIds)
    const trust = compilePolicy(document, { kind: 'trust', name: role.name }, { principalIds })
    this.#trust.set(role, trust)
    return trust
  }

  /** To be called with every row that a commit wrote or removed, before the call is answered. */
  forget(rows: readonly { readonly table: TableName; readonly id: string }[]): void {
    if (rows.some(({ table }) => deciding.has(table))) this.clear()
  }

  clear(): void {
    this.#changes += 1
    this.#compiled.clear()
  }

  async #load(
    name: string,
    kind: 'IAMUser' | 'AssumedRole',
    id: string,
    session: SessionClaims | undefined,
  ): Promise<CallerPolicies> {
    const changes = this.#changes
    const owners = [id]
    if (kind === 'IAMUser') {
      const groups = await this.#identities.groupsOf(id)
      owners.push(...groups.map(({ groupId }) => groupId))
    }
    const identity: CompiledPolicy[] = []
    for (const owner of owners) {
      for (const { name: inline, document } of await this.#identities.inlinePolicies(owner))
        identity.push(compiled('identity', inline, document))
      for (const policy of await this.#identities.attachedPolicies(owner))
        identity.push(await this.#managed('identity', policy))
    }
    const policies = { identity, session: await this.#sessionPolicies(session) }
    if (changes === this.#changes) this.#compiled.set(name, policies)
    return policies
  }

  async #sessionPolicies(
    session: SessionClaims | undefined,
  ): Promise<readonly CompiledPolicy[] | undefined> {
    if (session?.policy === undefined && session?.policyIds === undefined) return undefined
    const policies: CompiledPolicy[] = []
    if (session.policy !== undefined) policies.push(compiled('session', '', session.policy))
    for (const id of session.policyIds ?? []) {
      const policy = await this.#identities.byId('policy', id)
      // What one that was deleted since denied is not known any more: nothing is allowed then.
      if (policy === undefined) return []
      policies.push(await this.#managed('session', policy))
    }
    return policies
  }

  async #managed(kind: 'identity' | 'session', policy: PolicyRecord): Promise<CompiledPolicy> {
    const version = await this.#identities.version(policy.policyId, policy.defaultVersion)
    if (version === undefined) throw new Error(`the policy ${policy.policyId} has no version`)
    return compiled(kind, policyArn(policy), version.document)
  }
}

/** A policy that cannot be read any more must not be passed over: it may say what is denied. */
const compiled = (kind: 'identity' | 'session', name: string, document: string): CompiledPolicy =>
  compilePolicy(parsePolicy(kind, document), { kind, name })
