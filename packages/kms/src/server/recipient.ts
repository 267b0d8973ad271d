import type { Operation } from '../api/operation.ts'
import { encryptForRecipient } from '../core/attestation/enveloped.ts'
import type { Recipient } from '../core/attestation/verify.ts'
import type { Call, World } from './call.ts'
import { missing } from './missing.ts'
import type { NamedMembers } from './resolve.ts'
import { secretNamesOf } from './secrets.ts'

/** The member as it was decoded; the model asks for neither part. */
type RecipientMember = {
  readonly KeyEncryptionAlgorithm?: 'RSAES_OAEP_SHA_256'
  readonly AttestationDocument?: Uint8Array
}

/**
 * Whom the answer is for; `undefined` is the caller. It is verified before anything is decided, for
 * policies ask what was measured of it. Throws ValidationException.
 */
export const requireRecipient = (
  input: NamedMembers,
  { attestation, clock }: World,
): Recipient | undefined => {
  const member = input['Recipient'] as RecipientMember | undefined
  if (member === undefined) return undefined
  if (member.KeyEncryptionAlgorithm === undefined) throw missing('recipient.keyEncryptionAlgorithm')
  if (member.AttestationDocument === undefined) throw missing('recipient.attestationDocument')
  return attestation.verify(member.AttestationDocument, clock.nowMs())
}

/**
 * The answer as it leaves: its one secret, where the call has a recipient, encrypted for that and
 * erased. Which member it is the row says, so that no operation can forget it. AWS then leaves the id
 * of the material out as well; the audit record has it.
 */
export const addressed = (
  row: Operation,
  output: unknown,
  { recipient, random, noted }: Pick<Call, 'recipient' | 'random' | 'noted'>,
): unknown => {
  if (recipient === undefined) return output
  const members = output as Readonly<Record<string, unknown>>
  const [name, ...more] = secretNamesOf(row.output ?? {}).filter((each) => each in members)
  const secret = name === undefined ? undefined : members[name]
  if (name === undefined || more.length > 0 || !(secret instanceof Uint8Array))
    throw new TypeError('an answer for a recipient has to have one secret')
  const { [name]: _, KeyMaterialId, ...others } = members
  if (typeof KeyMaterialId === 'string') noted.keyMaterialId = KeyMaterialId
  try {
    return {
      ...others,
      CiphertextForRecipient: encryptForRecipient(secret, recipient.publicKey, random),
    }
  } finally {
    secret.fill(0)
  }
}
