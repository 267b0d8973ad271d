import { KmsError } from '../../../api/errors.ts'
import { toHex } from '../../crypto/bytes.ts'
import type { Random } from '../../ports.ts'

export const newGrantId = (random: Random): string => toHex(random.bytes(32))

/** Refuses what cannot be the id of a grant. AWS's own text for it is not known. */
export const requireGrantId = (text: string): string => {
  if (/^[0-9a-f]{64}$/.test(text)) return text
  throw new KmsError('InvalidGrantIdException', `Invalid grant id ${text}`)
}

/** AWS's own text for it is not known. */
export const grantNotFound = (grantId: string): KmsError =>
  new KmsError('NotFoundException', `Grant ${grantId} is not found.`)
