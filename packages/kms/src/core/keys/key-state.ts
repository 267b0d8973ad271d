import { KmsError } from '../../api/errors.ts'
import type { KeyStateRule } from '../../api/operation.ts'
import type { keyStateShape } from '../../api/members.ts'
import { notConnectedText } from '../key-stores/failures.ts'
import type { Key } from './key.ts'

export type KeyState = (typeof keyStateShape.values)[number]

/** What the store says; `Unavailable`, `Creating` and `Updating` are not kept but worked out. */
export type StoredKeyState = Exclude<KeyState, 'Unavailable' | 'Creating' | 'Updating'>

const awaitsDeletion: readonly KeyState[] = ['PendingDeletion', 'PendingReplicaDeletion']

/** In the order in which AWS names what is in the way. */
const refusedStates: { readonly [R in KeyStateRule]: readonly KeyState[] } = {
  any: [],
  pendingDeletion: [],
  notPendingDeletion: awaitsDeletion,
  switchable: [...awaitsDeletion, 'PendingImport'],
  hasMaterial: [...awaitsDeletion, 'PendingImport', 'Unavailable'],
  enabled: [...awaitsDeletion, 'PendingImport', 'Disabled'],
  // What awaits its import has an origin that does not rotate by itself, which AWS says instead.
  rotatable: [...awaitsDeletion, 'Disabled'],
  usable: [...awaitsDeletion, 'PendingImport', 'Unavailable', 'Disabled'],
}

const phrases: { readonly [S in KeyState]?: string } = {
  PendingDeletion: 'is pending deletion.',
  PendingReplicaDeletion: 'is pending replica deletion.',
  PendingImport: 'is pending import.',
  Unavailable: 'is unavailable.',
  Disabled: 'is disabled.',
}

/**
 * Refuses a key whose state does not allow the operation, in AWS's words (Developer Guide, "Key
 * states of AWS KMS keys"). A key whose waiting period is over never comes here: it is not found.
 */
export const requireState = (rule: KeyStateRule, { arn, record }: Key, state: KeyState): void => {
  if (rule === 'pendingDeletion' && !awaitsDeletion.includes(state))
    throw invalidState(`${arn} is not pending deletion.`)
  if (!refusedStates[rule].includes(state)) return
  const message =
    state === 'Unavailable' && record.origin === 'EXTERNAL_KEY_STORE'
      ? notConnectedText('EXTERNAL_KEY_STORE')
      : `${arn} ${phrases[state]}`
  throw state === 'Disabled' ? new KmsError('DisabledException', message) : invalidState(message)
}

const invalidState = (message: string): KmsError =>
  new KmsError('KMSInvalidStateException', message)
