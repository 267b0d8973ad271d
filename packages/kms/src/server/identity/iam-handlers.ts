import type { IamOperations } from '../../api/iam.ts'
import type { HandlersOf } from '../call.ts'
import { absentHandlers } from './absent.ts'
import { accessKeyHandlers } from './access-keys.ts'
import { accountHandlers } from './account.ts'
import { attachmentHandlers } from './attachments.ts'
import { groupHandlers } from './groups.ts'
import { inlinePolicyHandlers } from './inline-policies.ts'
import { oidcProviderHandlers } from './oidc-providers.ts'
import { policyHandlers } from './policies.ts'
import { policyVersionHandlers } from './policy-versions.ts'
import { roleHandlers } from './roles.ts'
import { simulationHandlers } from './simulation.ts'
import { userHandlers } from './users.ts'

/** The work of every operation of IAM, by its name. */
export const iamHandlers: HandlersOf<IamOperations> = {
  ...userHandlers,
  ...accessKeyHandlers,
  ...groupHandlers,
  ...roleHandlers,
  ...inlinePolicyHandlers,
  ...policyHandlers,
  ...policyVersionHandlers,
  ...attachmentHandlers,
  ...oidcProviderHandlers,
  ...accountHandlers,
  ...absentHandlers,
  ...simulationHandlers,
}
