import { KmsError } from '../../api/errors.ts'
import type { TableName } from '../ports.ts'
import { allValues } from '../state/all-values.ts'
import { RowCache } from '../state/row-cache.ts'
import type { OwnedTable } from '../state/remembered-ids.ts'
import type { State } from '../state/state.ts'
import { parseIamArn, policyArn, roleArn } from './arn.ts'
import {
  type AccountRecord,
  type AttachmentRecord,
  type GroupRecord,
  type InlinePolicyRecord,
  type MembershipRecord,
  type NamedKind,
  nameRowId,
  type NameRecord,
  type OidcProviderRecord,
  type PolicyRecord,
  type PolicyVersionRecord,
  type RoleRecord,
  type UserRecord,
  versionRowId,
} from './records.ts'

/** How many rows of all kinds together stay in memory. */
const cachedMax = 20_000

/** What the records of each kind are, by the tables that hold them. */
type Entities = {
  readonly user: UserRecord
  readonly group: GroupRecord
  readonly role: RoleRecord
  readonly managed_policy: PolicyRecord
}
const tableOf = {
  user: 'user',
  group: 'group',
  role: 'role',
  policy: 'managed_policy',
} as const satisfies { readonly [K in NamedKind]: keyof Entities }

type EntityOf<K extends NamedKind> = Entities[(typeof tableOf)[K]]

/**
 * Where requests find accounts, users, groups, roles and policies: a cache over the verified state.
 * Names are looked up without regard to the case of their letters, and must then be right to the
 * letter: an ARN in a policy never means two spellings.
 */
export class Identities {
  readonly #state: State
  readonly #cache: RowCache

  constructor(state: State) {
    this.#state = state
    this.#cache = new RowCache(state, cachedMax)
  }

  forget(rows: readonly { readonly table: TableName; readonly id: string }[]): void {
    this.#cache.forget(rows)
  }

  clear(): void {
    this.#cache.clear()
  }

  account(account: string): AccountRecord | undefined | Promise<AccountRecord | undefined> {
    return this.#cache.get('account', account)
  }

  /** By unique id. At once if it is in memory. */
  byId<K extends NamedKind>(
    kind: K,
    id: string,
  ): EntityOf<K> | undefined | Promise<EntityOf<K> | undefined> {
    return this.#cache.get<EntityOf<K>>(tableOf[kind], id)
  }

  /** The unique id that has the name, in whatever case of letters: the name is taken then. */
  async idOfName(account: string, kind: NamedKind, name: string): Promise<string | undefined> {
    const named = await this.#cache.get<NameRecord>('identity_name', nameRowId(account, kind, name))
    return named?.id
  }

  async byName<K extends NamedKind>(
    account: string,
    kind: K,
    name: string,
  ): Promise<EntityOf<K> | undefined> {
    const id = await this.idOfName(account, kind, name)
    const found = id === undefined ? undefined : await this.byId(kind, id)
    return found?.name === name ? found : undefined
  }

  /** Throws NoSuchEntityException in IAM's words. */
  async require<K extends 'user' | 'group' | 'role'>(
    account: string,
    kind: K,
    name: string,
  ): Promise<EntityOf<K>> {
    const found = await this.byName(account, kind, name)
    if (found !== undefined) return found
    throw noSuchEntity(`The ${kind} with name ${name} cannot be found.`)
  }

  /** The managed policy that an ARN names to the letter. */
  async policyByArn(arn: string): Promise<PolicyRecord | undefined> {
    const found = await this.#byArn(arn, 'policy')
    return found !== undefined && policyArn(found) === arn ? found : undefined
  }

  /** The role that an ARN names to the letter. */
  async roleByArn(arn: string): Promise<RoleRecord | undefined> {
    const found = await this.#byArn(arn, 'role')
    return found !== undefined && roleArn(found) === arn ? found : undefined
  }

  async version(policyId: string, version: number): Promise<PolicyVersionRecord | undefined> {
    return this.#cache.get('policy_version', versionRowId(policyId, version))
  }

  /** Oldest first. */
  versionsOf(policyId: string): Promise<readonly PolicyVersionRecord[]> {
    return this.#all('policy_version', { parent: policyId })
  }

  async oidcProvider(account: string, url: string): Promise<OidcProviderRecord | undefined> {
    return this.#cache.get('oidc_provider', `${account}/${url}`)
  }

  /** What a user, group or role is given in its own policies. */
  inlinePolicies(ownerId: string): Promise<readonly InlinePolicyRecord[]> {
    return this.#owned('inline_policy', ownerId)
  }

  /** The managed policies of a user, group or role, by name. */
  async attachedPolicies(ownerId: string): Promise<readonly PolicyRecord[]> {
    const rows = await this.#owned<AttachmentRecord>('policy_attachment', ownerId)
    return byName(await this.#resolve(rows, ({ policyId }) => this.byId('policy', policyId)))
  }

  attachmentsOf(policyId: string): Promise<readonly AttachmentRecord[]> {
    return this.#all('policy_attachment', { idPrefix: `${policyId}/` })
  }

  /** The groups that a user is in, by name. */
  async groupsOf(userId: string): Promise<readonly GroupRecord[]> {
    const rows = await this.#owned<MembershipRecord>('group_member', userId)
    return byName(await this.#resolve(rows, ({ groupId }) => this.byId('group', groupId)))
  }

  /** The users in a group, by name. */
  async membersOf(groupId: string): Promise<readonly UserRecord[]> {
    const rows = await this.#all<MembershipRecord>('group_member', { idPrefix: `${groupId}/` })
    return byName(await this.#resolve(rows, ({ userId }) => this.byId('user', userId)))
  }

  async #byArn<K extends 'policy' | 'role'>(
    arn: string,
    kind: K,
  ): Promise<EntityOf<K> | undefined> {
    const parsed = parseIamArn(arn)
    if (parsed === undefined || !parsed.resource.startsWith(`${kind}/`)) return undefined
    const name = parsed.resource.slice(parsed.resource.lastIndexOf('/') + 1)
    return this.byName(parsed.account, kind, name)
  }

  async #all<T>(
    table: TableName,
    query: { readonly parent?: string; readonly idPrefix?: string },
  ): Promise<readonly T[]> {
    const values: T[] = []
    for await (const { value } of allValues(this.#state, { table, ...query })) {
      values.push(value as T)
    }
    return values
  }

  /** Rows of which none may be missing, for it may be the one that denies. */
  async #owned<T>(table: OwnedTable, ownerId: string): Promise<readonly T[]> {
    return (await this.#state.listOwned(table, ownerId)).map(({ value }) => value as T)
  }

  /** A row that points at something stands and falls with it: both change in one commit. */
  async #resolve<R, T>(
    rows: readonly R[],
    find: (row: R) => T | undefined | Promise<T | undefined>,
  ): Promise<readonly T[]> {
    const found: T[] = []
    for (const row of rows) {
      const one = await find(row)
      if (one !== undefined) found.push(one)
    }
    return found
  }
}

const byName = <T extends { readonly name: string }>(list: readonly T[]): readonly T[] =>
  list.toSorted((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1))

export const noSuchEntity = (message: string): KmsError =>
  new KmsError('NoSuchEntityException', message)
