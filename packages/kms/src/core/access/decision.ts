import { KmsError } from '../../api/errors.ts'
import type { Caller } from '../identity/caller.ts'

/** What a call is about: an action on a resource that an account owns. */
export type Question = {
  readonly caller: Caller
  readonly action: string
  /** ARN of the key or alias; `*` where there is none. */
  readonly resource: string
  readonly owner: string
}

export type { Caller } from '../identity/caller.ts'

/**
 * Decides a call: the root of the account that owns the resource may do everything, for the key
 * policy is the default one; nobody else may do anything. Throws AccessDeniedException in AWS's
 * words, which do not tell whether the resource exists.
 */
export const requireAllowed = (question: Question): void => {
  const { caller, owner } = question
  if (caller.kind === 'Root' && caller.account === owner) return
  throw accessDenied(question)
}

const accessDenied = ({ caller, action, resource }: Question): KmsError =>
  new KmsError(
    'AccessDeniedException',
    `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource} because ` +
      'the resource does not exist in this Region, no resource-based policies allow access, or a ' +
      'resource-based policy explicitly denies access',
  )
