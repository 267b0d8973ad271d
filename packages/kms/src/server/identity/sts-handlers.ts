import { KmsError } from '../../api/errors.ts'
import type { StsOperations } from '../../api/sts.ts'
import { sessionArn } from '../../core/identity/arn.ts'
import { callerId } from '../../core/identity/caller.ts'
import { openNewSession, packedPolicySize } from '../../core/identity/new-session.ts'
import type { RoleRecord } from '../../core/identity/records.ts'
import type { SessionClaims } from '../../core/identity/session-token.ts'
import type { Call, HandlersOf } from '../call.ts'
import {
  requireDuration,
  requireSessionPolicies,
  requireSessionTags,
  requireSourceIdentity,
} from './session-limits.ts'

const userSecondsDefault = 43_200
const rootSecondsMax = 3600

/** The work of every operation of STS, by its name. */
export const stsHandlers: HandlersOf<StsOperations> = {
  GetCallerIdentity: (_input, { caller }) => ({
    UserId: callerId(caller),
    Account: caller.account,
    Arn: caller.arn,
  }),

  async AssumeRole(input, call) {
    const { caller } = call
    const role = targetRole(call)
    const seconds = requireDuration(role, caller, input.DurationSeconds)
    const claims = {
      ...roleClaims(role, input.RoleSessionName),
      ...(await requireSessionPolicies(call, role, input)),
      ...requireSessionTags(caller, input),
      ...requireSourceIdentity(caller, input.SourceIdentity),
    }
    return {
      Credentials: openNewSession(call, claims, seconds),
      AssumedRoleUser: assumedRole(role, input.RoleSessionName),
      PackedPolicySize: packedPolicySize(claims),
      SourceIdentity: claims.sourceIdentity,
    }
  },

  async AssumeRoleWithWebIdentity(input, call) {
    const { caller } = call
    const role = targetRole(call)
    if (caller.kind !== 'WebIdentityUser')
      throw new KmsError(
        'ValidationException',
        'AssumeRoleWithWebIdentity is called without a signature.',
      )
    const seconds = requireDuration(role, caller, input.DurationSeconds)
    const { arn: provider, subject, audience } = caller
    const claims = {
      ...roleClaims(role, input.RoleSessionName),
      ...(await requireSessionPolicies(call, role, input)),
      webIdentity: { provider, subject, audience },
    }
    return {
      Credentials: openNewSession(call, claims, seconds),
      SubjectFromWebIdentityToken: subject,
      AssumedRoleUser: assumedRole(role, input.RoleSessionName),
      PackedPolicySize: packedPolicySize(claims),
      Provider: provider,
      Audience: audience,
    }
  },

  GetSessionToken(input, call) {
    const { caller } = call
    if (caller.kind === 'WebIdentityUser' || caller.session !== undefined)
      throw new KmsError(
        'AccessDeniedException',
        'Cannot call GetSessionToken with session credentials',
      )
    const isRoot = caller.kind === 'Root'
    const claims: SessionParts = {
      account: caller.account,
      kind: isRoot ? 'root' : 'user',
      principalId: callerId(caller),
      madeBy: caller.accessKeyId,
    }
    const asked = input.DurationSeconds ?? userSecondsDefault
    // AWS gives the root an hour, whatever longer time it asks for.
    const seconds = isRoot ? Math.min(asked, rootSecondsMax) : asked
    return { Credentials: openNewSession(call, claims, seconds) }
  },

  GetAccessKeyInfo: (input, call) => ({
    Account: call.accessKeys.record(input.AccessKeyId)?.account,
  }),
}

type SessionParts = Omit<SessionClaims, 'issuedAtMs' | 'expiresAtMs'>

/** The role that the call's decision was about. */
const targetRole = (call: Call): RoleRecord => {
  const role = call.targets[0]?.role
  if (role === undefined) throw new TypeError('the row resolves no role')
  return role
}

const roleClaims = (role: RoleRecord, name: string): SessionParts => ({
  account: role.account,
  kind: 'role',
  principalId: role.roleId,
  name,
})

const assumedRole = (role: RoleRecord, name: string) => ({
  AssumedRoleId: `${role.roleId}:${name}`,
  Arn: sessionArn(role.account, role.name, name),
})
