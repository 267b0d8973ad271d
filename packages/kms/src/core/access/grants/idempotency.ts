import type { ContextPairs } from './constraints.ts'
import type { GrantRecord } from './grant.ts'

/** What CreateGrant is asked for. */
export type GrantRequest = Pick<
  GrantRecord,
  | 'keyArn'
  | 'name'
  | 'granteePrincipal'
  | 'granteeId'
  | 'retiringPrincipal'
  | 'retiringId'
  | 'issuingAccount'
  | 'operations'
  | 'constraints'
>

/**
 * One text for all calls of CreateGrant that ask for the same grant by the same name: the second
 * gets the grant of the first. `undefined` without a name, for then each call makes a new one. The
 * order of operations and of pairs makes no difference; the case of a context key does.
 */
export const idempotencyKey = (request: GrantRequest): string | undefined => {
  if (request.name === undefined) return undefined
  const { constraints } = request
  return JSON.stringify([
    request.keyArn,
    request.name,
    request.granteePrincipal,
    request.granteeId,
    request.retiringPrincipal,
    request.retiringId,
    request.issuingAccount,
    [...new Set(request.operations)].sort(),
    sortedPairs(constraints.encryptionContextEquals),
    sortedPairs(constraints.encryptionContextSubset),
    constraints.sourceArn,
  ])
}

const sortedPairs = (pairs: ContextPairs | undefined): ContextPairs | undefined =>
  pairs?.toSorted(([left], [right]) => (left < right ? -1 : 1))
