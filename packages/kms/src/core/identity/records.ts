import type { Tags } from '../keys/tags.ts'
import type { Random } from '../ports.ts'

/** What the store holds of an account. All but the first one name the account that made them. */
export type AccountRecord = {
  readonly account: string
  readonly createdAtMs: number
  readonly name?: string
  readonly madeBy?: string
  /** Nobody of the account can sign anything. */
  readonly isDisabled?: boolean
  /** Sessions of its root that are older do not count any more. */
  readonly sessionsFromMs?: number
}

type Named = {
  readonly account: string
  readonly name: string
  /** Begins and ends with a slash. */
  readonly path: string
  readonly createdAtMs: number
}

/** Rows of users, groups, roles and policies have their unique ids, so a new one of the same name is another. */
export type UserRecord = Named & {
  readonly userId: string
  readonly tags: Tags
  /** Sessions of the user that are older do not count any more. */
  readonly sessionsFromMs?: number
}

export type GroupRecord = Named & { readonly groupId: string }

export type RoleRecord = Named & {
  readonly roleId: string
  readonly description?: string
  readonly maxSessionSeconds: number
  /** JSON text, as it was given. */
  readonly trustPolicy: string
  /** Unique ids of the users and roles that the trust policy names, as of when it was stored. */
  readonly trustedIds: readonly (readonly [name: string, id: string])[]
  readonly tags: Tags
  /** Sessions of the role that are older do not count any more. */
  readonly sessionsFromMs?: number
}

export type PolicyRecord = Named & {
  readonly policyId: string
  readonly description?: string
  readonly updatedAtMs: number
  readonly defaultVersion: number
  /** The greatest version ever made: numbers are not used twice. */
  readonly newestVersion: number
  readonly tags: Tags
}

/** Row id: the policy's, a slash, and the number in four digits. Parent: the policy. */
export type PolicyVersionRecord = {
  readonly version: number
  /** JSON text, as it was given. */
  readonly document: string
  readonly createdAtMs: number
}

/** Row id: the owner's, a slash, and the name. Parent: the owner. */
export type InlinePolicyRecord = { readonly name: string; readonly document: string }

/** Row id: the policy's, a slash, and the owner's. Parent: the owner. */
export type AttachmentRecord = {
  readonly policyId: string
  readonly ownerId: string
  readonly ownerKind: OwnerKind
}

/** Row id: the group's, a slash, and the user's. Parent: the user. */
export type MembershipRecord = { readonly groupId: string; readonly userId: string }

export type OidcProviderRecord = {
  readonly account: string
  /** The issuer without its `https://`, as ARNs name it. */
  readonly url: string
  readonly clientIds: readonly string[]
  readonly thumbprints: readonly string[]
  readonly createdAtMs: number
  readonly tags: Tags
}

/** What has a name of its own kind in an account: the row says whose unique id it stands for. */
export type NameRecord = { readonly id: string }
export type NamedKind = 'user' | 'group' | 'role' | 'policy'
/** What policies are given to. */
export type OwnerKind = 'user' | 'group' | 'role'

/**
 * Where a name is kept. Names are not told apart by the case of their letters (IAM User Guide,
 * "IAM identifiers"), so that two of them can never look alike in a policy.
 */
export const nameRowId = (account: string, kind: NamedKind, name: string): string =>
  `${account}/${kind}/${name.toLowerCase()}`

export const versionRowId = (policyId: string, version: number): string =>
  `${policyId}/${String(version).padStart(4, '0')}`

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** `length` letters of base32, each of 5 random bits. */
export const randomLetters = (random: Random, length: number): string => {
  let text = ''
  for (const byte of random.bytes(length)) text += letters.charAt(byte % 32)
  return text
}

const idPrefix = { user: 'AIDA', group: 'AGPA', role: 'AROA', policy: 'ANPA' } as const

/** A unique id as IAM forms them: a prefix for the kind, and 17 letters. */
export const newUniqueId = (kind: NamedKind, random: Random): string =>
  idPrefix[kind] + randomLetters(random, 17)
