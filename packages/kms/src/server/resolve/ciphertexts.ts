import { KmsError } from '../../api/errors.ts'
import type { Operation, Resource } from '../../api/operation.ts'
import {
  type CommittedBlob,
  discardCommitted,
  materialIdHalf,
  openCommitted,
  type ParsedBlob,
  parseBlob,
} from '../../core/crypto/blob.ts'
import { parseKeyReference, type Place } from '../../core/keys/arn.ts'
import { lacksMaterial } from '../../core/keys/imported.ts'
import type { Key } from '../../core/keys/key.ts'
import { requireState } from '../../core/keys/key-state.ts'
import type { LoadedMaterial } from '../../core/keys/material.ts'
import { type Soon, unlessFailed, whenSoon } from '../../core/soon.ts'
import type { Target } from '../call.ts'
import type { Asking, NamedMembers, Question } from '../resolve.ts'
import { type KeyTarget, requireTarget, resolveKey, unlessNotFound } from './keys.ts'

const anyForm = { aliases: true, crossAccount: true }

type Rule = Extract<Resource, { of: 'ciphertext' }>

/** A ciphertext that was made with this material. */
type Opened = { readonly committed: CommittedBlob; readonly material: LoadedMaterial }

export const resolveCiphertext = (rule: Rule, asking: Asking): Soon<Target> => {
  const { input } = asking.subject
  const ciphertext = input[rule.member] as Uint8Array | undefined
  const keyId = input[rule.key] as string | undefined
  if (keyId !== undefined)
    return whenSoon(resolveKey(anyForm, keyId, asking), (named) =>
      openUnderNamed(named, ciphertext, rule, asking),
    )
  if (ciphertext === undefined) return withoutCiphertext(input, rule.member)
  const opened = openUnderAnyKey(ciphertext, asking.question)
  return opened instanceof Promise
    ? opened.then((later) => requireOwner(later, asking))
    : requireOwner(opened, asking)
}

const openUnderNamed = (
  named: KeyTarget,
  ciphertext: Uint8Array | undefined,
  rule: Rule,
  { question, subject }: Asking,
): Soon<Target> => {
  const { input, row } = subject
  if (ciphertext === undefined) return withoutCiphertext(input, rule.member, named)
  // What an asymmetric key encrypted does not say by which: `input-checks.ts` wants it named.
  const algorithm = input[rule.algorithm] ?? 'SYMMETRIC_DEFAULT'
  if (algorithm !== 'SYMMETRIC_DEFAULT') return named
  return whenSoon(openUnderAnyKey(ciphertext, question), (opened) => {
    const { key } = named
    if (opened === undefined) {
      // Whoever may use the key hears that its material is not there; nobody else does.
      if (lacksMaterial(key.record)) requireState(row.keyState, key, key.record.state)
      throw unknownCiphertext()
    }
    if (opened.material.keyRowId === key.rowId) return { ...named, ...opened }
    discardCommitted(opened.committed)
    throw wrongKey(opened.material.place, key)
  })
}

/** The target of whoever may use the key that a ciphertext was made with, which nobody named. */
const requireOwner = (opened: Opened | undefined, asking: Asking): Soon<Target> => {
  if (opened === undefined) throw unknownCiphertext()
  return unlessFailed(
    () =>
      whenSoon(ownerOf(opened.material, asking.question), (key) =>
        requireTarget({ action: asking.subject.action, key, ...opened }, asking, 'byCiphertext'),
      ),
    () => discardCommitted(opened.committed),
  )
}

/** Unknown material and a commitment that does not hold are one answer, told to the caller alone. */
const unknownCiphertext = (): KmsError => new KmsError('InvalidCiphertextException')

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

const openUnderAnyKey = (
  ciphertext: Uint8Array,
  { world, place }: Question,
): Soon<Opened | undefined> => {
  const parsed = parseBlob(ciphertext)
  if (parsed === undefined) return undefined
  const material = world.directory.material(place.region, materialIdHalf(parsed))
  return material instanceof Promise
    ? material.then((later) => openUnder(later, parsed))
    : openUnder(material, parsed)
}

const openUnder = (
  material: LoadedMaterial | undefined,
  parsed: ParsedBlob,
): Opened | undefined => {
  const committed = material && openCommitted(material.material, parsed)
  return committed && material && { committed, material }
}

/** A key whose waiting period has ended counts as unknown, though its material is still there. */
const ownerOf = (material: LoadedMaterial, { world }: Question): Soon<Key> =>
  whenSoon(world.directory.key(material.keyRowId), (key) => {
    if (key === undefined) throw unknownCiphertext()
    return key
  })

/** Within an account AWS says that the key is another one; across accounts it says nothing. */
const wrongKey = (owner: Place, named: Key): KmsError =>
  owner.account === named.record.account
    ? new KmsError(
        'IncorrectKeyException',
        'The key ID in the request does not identify a CMK that can perform this operation.',
      )
    : unknownCiphertext()

/** Only a DryRun that asks about permissions alone may leave out the ciphertext. */
const withoutCiphertext = (input: NamedMembers, member: string, named?: Target): Target => {
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
