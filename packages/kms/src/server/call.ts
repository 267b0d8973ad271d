import type { BuiltName, Input, Output } from '../api/operations.ts'
import type { Caller } from '../core/access/decision.ts'
import type { CommittedBlob } from '../core/crypto/blob.ts'
import type { NonceSource } from '../core/crypto/nonce.ts'
import type { AliasRecord } from '../core/keys/alias.ts'
import type { Place } from '../core/keys/arn.ts'
import type { Directory } from '../core/keys/directory.ts'
import type { Key } from '../core/keys/key.ts'
import type { LoadedMaterial } from '../core/keys/material.ts'
import type { Markers } from '../core/marker.ts'
import type { Clock, Random } from '../core/ports.ts'
import type { Hierarchy } from '../core/seal/hierarchy.ts'
import type { Change } from '../core/state/change.ts'
import type { State } from '../core/state/state.ts'

/** What the handlers work with; made once, when the service is unsealed. */
export type World = {
  readonly clock: Clock
  readonly random: Random
  readonly state: State
  readonly hierarchy: Hierarchy
  readonly directory: Directory
  readonly markers: Markers
  readonly nonces: NonceSource
}

/** What one entry of a row's `authorize` came to, once it was found and allowed. */
export type Target = {
  readonly action: string
  readonly key?: Key
  readonly alias?: AliasRecord
  /** The ciphertext, its commitment proven under the key's material, not yet decrypted. */
  readonly committed?: CommittedBlob
  readonly material?: LoadedMaterial
}

/** One call on its way: who, where, and what it may touch. */
export type Call = World & {
  readonly caller: Caller
  readonly place: Place
  readonly targets: readonly Target[]
  /** Where an operation that changes state puts its writes; committed after the handler returns. */
  readonly change: Change
  /** What the audit record says beyond input and output. */
  readonly noted: { keyMaterialId?: string }
}

/** One handler per declared operation: a missing or misspelt one does not compile. */
export type Handlers = {
  readonly [N in BuiltName]: (input: Input<N>, call: Call) => Output<N> | Promise<Output<N>>
}
export type Family<N extends BuiltName> = Pick<Handlers, N>

/** The key of the call's n-th decision, which the row guarantees. */
export const targetKey = (call: Call, index = 0): Key => {
  const key = call.targets[index]?.key
  if (key === undefined) throw new TypeError(`the row resolves no key at ${index}`)
  return key
}
