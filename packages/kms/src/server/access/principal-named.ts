import { KmsError } from '../../api/errors.ts'
import { parsePrincipal } from '../../core/access/principals/reference.ts'
import { roleArn, sessionArn, userArn } from '../../core/identity/arn.ts'
import type { Caller } from '../../core/identity/caller.ts'
import { rootArn } from '../../core/keys/arn.ts'
import { findPrincipal } from '../identity/documents.ts'
import type { Call } from '../call.ts'

/** A name for a session of which nothing else is known. */
const anySession = 'any-session'

/**
 * Who would call in a Region as the principal of an ARN, as far as the ARN tells: a role by one of its
 * sessions. Rejects with NotFoundException if there is no such user or role.
 */
export const callerNamed = async (call: Call, named: string, region: string): Promise<Caller> => {
  const reference = parsePrincipal(named)
  const id = reference && (await findPrincipal(call)({ type: 'AWS', text: named }))
  if (reference === undefined || id === undefined)
    throw new KmsError('NotFoundException', `There is no principal ${named.slice(0, 256)}.`)
  const { kind, account, name } = reference
  const signed = { account, accessKeyId: '' }
  if (kind === 'account') return { kind: 'Root', ...signed, arn: rootArn({ region, account }) }
  if (kind === 'user') {
    const user = await call.identities.byId('user', id)
    if (user === undefined) throw new TypeError('a user that was found is gone')
    const { userId, name: userName, tags } = user
    return { kind: 'IAMUser', ...signed, arn: userArn(user, region), userId, userName, tags }
  }
  const role = await call.identities.byId('role', id)
  if (role === undefined) throw new TypeError('a role that was found is gone')
  const nowMs = call.clock.nowMs()
  const sessionName = kind === 'session' ? name.slice(name.lastIndexOf('/') + 1) : anySession
  const session = {
    account,
    kind: 'role',
    principalId: role.roleId,
    name: sessionName,
    issuedAtMs: nowMs,
    expiresAtMs: nowMs,
  } as const
  return {
    kind: 'AssumedRole',
    ...signed,
    session,
    arn: sessionArn(account, role.name, sessionName, region),
    roleId: role.roleId,
    roleName: role.name,
    roleArn: roleArn(role, region),
    tags: role.tags,
  }
}
