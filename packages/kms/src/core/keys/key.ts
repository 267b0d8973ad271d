import { KmsError } from '../../api/errors.ts'
import type { KeyStateRule } from '../../api/operation.ts'
import { keyArn, type Place } from './arn.ts'
import type { BuiltKeySpec } from './key-spec.ts'

/** What the store holds of a key. Its material and its policy have rows of their own. */
export type KeyRecord = {
  readonly region: string
  readonly account: string
  readonly keyId: string
  readonly createdAtMs: number
  readonly description: string
  readonly state: 'Enabled' | 'Disabled' | 'PendingDeletion'
  /** When the material is destroyed; only while PendingDeletion. */
  readonly deletionAtMs?: number
  readonly spec: BuiltKeySpec
  readonly usage: 'ENCRYPT_DECRYPT'
  readonly origin: 'AWS_KMS'
  readonly multiRegion: false
  /** Hex, 64 digits: the material that encrypts now. */
  readonly currentMaterialId: string
  /** Key and value, in the order in which they were first set. */
  readonly tags: readonly (readonly [key: string, value: string])[]
}

/** A key as the directory hands it out: its record, and what is derived from it once. */
export type Key = {
  readonly rowId: string
  readonly arn: string
  readonly record: KeyRecord
}

export const keyRowId = (place: Place, keyId: string): string =>
  `${place.region}/${place.account}/${keyId}`

export const keyOf = (record: KeyRecord): Key => ({
  rowId: keyRowId(record, record.keyId),
  arn: keyArn(record, record.keyId),
  record,
})

/**
 * Refuses a key whose state does not allow the operation, in AWS's words (Developer Guide, "Key
 * states of AWS KMS keys"). A key whose waiting period is over never comes here: it is not found.
 */
export const requireState = (rule: KeyStateRule, key: Key): void => {
  const { state } = key.record
  if (rule === 'any') return
  if (rule === 'pendingDeletion') {
    if (state !== 'PendingDeletion') throw invalidState(`${key.arn} is not pending deletion.`)
    return
  }
  if (state === 'PendingDeletion') throw invalidState(`${key.arn} is pending deletion.`)
  if (rule === 'usable' && state === 'Disabled')
    throw new KmsError('DisabledException', `${key.arn} is disabled.`)
}

const invalidState = (message: string): KmsError =>
  new KmsError('KMSInvalidStateException', message)

/** Refuses a key whose usage is not the one that the operation works with. */
export const requireUsage = (usage: string, key: Key, operation: string): void => {
  if (key.record.usage === usage) return
  throw new KmsError(
    'InvalidKeyUsageException',
    `${key.arn} key usage is ${key.record.usage} which is not valid for ${operation}.`,
  )
}

/** Refuses an algorithm that the key's spec does not have; absent, it is SYMMETRIC_DEFAULT. */
export const requireAlgorithm = (key: Key, algorithm: string | undefined): 'SYMMETRIC_DEFAULT' => {
  if (algorithm === undefined || algorithm === 'SYMMETRIC_DEFAULT') return 'SYMMETRIC_DEFAULT'
  throw new KmsError(
    'InvalidKeyUsageException',
    `Algorithm ${algorithm} is incompatible with key spec ${key.record.spec}.`,
  )
}
