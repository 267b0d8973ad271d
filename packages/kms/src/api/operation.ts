import type { ErrorCode } from './errors.ts'
import type { keyUsageShape } from './members.ts'
import type { Members, MembersValue } from './shapes.ts'

/**
 * What a decision is about, and where the request names it. `aliases` says whether AWS takes an
 * alias there; `crossAccount` whether a caller of another account may name the key at all.
 */
export type Resource = KeyResource | IdentityResource

type KeyResource =
  /** No key at all: CreateKey, ListKeys, GenerateRandom. */
  | { readonly of: 'account' }
  /** A key that is about to be made: its id is not known yet, and it has no policy. */
  | { readonly of: 'newKey' }
  /**
   * The replica that is about to be made of the key of the first decision, in the Region that the
   * member names: asked as `account` is, or as `newKey`.
   */
  | { readonly of: 'replica'; readonly region: string; readonly as: 'account' | 'newKey' }
  /** The key of the first decision as it is in the Region that the member names. */
  | { readonly of: 'related'; readonly region: string }
  | {
      readonly of: 'key'
      readonly member: string
      readonly aliases: boolean
      readonly crossAccount: boolean
    }
  /**
   * The key whose material made the ciphertext; the member `key` may name the one that it has to be,
   * and does where `algorithm` is one of asymmetric keys.
   */
  | {
      readonly of: 'ciphertext'
      readonly member: string
      readonly key: string
      readonly algorithm: string
    }
  /** An alias that exists (DeleteAlias, UpdateAlias) together with the key it points at. */
  | { readonly of: 'alias'; readonly member: string }
  /** An alias that is about to be made. */
  | { readonly of: 'newAlias'; readonly member: string }
  /** A grant, by a token or by its key and its id: it says itself who may retire it. */
  | { readonly of: 'grant'; readonly token: string; readonly key: string; readonly grantId: string }

/**
 * Something of IAM. `member` names what exists: users, groups and roles by name, an access key, which
 * is its user's, by its id, the others by ARN; without it, the caller. `arn` is whatever an ARN names. Without `kind`: nothing with an ARN of its
 * own.
 */
export type IdentityResource = {
  readonly of: 'identity'
  readonly kind?: 'user' | 'group' | 'role' | 'policy' | 'oidc-provider' | 'access-key' | 'arn'
  readonly member?: string
  /** Members with the name and path of what is made, or that it gets: the decision is about that. */
  readonly becomes?: { readonly name: string; readonly path: string }
}

export type Authorization = {
  readonly action: string
  readonly resource: Resource
  /** The member with the encryption context that the action is asked for under. */
  readonly context?: string
  /** Decided only if the request has this member: another permission is needed for it. */
  readonly onlyWith?: string
}

/**
 * Which key states an operation accepts (the Developer Guide's key state table): `usable` is the
 * rule of cryptographic operations, `enabled` that of those that prepare them (CreateGrant,
 * ReplicateKey), `rotatable` that of automatic rotation, `hasMaterial` that of GetPublicKey,
 * `switchable` that of EnableKey and DisableKey, `notPendingDeletion` that of other changes,
 * `pendingDeletion` that of CancelKeyDeletion, `any` that of reads.
 */
export type KeyStateRule =
  | 'usable'
  | 'enabled'
  | 'rotatable'
  | 'hasMaterial'
  | 'switchable'
  | 'notPendingDeletion'
  | 'pendingDeletion'
  | 'any'

/** What a key is made for, in AWS's words. */
export type KeyUsageRule = (typeof keyUsageShape.values)[number]

export type Operation = {
  readonly doc: string
  readonly input: Members
  /** `undefined`: the operation has no output shape, and answers with an empty body. */
  readonly output: Members | undefined
  /** One entry per decision; the pipeline makes them in this order. */
  readonly authorize: readonly Authorization[]
  /** The key usage that every key of this operation must have; absent: any. */
  readonly usage?: KeyUsageRule
  /** The origin that the key must have, which is asked before its state; absent: any. */
  readonly origin?: 'EXTERNAL'
  readonly keyState: KeyStateRule
  /** Whether it changes state: then it runs alone, and its record commits with the change. */
  readonly changes: boolean
  /** It is called without a signature: a token of its input stands in for one. */
  readonly isUnsigned?: true
  /** Input members that the audit record repeats. What is not listed is never recorded. */
  readonly audit: readonly string[]
  /** Output members that the audit record repeats: of changes, and of new sessions. */
  readonly auditOutput: readonly string[]
  readonly errors: readonly ErrorCode[]
}

/** Declares an operation; the type keeps every literal, for handlers are typed from the row. */
export const operation = <const O extends Operation>(row: O): O => row

export type InputOf<O extends Operation> = MembersValue<O['input']>
export type OutputOf<O extends Operation> = O['output'] extends Members
  ? MembersValue<O['output']>
  : void

export const account: Resource = { of: 'account' }
/** A key id, a key ARN, an alias name or an alias ARN, of any account that allows it. */
export const anyKey = (member: string): Resource => ({
  of: 'key',
  member,
  aliases: true,
  crossAccount: true,
})
/** A key id or key ARN of the caller's own account. */
export const ownKey = (member: string): Resource => ({
  of: 'key',
  member,
  aliases: false,
  crossAccount: false,
})

/** A key id or key ARN, of any account that allows it. */
export const sharedKey = (member: string): Resource => ({
  of: 'key',
  member,
  aliases: false,
  crossAccount: true,
})

/** What may go wrong with reading about a key. */
export const readErrors = [
  'NotFoundException',
  'InvalidArnException',
  'DependencyTimeoutException',
  'KMSInternalException',
] as const satisfies readonly ErrorCode[]

/** What may go wrong where the state of the key counts as well. */
export const stateErrors = [
  ...readErrors,
  'KMSInvalidStateException',
] as const satisfies readonly ErrorCode[]

/** What may go wrong with the cryptographic use of a key. */
export const useErrors = [
  'NotFoundException',
  'DisabledException',
  'KeyUnavailableException',
  'DependencyTimeoutException',
  'InvalidKeyUsageException',
  'InvalidGrantTokenException',
  'KMSInternalException',
  'KMSInvalidStateException',
  'DryRunOperationException',
] as const satisfies readonly ErrorCode[]
