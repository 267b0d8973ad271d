import { KmsError } from '../../api/errors.ts'
import {
  type AccessKeyRecord,
  accessKeyRecord,
  newCredential,
} from '../../core/identity/access-key.ts'
import { noSuchEntity } from '../../core/identity/identities.ts'
import type { UserRecord } from '../../core/identity/records.ts'
import type { Call } from '../call.ts'
import { type IamFamily, overQuota, userOrCaller } from './family.ts'
import { pageOfList } from './paging.ts'

export const accessKeysMax = 2

export const accessKeyHandlers: IamFamily<
  | 'CreateAccessKey'
  | 'ListAccessKeys'
  | 'UpdateAccessKey'
  | 'DeleteAccessKey'
  | 'GetAccessKeyLastUsed'
> = {
  async CreateAccessKey(input, call) {
    const user = await userOrCaller(call, input.UserName)
    if (keysOf(call, user).length >= accessKeysMax)
      throw overQuota('AccessKeysPerUser', accessKeysMax)
    const { record, credential } = newAccessKey(call, call.place.account, user?.userId)
    return {
      AccessKey: {
        UserName: nameOf(user),
        AccessKeyId: credential.accessKeyId,
        Status: 'Active',
        SecretAccessKey: credential.secretAccessKey,
        CreateDate: record.createdAtMs,
      },
    }
  },

  async ListAccessKeys(input, call) {
    const user = await userOrCaller(call, input.UserName)
    const keys = keysOf(call, user)
    const filter = user?.userId ?? ''
    const idOf = (key: AccessKeyRecord): string => key.accessKeyId
    const { items, end } = pageOfList(call, 'ListAccessKeys', filter, input, keys, idOf)
    return {
      AccessKeyMetadata: items.map((key) => ({
        UserName: nameOf(user),
        AccessKeyId: key.accessKeyId,
        Status: key.isInactive === true ? 'Inactive' : 'Active',
        CreateDate: key.createdAtMs,
      })),
      ...end,
    }
  },

  async UpdateAccessKey(input, call) {
    const key = await requireKey(call, input)
    if (input.Status === 'Expired')
      throw new KmsError('InvalidInputException', 'The status Expired cannot be set.')
    const isInactive = input.Status === 'Inactive'
    if (isInactive) requireAnotherRootKey(call, key)
    if ((key.isInactive === true) !== isInactive) putKey(call, { ...key, isInactive })
  },

  async DeleteAccessKey(input, call) {
    const key = await requireKey(call, input)
    requireAnotherRootKey(call, key)
    call.credentialUses.forget(key.accessKeyId)
    call.change
      .remove('access_key', key.accessKeyId)
      .remove('access_key_use', key.accessKeyId)
      .eraseMaterial()
  },

  async GetAccessKeyLastUsed(input, call) {
    const key = call.accessKeys.record(input.AccessKeyId)
    // What does not exist is answered as what may not be seen.
    if (key?.account !== call.place.account)
      throw new KmsError(
        'AccessDeniedException',
        `User: ${call.caller.arn} is not authorized to perform iam:GetAccessKeyLastUsed on ` +
          `resource: access key ${input.AccessKeyId}`,
      )
    const user =
      key.userId === undefined ? undefined : await call.identities.byId('user', key.userId)
    const use = await call.credentialUses.last(key.accessKeyId)
    return {
      UserName: nameOf(user),
      AccessKeyLastUsed: {
        LastUsedDate: use?.atMs,
        ServiceName: use?.service ?? 'N/A',
        Region: use?.region ?? 'N/A',
      },
    }
  },
}

/** Makes an access key within the change of the call. */
export const newAccessKey = (call: Call, account: string, userId: string | undefined) => {
  const credential = newCredential(call.random)
  const owner = userId === undefined ? { account } : { account, userId }
  const record = accessKeyRecord(credential, owner, call.hierarchy, call.clock.nowMs())
  putKey(call, record)
  return { record, credential }
}

const putKey = (call: Call, record: AccessKeyRecord): void => {
  const parent = record.userId ?? record.account
  call.change.put('access_key', record.accessKeyId, record, { parent })
}

const keysOf = (call: Call, user: UserRecord | undefined): readonly AccessKeyRecord[] =>
  call.accessKeys.recordsOf(call.place.account, user?.userId)

const nameOf = (user: UserRecord | undefined): string => user?.name ?? 'root'

/** A key of the named user; without a name, of the caller. Throws NoSuchEntityException. */
const requireKey = async (
  call: Call,
  input: { readonly UserName?: string | undefined; readonly AccessKeyId: string },
): Promise<AccessKeyRecord> => {
  const user = await userOrCaller(call, input.UserName)
  const key = call.accessKeys.record(input.AccessKeyId)
  if (key?.account === call.place.account && key.userId === user?.userId) return key
  throw noSuchEntity(`The Access Key with id ${input.AccessKeyId} cannot be found.`)
}

/** The root has no password to come back with: its last key stays. */
const requireAnotherRootKey = (call: Call, key: AccessKeyRecord): void => {
  if (key.userId !== undefined || key.isInactive === true) return
  const others = call.accessKeys
    .recordsOf(key.account, undefined)
    .filter((other) => other.accessKeyId !== key.accessKeyId && other.isInactive !== true)
  if (others.length > 0) return
  throw new KmsError(
    'LimitExceededException',
    'This is the only active access key of the root of the account, and cannot be taken away.',
  )
}
