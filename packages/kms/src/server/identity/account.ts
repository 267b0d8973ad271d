import {
  inlineCharactersMax,
  managedCharactersMax,
  trustCharactersMax,
} from '../../core/access/language/limits.ts'
import type { TableName } from '../../core/ports.ts'
import { nameRowId } from '../../core/identity/records.ts'
import type { Call } from '../call.ts'
import { accessKeysMax } from './access-keys.ts'
import { attachedPoliciesMax } from './attachments.ts'
import type { IamFamily } from './family.ts'
import { groupsMax, groupsPerUserMax } from './groups.ts'
import { policiesMax } from './policies.ts'
import { versionsMax } from './policy-versions.ts'
import { rolesMax } from './roles.ts'
import { usersMax } from './users.ts'

export const accountHandlers: IamFamily<'GetAccountSummary' | 'ListAccountAliases'> = {
  async GetAccountSummary(_input, call) {
    const { account } = call.place
    const named = (kind: 'user' | 'group' | 'role' | 'policy') =>
      count(call, 'identity_name', { idPrefix: nameRowId(account, kind, '') })
    const policies = await call.state.listIds({
      table: 'managed_policy',
      parent: account,
      limit: countedMax,
    })
    let versions = 0
    for (const id of policies) versions += (await call.identities.versionsOf(id)).length
    const rootKeys = call.accessKeys.recordsOf(account, undefined)
    return {
      SummaryMap: new Map(
        Object.entries({
          ...quotas,
          Users: await named('user'),
          Groups: await named('group'),
          Roles: await named('role'),
          Policies: policies.length,
          PolicyVersionsInUse: versions,
          Providers: await count(call, 'oidc_provider', { parent: account }),
          AccountAccessKeysPresent: rootKeys.length > 0 ? 1 : 0,
        }),
      ),
    }
  },

  ListAccountAliases: () => ({ AccountAliases: [], IsTruncated: false }),
}

const countedMax = 100_000

const count = async (
  call: Call,
  table: TableName,
  query: { readonly parent?: string; readonly idPrefix?: string },
): Promise<number> => (await call.state.listIds({ table, ...query, limit: countedMax })).length

/** What there is none of, and the quotas, which are AWS's defaults. */
const quotas = {
  AccessKeysPerUserQuota: accessKeysMax,
  AccountMFAEnabled: 0,
  AccountPasswordPresent: 0,
  AccountSigningCertificatesPresent: 0,
  AssumeRolePolicySizeQuota: trustCharactersMax,
  AttachedPoliciesPerGroupQuota: attachedPoliciesMax,
  AttachedPoliciesPerRoleQuota: attachedPoliciesMax,
  AttachedPoliciesPerUserQuota: attachedPoliciesMax,
  GlobalEndpointTokenVersion: 2,
  GroupPolicySizeQuota: inlineCharactersMax.group,
  GroupsPerUserQuota: groupsPerUserMax,
  GroupsQuota: groupsMax,
  InstanceProfiles: 0,
  InstanceProfilesQuota: 0,
  MFADevices: 0,
  MFADevicesInUse: 0,
  PoliciesQuota: policiesMax,
  PolicySizeQuota: managedCharactersMax,
  PolicyVersionsInUseQuota: policiesMax * versionsMax,
  RolePolicySizeQuota: inlineCharactersMax.role,
  RolesQuota: rolesMax,
  ServerCertificates: 0,
  ServerCertificatesQuota: 0,
  SigningCertificatesPerUserQuota: 0,
  UserPolicySizeQuota: inlineCharactersMax.user,
  UsersQuota: usersMax,
  VersionsPerPolicyQuota: versionsMax,
}
