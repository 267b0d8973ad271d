import { KmsError } from '../../api/errors.ts'
import { boundName } from '../../core/access/principals/principal.ts'
import { parsePrincipal } from '../../core/access/principals/reference.ts'
import type { Call } from '../call.ts'
import { findPrincipal } from '../identity/documents.ts'

/** A principal that a grant is to name: its ARN, and its unique id if it is a user or role. */
export type Party = { readonly arn: string; readonly id: string | undefined }

/** Finds a principal by its ARN. Rejects with InvalidArnException if there is none. */
export const requireParty = async (call: Call, arn: string): Promise<Party> => {
  const id = arn.startsWith('arn:')
    ? await findPrincipal(call)({ type: 'AWS', text: arn })
    : undefined
  if (id === undefined) throw noPrincipal(arn)
  return { arn, id: id === '' ? undefined : id }
}

/** The name by which grants know a principal of the caller's account that may retire them. */
export const requireRetiringName = async (call: Call, arn: string): Promise<string> => {
  const { id } = await requireParty(call, arn)
  const reference = parsePrincipal(arn)
  if (reference?.account !== call.caller.account) throw noPrincipal(arn)
  return id === undefined ? reference.name : boundName(reference, id)
}

const noPrincipal = (arn: string): KmsError =>
  new KmsError('InvalidArnException', `ARN does not refer to a valid principal: ${arn}`)
