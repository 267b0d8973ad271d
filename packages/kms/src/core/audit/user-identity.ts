import { onceFor } from '../../api/once-for.ts'
import { type Caller, callerId } from '../identity/caller.ts'
import type { SessionClaims } from '../identity/session-token.ts'
import { quoted, quotedBounded, quotedSecond } from './json-text.ts'

/** Longest access key id that a record repeats, in UTF-16 units. */
const accessKeyIdMax = 256

/**
 * Who called, as CloudTrail's `userIdentity` (CloudTrail User Guide, "CloudTrail userIdentity
 * element"), without a token or a secret. Callers do not change and are told of again and again.
 */
export const userIdentity = onceFor((caller: Caller): string => {
  if (caller.kind === 'WebIdentityUser')
    return (
      '{"type":"WebIdentityUser","principalId":' +
      quoted(callerId(caller)) +
      ',"userName":' +
      quoted(caller.subject) +
      ',"identityProvider":' +
      quoted(caller.arn) +
      '}'
    )
  const { session } = caller
  return (
    '{"type":"' +
    caller.kind +
    '","principalId":' +
    quoted(callerId(caller)) +
    ',"arn":' +
    quoted(caller.arn) +
    ',"accountId":' +
    quoted(caller.account) +
    ',"accessKeyId":' +
    quotedBounded(caller.accessKeyId, accessKeyIdMax) +
    (caller.kind === 'IAMUser' ? ',"userName":' + quoted(caller.userName) : '') +
    (session === undefined ? '' : sessionContext(caller, session)) +
    '}'
  )
})

const sessionContext = (caller: Caller, session: SessionClaims): string => {
  const issuer =
    caller.kind === 'AssumedRole'
      ? '"sessionIssuer":{"type":"Role","principalId":' +
        quoted(caller.roleId) +
        ',"arn":' +
        quoted(caller.roleArn) +
        ',"accountId":' +
        quoted(caller.account) +
        ',"userName":' +
        quoted(caller.roleName) +
        '},'
      : ''
  const { webIdentity, sourceIdentity } = session
  const federation =
    webIdentity === undefined
      ? ''
      : '"webIdFederationData":{"federatedProvider":' +
        quoted(webIdentity.provider) +
        ',"attributes":{"aud":' +
        quoted(webIdentity.audience) +
        ',"sub":' +
        quoted(webIdentity.subject) +
        '}},'
  return (
    ',"sessionContext":{' +
    issuer +
    federation +
    '"attributes":{"creationDate":' +
    quotedSecond(session.issuedAtMs) +
    ',"mfaAuthenticated":"false"}' +
    (sourceIdentity === undefined ? '' : ',"sourceIdentity":' + quoted(sourceIdentity)) +
    '}'
  )
}
