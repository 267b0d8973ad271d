import type { InputOf, Operation, OutputOf } from '../api/operation.ts'
import type { OperationName, Operations } from '../api/operations.ts'
import type { Grant } from '../core/access/grants/grant.ts'
import type { GrantBook } from '../core/access/grants/grant-book.ts'
import type { GrantTokens } from '../core/access/grants/grant-tokens.ts'
import type { Attestation, Recipient } from '../core/attestation/verify.ts'
import type { CommittedBlob } from '../core/crypto/blob.ts'
import type { NonceSource } from '../core/crypto/nonce.ts'
import type { AccessKeys } from '../core/identity/access-keys.ts'
import type { Caller } from '../core/identity/caller.ts'
import type { Identities } from '../core/identity/identities.ts'
import type { CredentialUses } from '../core/identity/credential-uses.ts'
import type { RoleRecord } from '../core/identity/records.ts'
import type { WebIdentities } from '../core/identity/web/verify.ts'
import type { PolicyBook } from '../core/identity/policy-book.ts'
import type { Principals, Signer } from '../core/identity/principals.ts'
import type { AliasRecord } from '../core/keys/alias.ts'
import type { Place } from '../core/keys/arn.ts'
import type { HsmClusters } from '../core/key-stores/cluster.ts'
import type { KeyStores } from '../core/key-stores/key-stores.ts'
import type { Directory } from '../core/keys/directory.ts'
import type { Key } from '../core/keys/key.ts'
import type { KeyUseBook } from '../core/keys/key-uses.ts'
import type { LoadedMaterial } from '../core/keys/material.ts'
import type { Markers } from '../core/marker.ts'
import type { Clock, KeyWork, Random } from '../core/ports.ts'
import type { KeyAllowance } from '../core/keys/key-allowance.ts'
import type { Quotas } from '../core/quotas.ts'
import type { Hierarchy } from '../core/seal/hierarchy.ts'
import type { Change } from '../core/state/change.ts'
import type { State } from '../core/state/state.ts'
import type { Origin } from './call-record.ts'

/** What the handlers work with; made once, when the service is unsealed. */
export type World = {
  /** The account that makes the others. */
  readonly firstAccount: string
  readonly clock: Clock
  readonly random: Random
  readonly quotas: Quotas
  readonly keyAllowance: KeyAllowance
  /** The Regions that there are. */
  readonly regions: ReadonlySet<string>
  readonly state: State
  readonly hierarchy: Hierarchy
  readonly directory: Directory
  readonly grants: GrantBook
  readonly grantTokens: GrantTokens
  readonly identities: Identities
  readonly policyBook: PolicyBook
  readonly accessKeys: AccessKeys
  readonly principals: Principals
  readonly webIdentities: WebIdentities
  readonly credentialUses: CredentialUses
  readonly keyUses: KeyUseBook
  readonly attestation: Attestation
  readonly markers: Markers
  readonly nonces: NonceSource
  readonly keyWork: KeyWork
  readonly keyStores: KeyStores
  /** The tokens that may stand behind custom key stores. */
  readonly hsmClusters: HsmClusters
}

/** What one entry of a row's `authorize` came to, once it was found and allowed. */
export type Target = {
  readonly action: string
  readonly key?: Key
  readonly alias?: AliasRecord
  /** The grant that is to be retired. */
  readonly grant?: Grant
  /** The grant that allowed it, where a policy did not. */
  readonly allowedBy?: Grant | undefined
  /** The role that is to be assumed. */
  readonly role?: RoleRecord
  /** The ciphertext, its commitment proven under the key's material, not yet decrypted. */
  readonly committed?: CommittedBlob
  readonly material?: LoadedMaterial
}

/** One call on its way: who, where, and what it may touch. */
export type Call = World & {
  readonly caller: Caller
  /** What the call was signed with; absent where a token stands in for a signature. */
  readonly signer: Signer | undefined
  readonly place: Place
  /** The name of what is called. */
  readonly operation: string
  readonly origin: Origin
  readonly targets: readonly Target[]
  /** Whom the answer is for, if not the caller: an attested program, verified. */
  readonly recipient: Recipient | undefined
  /** Where an operation that changes state puts its writes; committed after the handler returns. */
  readonly change: Change
  /** What was made before the change got its turn, of operations that have a preparation. */
  readonly prepared?: Uint8Array | undefined
  /**
   * Resolves once the audit log says that this call is about to do something outside of the
   * service: to be awaited before anything is sent there.
   */
  intend(): Promise<void>
  /** What the audit record says beyond input and output. */
  readonly noted: { keyMaterialId?: string }
}

/** One handler per declared operation: a missing or misspelt one does not compile. */
export type HandlersOf<Rows extends { readonly [name: string]: Operation }> = {
  readonly [N in keyof Rows]: (
    input: InputOf<Rows[N]>,
    call: Call,
  ) => OutputOf<Rows[N]> | Promise<OutputOf<Rows[N]>>
}
export type Handlers = HandlersOf<Operations>
export type Family<N extends OperationName> = Pick<Handlers, N>

/** The key of the call's n-th decision, which the row guarantees. */
export const targetKey = (call: Call, index = 0): Key => {
  const key = call.targets[index]?.key
  if (key === undefined) throw new TypeError(`the row resolves no key at ${index}`)
  return key
}
