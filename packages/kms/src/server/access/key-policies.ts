import type { Operation } from '../../api/operation.ts'
import { compilePolicy } from '../../core/access/evaluate/compiled-policy.ts'
import { requireNoLockout } from '../../core/access/evaluate/lockout.ts'
import type { KeyPolicyRecord } from '../../core/access/key-policy.ts'
import { requireKeyPolicySize } from '../../core/access/language/limits.ts'
import { parsePolicy } from '../../core/access/language/parse.ts'
import { bindPrincipals } from '../../core/access/language/principals.ts'
import type { Key } from '../../core/keys/key.ts'
import type { Call } from '../call.ts'
import { findPrincipal } from '../identity/documents.ts'
import type { NamedMembers } from '../resolve.ts'
import { requestOf } from './decide.ts'

/** The call that brings a policy, and the key that the policy is for, which may not exist yet. */
export type PolicyUse = { readonly row: Operation; readonly input: NamedMembers; readonly key: Key }

/**
 * Checks a key policy, and binds the users and roles that it names to their unique ids. Rejects with
 * MalformedPolicyDocumentException for what is no policy, names nobody, or would lock its author out;
 * with LimitExceededException for one that is too long.
 */
export const newKeyPolicy = async (
  call: Call,
  policy: string,
  { row, input, key }: PolicyUse,
): Promise<KeyPolicyRecord> => {
  requireKeyPolicySize(policy)
  const document = parsePolicy('key', policy)
  const principalIds = await bindPrincipals(document, findPrincipal(call))
  if (input['BypassPolicyLockoutSafetyCheck'] !== true) {
    const compiled = compilePolicy(document, { kind: 'key', name: '' }, { principalIds })
    const subject = { action: 'kms:PutKeyPolicy', row, input, context: undefined }
    const { account } = key.record
    const question = { ...call, world: call, onDecision: () => undefined }
    const facts = { key, aliases: [], lastUseAtMs: undefined }
    requireNoLockout(compiled, requestOf(question, subject, key.arn, account, facts))
  }
  return { policy, principalIds: [...principalIds] }
}
