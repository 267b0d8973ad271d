import { KmsError } from '../../../api/errors.ts'
import type { PolicySource } from './compiled-policy.ts'
import type { Refusal } from './decision.ts'
import type { AccessRequest } from './request.ts'

/**
 * The refusal as it goes on the wire, in AWS's words: AccessDeniedException, which IAM and STS call
 * AccessDenied. It names the kind of policy and no more; of another account's resource it does not
 * even tell whether there is one. `what` stands for the resource where a service does not print its
 * ARN.
 */
export const accessDenied = (
  request: AccessRequest,
  refusal: Refusal,
  what: string = `resource: ${request.resource}`,
): KmsError => {
  const { principal, action } = request
  if (principal.kind === 'WebIdentity')
    return new KmsError('AccessDeniedException', `Not authorized to perform ${action}`)
  const text = `User: ${principal.arn} is not authorized to perform: ${action} on ${what}`
  return new KmsError('AccessDeniedException', text + reasonText(action, refusal))
}

const reasonText = (action: string, refusal: Refusal): string => {
  // STS says no more than that: neither side learns whether the role exists, or what it trusts.
  if (action.startsWith('sts:')) return ''
  switch (refusal.kind) {
    case 'explicitDeny':
      return refusal.crossAccount
        ? notSharedText
        : ` with an explicit deny in ${ofKind[refusal.found.policy.source.kind]}`
    case 'notShared':
      return notSharedText
    case 'noResourceAllow':
      return noneAllows('resource-based policy', action)
    case 'noIdentityAllow':
      return noneAllows('identity-based policy', action)
    case 'noBoundaryAllow':
      return noneAllows('permissions boundary', action)
    case 'noSessionAllow':
      return noneAllows('session policy', action)
  }
}

const noneAllows = (what: string, action: string): string =>
  ` because no ${what} allows the ${action} action`

const notSharedText =
  ' because the resource does not exist in this Region, no resource-based policies allow access, ' +
  'or a resource-based policy explicitly denies access'

const ofKind: Readonly<Record<PolicySource['kind'], string>> = {
  key: 'a resource-based policy',
  trust: 'the role trust policy',
  identity: 'an identity-based policy',
  session: 'a session policy',
  boundary: 'a permissions boundary',
}
