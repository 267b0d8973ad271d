import { KmsError } from '../../api/errors.ts'
import type { Caller } from './caller.ts'

/** What a call of IAM or STS is about: an action on a resource that an account owns. */
export type IdentityQuestion = {
  readonly caller: Caller
  readonly action: string
  /** ARN of the user, role, …; `*` where there is none. */
  readonly resource: string
  readonly owner: string
}

/**
 * Decides a call of IAM or STS: the root of the account may do everything, nobody else anything.
 * Throws AccessDeniedException in IAM's words.
 */
export const requireIdentityAllowed = (question: IdentityQuestion): void => {
  const { caller, action, resource, owner } = question
  if (caller.kind === 'Root' && caller.account === owner) return
  throw new KmsError(
    'AccessDeniedException',
    `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource} ` +
      `because no identity-based policy allows the ${action} action`,
  )
}
