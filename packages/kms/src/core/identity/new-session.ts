import { KmsError } from '../../api/errors.ts'
import type { Clock, Random } from '../ports.ts'
import type { Hierarchy } from '../seal/hierarchy.ts'
import { newSessionKeyId } from './access-key.ts'
import { sealSession, type SessionClaims } from './session-token.ts'

/** Bytes of policies and tags that a session may carry, of which `PackedPolicySize` is the share. */
const packedBytesMax = 5120

export type SessionCredentials = {
  readonly AccessKeyId: string
  readonly SecretAccessKey: string
  readonly SessionToken: string
  readonly Expiration: number
}

type World = { readonly clock: Clock; readonly random: Random; readonly hierarchy: Hierarchy }

/**
 * Opens a session: what it may do is in its claims, and its credentials work until `seconds` from
 * now, in whole seconds. Throws PackedPolicyTooLargeException.
 */
export const openNewSession = (
  { clock, random, hierarchy }: World,
  claims: Omit<SessionClaims, 'issuedAtMs' | 'expiresAtMs'>,
  seconds: number,
): SessionCredentials => {
  const packed = packedPolicySize(claims) ?? 0
  if (packed > 100)
    throw new KmsError(
      'PackedPolicyTooLargeException',
      `Packed policy consumes ${packed}% of allotted space, please use smaller policy.`,
    )
  const issuedAtMs = clock.nowMs()
  const expiresAtMs = (Math.floor(issuedAtMs / 1000) + seconds) * 1000
  const accessKeyId = newSessionKeyId(random)
  const whole = { ...claims, issuedAtMs, expiresAtMs }
  const sealed = sealSession(hierarchy.tokenKey('session'), accessKeyId, whole, random)
  return {
    AccessKeyId: accessKeyId,
    SecretAccessKey: sealed.secretAccessKey,
    SessionToken: sealed.sessionToken,
    Expiration: expiresAtMs,
  }
}

/** How much of the room for policies and tags is used, in percent; absent if there are none. */
export const packedPolicySize = ({
  policy,
  policyIds,
  tags,
}: Pick<SessionClaims, 'policy' | 'policyIds' | 'tags'>): number | undefined => {
  if (policy === undefined && policyIds === undefined && tags === undefined) return undefined
  const bytes = Buffer.byteLength(JSON.stringify([policy, policyIds, tags]))
  return Math.ceil((bytes * 100) / packedBytesMax)
}
