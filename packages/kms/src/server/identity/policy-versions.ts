import { KmsError } from '../../api/errors.ts'
import { noSuchEntity } from '../../core/identity/identities.ts'
import {
  type PolicyRecord,
  type PolicyVersionRecord,
  versionRowId,
} from '../../core/identity/records.ts'
import type { Call } from '../call.ts'
import { encodeDocument } from './documents.ts'
import type { IamFamily } from './family.ts'
import { pageOfList } from './paging.ts'
import { findPolicy, putPolicy, putVersion, requirePolicyDocument } from './policies.ts'

export const versionsMax = 5

export const policyVersionHandlers: IamFamily<
  | 'CreatePolicyVersion'
  | 'GetPolicyVersion'
  | 'ListPolicyVersions'
  | 'SetDefaultPolicyVersion'
  | 'DeletePolicyVersion'
> = {
  async CreatePolicyVersion(input, call) {
    const policy = await requireAttachable(call, input.PolicyArn)
    requirePolicyDocument(input.PolicyDocument)
    if ((await call.identities.versionsOf(policy.policyId)).length >= versionsMax)
      throw new KmsError(
        'LimitExceededException',
        `A managed policy can have up to ${versionsMax} versions. Before you create a new ` +
          'version, you must delete an existing version.',
      )
    const version = policy.newestVersion + 1
    const isDefault = input.SetAsDefault === true
    const createdAtMs = putVersion(call, policy.policyId, version, input.PolicyDocument)
    putPolicy(call, {
      ...policy,
      newestVersion: version,
      defaultVersion: isDefault ? version : policy.defaultVersion,
      updatedAtMs: createdAtMs,
    })
    return {
      PolicyVersion: {
        VersionId: `v${version}`,
        IsDefaultVersion: isDefault,
        CreateDate: createdAtMs,
      },
    }
  },

  async GetPolicyVersion(input, call) {
    const { policy, version } = await requireVersion(call, input)
    return {
      PolicyVersion: {
        ...versionView(policy, version),
        Document: encodeDocument(version.document),
      },
    }
  },

  async ListPolicyVersions(input, call) {
    const policy = await requireAttachable(call, input.PolicyArn)
    const versions = (await call.identities.versionsOf(policy.policyId)).toReversed()
    // Newest first, so the ids that a page ends with have to grow as the numbers fall.
    const idOf = ({ version }: PolicyVersionRecord): string => String(100_000 - version)
    const page = pageOfList(call, 'ListPolicyVersions', policy.policyId, input, versions, idOf)
    return { Versions: page.items.map((each) => versionView(policy, each)), ...page.end }
  },

  async SetDefaultPolicyVersion(input, call) {
    const { policy, version } = await requireVersion(call, input)
    if (policy.defaultVersion === version.version) return
    const updatedAtMs = call.clock.nowMs()
    putPolicy(call, { ...policy, defaultVersion: version.version, updatedAtMs })
  },

  async DeletePolicyVersion(input, call) {
    const { policy, version } = await requireVersion(call, input)
    if (policy.defaultVersion === version.version)
      throw new KmsError(
        'DeleteConflictException',
        'Cannot delete the default version of a policy.',
      )
    call.change.remove('policy_version', versionRowId(policy.policyId, version.version))
  },
}

export const notAttachable = (arn: string, version?: string): KmsError =>
  noSuchEntity(
    `Policy ${arn}${version === undefined ? '' : ` version ${version}`} does not exist or is ` +
      'not attachable.',
  )

const requireAttachable = async (call: Call, arn: string): Promise<PolicyRecord> => {
  const policy = await findPolicy(call, arn)
  if (policy === undefined) throw notAttachable(arn)
  return policy
}

const requireVersion = async (
  call: Call,
  input: { readonly PolicyArn: string; readonly VersionId: string },
): Promise<{ readonly policy: PolicyRecord; readonly version: PolicyVersionRecord }> => {
  const policy = await findPolicy(call, input.PolicyArn)
  const versions = policy === undefined ? [] : await call.identities.versionsOf(policy.policyId)
  const version = versions.find((each) => `v${each.version}` === input.VersionId)
  if (policy !== undefined && version !== undefined) return { policy, version }
  throw notAttachable(input.PolicyArn, input.VersionId)
}

const versionView = (policy: PolicyRecord, { version, createdAtMs }: PolicyVersionRecord) => ({
  VersionId: `v${version}`,
  IsDefaultVersion: policy.defaultVersion === version,
  CreateDate: createdAtMs,
})
