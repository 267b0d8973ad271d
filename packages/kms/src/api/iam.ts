import * as absent from './iam/absent.ts'
import * as accessKeys from './iam/access-keys.ts'
import * as account from './iam/account.ts'
import * as attachments from './iam/attachments.ts'
import * as groups from './iam/groups.ts'
import * as inlinePolicies from './iam/inline-policies.ts'
import * as oidcProviders from './iam/oidc-providers.ts'
import * as policies from './iam/policies.ts'
import * as policyVersions from './iam/policy-versions.ts'
import * as roles from './iam/roles.ts'
import * as simulation from './iam/simulation.ts'
import * as users from './iam/users.ts'
import type { Operation } from './operation.ts'
import type { Service } from './service.ts'

/** Every operation of IAM that is built. */
export const iamOperations = {
  ...users,
  ...accessKeys,
  ...groups,
  ...roles,
  ...inlinePolicies,
  ...policies,
  ...policyVersions,
  ...attachments,
  ...oidcProviders,
  ...account,
  ...absent,
  ...simulation,
} as const satisfies { readonly [name: string]: Operation }

export type IamOperations = typeof iamOperations

/** AWS Identity and Access Management, as far as Keyhold serves it. */
export const iam = {
  name: 'iam',
  region: 'us-east-1',
  protocol: 'query',
  apiVersion: '2010-05-08',
  namespace: 'https://iam.amazonaws.com/doc/2010-05-08/',
  wording: 'iam',
  operations: iamOperations,
} as const satisfies Service
