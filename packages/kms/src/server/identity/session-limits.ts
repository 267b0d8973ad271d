import { KmsError } from '../../api/errors.ts'
import { parsePolicy } from '../../core/access/language/parse.ts'
import type { Caller } from '../../core/identity/caller.ts'
import type { RoleRecord } from '../../core/identity/records.ts'
import type { SessionClaims } from '../../core/identity/session-token.ts'
import type { Tags } from '../../core/keys/tags.ts'
import type { Call } from '../call.ts'

const secondsDefault = 3600
const chainedSecondsMax = 3600
const sessionPolicyMax = 2048
const policyArnsMax = 10

/** How long a session of the role may last, of what was asked for. */
export const requireDuration = (
  role: RoleRecord,
  caller: Caller,
  asked: number | undefined,
): number => {
  const seconds = asked ?? secondsDefault
  if (caller.kind === 'AssumedRole' && seconds > chainedSecondsMax)
    throw new KmsError(
      'ValidationException',
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
    )
  if (seconds > role.maxSessionSeconds)
    throw new KmsError(
      'ValidationException',
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    )
  return seconds
}

type PolicyInput = {
  readonly Policy?: string | undefined
  readonly PolicyArns?: readonly { readonly arn?: string | undefined }[] | undefined
}

/** The policies that are to limit a session, checked. */
export const requireSessionPolicies = async (
  call: Call,
  role: RoleRecord,
  { Policy: policy, PolicyArns: listed = [] }: PolicyInput,
): Promise<Pick<SessionClaims, 'policy' | 'policyIds'>> => {
  if (policy !== undefined) {
    parsePolicy('session', policy)
    if (policy.length > sessionPolicyMax)
      throw new KmsError(
        'PackedPolicyTooLargeException',
        `The session policy is longer than ${sessionPolicyMax} characters.`,
      )
  }
  const policyArns = [...new Set(listed.map(({ arn }) => arn ?? ''))]
  if (policyArns.length > policyArnsMax)
    throw new KmsError(
      'ValidationException',
      `A session can have at most ${policyArnsMax} managed policies.`,
    )
  const policyIds: string[] = []
  for (const arn of policyArns) {
    const found = await call.identities.policyByArn(arn)
    if (found?.account !== role.account)
      throw new KmsError(
        'ValidationException',
        `Policy ${arn.slice(0, 256)} does not exist or is not attachable.`,
      )
    policyIds.push(found.policyId)
  }
  return {
    ...(policy === undefined ? {} : { policy }),
    ...(policyIds.length === 0 ? {} : { policyIds }),
  }
}

type TagInput = {
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[] | undefined
  readonly TransitiveTagKeys?: readonly string[] | undefined
}

const invalidParameter = (why: string): KmsError =>
  new KmsError('InvalidParameterValueException', why)

/** The tags of a new session: those that are given, and those that the caller's own hands on. */
export const requireSessionTags = (
  caller: Caller,
  { Tags: given = [], TransitiveTagKeys: asked = [] }: TagInput,
): Pick<SessionClaims, 'tags' | 'transitiveTagKeys'> => {
  const fold = (key: string): string => key.toLowerCase()
  const keys = new Set(given.map(({ Key }) => fold(Key)))
  if (keys.size < given.length)
    throw invalidParameter(
      'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
    )
  if (given.some(({ Key }) => /^aws:/i.test(Key)))
    throw invalidParameter('Tag keys beginning with aws: are reserved.')
  if (!asked.every((key) => keys.has(fold(key))))
    throw invalidParameter(
      'The specified transitive tag key must be included in the requested tags.',
    )
  const inheritedKeys = caller.session?.transitiveTagKeys ?? []
  if (inheritedKeys.some((key) => keys.has(key)))
    throw invalidParameter(
      "One of the specified transitive tag keys can't be set because it conflicts with a " +
        'transitive tag key from the calling session.',
    )
  const inherited = (caller.session?.tags ?? []).filter(([key]) =>
    inheritedKeys.includes(fold(key)),
  )
  const tags: Tags = [...inherited, ...given.map(({ Key, Value }) => [Key, Value] as const)]
  const transitiveTagKeys = [...inheritedKeys, ...asked.map(fold)]
  return {
    ...(tags.length === 0 ? {} : { tags }),
    ...(transitiveTagKeys.length === 0 ? {} : { transitiveTagKeys }),
  }
}

/** Who is behind a session: once it is said, every later session says the same. */
export const requireSourceIdentity = (
  caller: Caller,
  asked: string | undefined,
): Pick<SessionClaims, 'sourceIdentity'> => {
  const inherited = caller.session?.sourceIdentity
  if (inherited !== undefined && asked !== undefined && asked !== inherited)
    throw new KmsError('ValidationException', 'The source identity of a session cannot be changed.')
  const sourceIdentity = inherited ?? asked
  return sourceIdentity === undefined ? {} : { sourceIdentity }
}
