import { KmsError } from '../../api/errors.ts'
import type { IamOperations } from '../../api/iam.ts'
import type { UserRecord } from '../../core/identity/records.ts'
import type { Call, HandlersOf } from '../call.ts'

type IamHandlers = HandlersOf<IamOperations>
/** The handlers of some operations of IAM. */
export type IamFamily<N extends keyof IamOperations> = Pick<IamHandlers, N>

/** The user that a request names. Throws NoSuchEntityException. */
export const requireUser = (call: Call, name: string): Promise<UserRecord> =>
  call.identities.require(call.place.account, 'user', name)

/** Whom a request that may leave out its user is about: `undefined` is the account's root. */
export const userOrCaller = async (
  call: Call,
  name: string | undefined,
): Promise<UserRecord | undefined> => {
  if (name !== undefined) return requireUser(call, name)
  const { caller } = call
  if (caller.kind === 'Root') return undefined
  const user =
    caller.kind === 'IAMUser' ? await call.identities.byId('user', caller.userId) : undefined
  if (user !== undefined) return user
  throw new KmsError(
    'ValidationException',
    'Must specify userName when calling with non-User credentials',
  )
}

export const alreadyExists = (kind: 'User' | 'Group' | 'Role', name: string): KmsError =>
  new KmsError('EntityAlreadyExistsException', `${kind} with name ${name} already exists.`)

export const overQuota = (quota: string, max: number): KmsError =>
  new KmsError('LimitExceededException', `Cannot exceed quota for ${quota}: ${max}`)

export const deleteConflict = (what: string): KmsError =>
  new KmsError('DeleteConflictException', `Cannot delete entity, must ${what} first.`)
