import { KmsError } from '../../../api/errors.ts'
import type { CompiledPolicy } from './compiled-policy.ts'
import { Evaluation } from './evaluation.ts'
import type { AccessRequest } from './request.ts'
import { findAllowFor, findDeny } from './search.ts'

const putKeyPolicy = 'kms:PutKeyPolicy'

/**
 * The lockout safety check: a new key policy has to let its author, or the author's account, put
 * another one. `request` is the call that brings the policy, CreateKey or PutKeyPolicy, on its key.
 * Identity policies and grants do not count. Throws MalformedPolicyDocumentException. A request with
 * BypassPolicyLockoutSafetyCheck is not to be checked.
 */
export const requireNoLockout = (policy: CompiledPolicy, request: AccessRequest): void => {
  const evaluation = new Evaluation({ ...request, action: putKeyPolicy }, false)
  const tiers = ['direct', 'role', 'account'] as const
  if (
    findDeny(policy, evaluation) === undefined &&
    tiers.some((tier) => findAllowFor(policy, tier, evaluation) !== undefined)
  )
    return
  throw new KmsError(
    'MalformedPolicyDocumentException',
    'The new key policy will not allow you to update the key policy in the future.',
  )
}
