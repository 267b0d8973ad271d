import type { IdentityResource } from '../../api/operation.ts'
import {
  groupArn,
  oidcProviderArn,
  parseIamArn,
  policyArn,
  roleArn,
  userArn,
} from '../../core/identity/arn.ts'
import { requireIdentityAllowed } from '../../core/identity/decision.ts'
import type { Question, Resolver } from '../resolve.ts'

/**
 * Finds the ARNs that a call of IAM is about, and decides it. What does not exist is decided by the
 * ARN that it would have: whoever may not ask does not learn whether it does.
 */
export const resolveIdentities: Resolver = async (_name, row, input, question, onTarget) => {
  const targets = []
  for (const { action, resource } of row.authorize) {
    if (resource.of !== 'identity') throw new TypeError(`IAM has nothing of ${resource.of}`)
    const named = resource.member === undefined ? undefined : input[resource.member]
    const arn = await arnOf(resource, named as string | undefined, question)
    const { caller, place } = question
    requireIdentityAllowed({ caller, action, resource: arn, owner: ownerOf(arn, place.account) })
    const target = { action }
    targets.push(target)
    onTarget(target)
  }
  return targets
}

/** What an ARN of another account names belongs to that account, whether or not it exists. */
const ownerOf = (arn: string, account: string): string => {
  const named = parseIamArn(arn)?.account
  return named === undefined || named === 'aws' ? account : named
}

const arnOf = async (
  { kind }: IdentityResource,
  named: string | undefined,
  { world, caller, place }: Question,
): Promise<string> => {
  const { account } = place
  const rooted = (name: string) => ({ account, path: '/', name })
  if (kind === undefined) return '*'
  if (named === undefined) return caller.arn
  switch (kind) {
    case 'user':
      return userArn((await world.identities.byName(account, 'user', named)) ?? rooted(named))
    case 'group':
      return groupArn((await world.identities.byName(account, 'group', named)) ?? rooted(named))
    case 'role':
      return roleArn((await world.identities.byName(account, 'role', named)) ?? rooted(named))
    case 'newPolicy':
      return policyArn(rooted(named))
    case 'oidc-provider':
      return named.startsWith('arn:') ? named : oidcProviderArn(account, named)
    case 'policy':
      return named
  }
}
