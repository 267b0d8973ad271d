import { KmsError } from '../../api/errors.ts'
import type { Operation, Resource } from '../../api/operation.ts'
import {
  type CommittedBlob,
  discardCommitted,
  materialIdHalf,
  openCommitted,
  parseBlob,
} from '../../core/crypto/blob.ts'
import { parseKeyReference, type Place } from '../../core/keys/arn.ts'
import { lacksMaterial } from '../../core/keys/imported.ts'
import type { Key } from '../../core/keys/key.ts'
import { requireState } from '../../core/keys/key-state.ts'
import type { LoadedMaterial } from '../../core/keys/material.ts'
import { requireKeyAccess } from '../access/decide.ts'
import type { Target } from '../call.ts'
import type { Asking, NamedMembers, Question } from '../resolve.ts'
import { resolveKey, unlessNotFound } from './keys.ts'

const anyForm = { aliases: true, crossAccount: true }

export const resolveCiphertext = async (
  rule: Extract<Resource, { of: 'ciphertext' }>,
  asking: Asking,
): Promise<Target> => {
  const { subject, onTarget, caller } = asking
  const { action, input } = subject
  const ciphertext = input[rule.member] as Uint8Array | undefined
  const keyId = input[rule.key] as string | undefined
  const named = keyId === undefined ? undefined : await resolveKey(anyForm, keyId, asking)
  if (ciphertext === undefined) return withoutCiphertext(input, rule.member, named)
  // What an asymmetric key encrypted does not say by which: `input-checks.ts` wants it named.
  const algorithm = input[rule.algorithm] ?? 'SYMMETRIC_DEFAULT'
  if (named !== undefined && algorithm !== 'SYMMETRIC_DEFAULT') return named
  const opened = await openUnderAnyKey(ciphertext, asking)
  // Unknown material and a commitment that does not hold are one answer, told to the caller alone.
  if (opened === undefined) {
    // Whoever may use the key hears that its material is not there; nobody else does.
    if (named?.key !== undefined && lacksMaterial(named.key.record))
      requireState(subject.row.keyState, named.key, named.key.record.state)
    throw new KmsError('InvalidCiphertextException')
  }
  try {
    if (named?.key !== undefined) {
      if (opened.material.keyRowId !== named.key.rowId)
        throw wrongKey(opened.material.place, named.key)
      return { ...named, ...opened }
    }
    const key = await ownerOf(opened.material, asking)
    const isOwn = key.record.account === caller.account
    if (isOwn) onTarget({ action, key })
    const allowedBy = await requireKeyAccess(asking, subject, key, 'byCiphertext')
    if (!isOwn) onTarget({ action, key })
    return { action, key, allowedBy, ...opened }
  } catch (error) {
    discardCommitted(opened.committed)
    throw error
  }
}

/** Whether an operation takes from one key what it puts under another: ReEncrypt. */
export const hasTwoKeys = ({ authorize: [first, second] }: Operation): boolean =>
  first?.resource.of === 'ciphertext' && second?.resource.of === 'key'

/**
 * Of an operation with two keys, whether both are the same: conditions on the first may ask about it
 * before the second is looked up. What is wrong with either is told in its turn.
 */
export const sameKeyOf = async (
  row: Operation,
  input: NamedMembers,
  { place, world }: Question,
): Promise<boolean | undefined> => {
  const [first, second] = row.authorize
  if (first?.resource.of !== 'ciphertext' || second?.resource.of !== 'key') return undefined
  const keyNamedBy = (member: string): Promise<string | undefined> =>
    unlessNotFound(async () => {
      const reference = parseKeyReference(input[member] as string, place, true)
      return (await world.directory.requireKey(reference)).rowId
    })
  const { member, key } = first.resource
  const ciphertext = input[member] as Uint8Array | undefined
  const parsed = ciphertext && parseBlob(ciphertext)
  const material = parsed && (await world.directory.material(place.region, materialIdHalf(parsed)))
  const from = input[key] === undefined ? material?.keyRowId : await keyNamedBy(key)
  const to = await keyNamedBy(second.resource.member)
  return to !== undefined && from === to
}

const openUnderAnyKey = async (
  ciphertext: Uint8Array,
  { world, place }: Question,
): Promise<{ committed: CommittedBlob; material: LoadedMaterial } | undefined> => {
  const parsed = parseBlob(ciphertext)
  if (parsed === undefined) return undefined
  const material = await world.directory.material(place.region, materialIdHalf(parsed))
  if (material === undefined) return undefined
  const committed = openCommitted(material.material, parsed)
  return committed && { committed, material }
}

/** A key whose waiting period has ended counts as unknown, though its material is still there. */
const ownerOf = async (material: LoadedMaterial, { world }: Question): Promise<Key> => {
  const key = await world.directory.key(material.keyRowId)
  if (key === undefined) throw new KmsError('InvalidCiphertextException')
  return key
}

/** Within an account AWS says that the key is another one; across accounts it says nothing. */
const wrongKey = (owner: Place, named: Key): KmsError =>
  owner.account === named.record.account
    ? new KmsError(
        'IncorrectKeyException',
        'The key ID in the request does not identify a CMK that can perform this operation.',
      )
    : new KmsError('InvalidCiphertextException')

/** Only a DryRun that asks about permissions alone may leave out the ciphertext. */
const withoutCiphertext = (
  input: NamedMembers,
  member: string,
  named: Target | undefined,
): Target => {
  const modifiers = input['DryRunModifiers'] as readonly string[] | undefined
  const isPermissionCheck = input['DryRun'] === true && modifiers?.includes('IGNORE_CIPHERTEXT')
  if (isPermissionCheck === true && named !== undefined) return named
  const path = member.charAt(0).toLowerCase() + member.slice(1)
  throw new KmsError(
    'ValidationException',
    isPermissionCheck === true
      ? 'A KeyId is required when the ciphertext is ignored.'
      : `1 validation error detected: Value null at '${path}' failed to satisfy constraint: ` +
          'Member must not be null',
  )
}
