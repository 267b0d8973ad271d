import { KmsError } from '../../api/errors.ts'
import type { Input } from '../../api/operations.ts'
import { utf8 } from '../../core/crypto/bytes.ts'
import type { KeyStore } from '../../core/key-stores/key-store.ts'
import { isTaken } from '../../core/key-stores/outer-key.ts'
import type { KeyStoreType } from '../../core/key-stores/record.ts'
import type { KeyOrigin, KeyRecord } from '../../core/keys/key.ts'
import type { Call } from '../call.ts'
import { requireStore } from '../handlers/key-stores.ts'
import { missing } from '../missing.ts'
import { errandOf } from './outer-cipher.ts'

type NewKeyMembers = Pick<
  Input<'CreateKey'>,
  'CustomKeyStoreId' | 'XksKeyId' | 'MultiRegion' | 'KeySpec' | 'CustomerMasterKeySpec'
>

/** Where the key of a custom key store is to be; `xksKeyId` of external key stores alone. */
export type StorePlan = {
  readonly type: KeyStoreType
  readonly customKeyStoreId: string
  readonly xksKeyId: string | undefined
}

const isStoreType = (origin: KeyOrigin): origin is KeyStoreType =>
  origin === 'AWS_CLOUDHSM' || origin === 'EXTERNAL_KEY_STORE'

/**
 * What CreateKey is asked of a custom key store; `undefined` if it is asked nothing of one. Throws
 * for members that do not go together: AWS's texts are not known.
 */
export const storePlanOf = (origin: KeyOrigin, input: NewKeyMembers): StorePlan | undefined => {
  const { CustomKeyStoreId: customKeyStoreId, XksKeyId: xksKeyId } = input
  if (xksKeyId !== undefined && origin !== 'EXTERNAL_KEY_STORE') throw notValid('XksKeyId', origin)
  if (!isStoreType(origin)) {
    if (customKeyStoreId !== undefined) throw notValid('CustomKeyStoreId', origin)
    return undefined
  }
  if (customKeyStoreId === undefined) throw missing('customKeyStoreId')
  if (origin === 'EXTERNAL_KEY_STORE') requireXksKeyId(xksKeyId)
  const spec = input.KeySpec ?? input.CustomerMasterKeySpec ?? 'SYMMETRIC_DEFAULT'
  if (spec !== 'SYMMETRIC_DEFAULT')
    throw new KmsError(
      'UnsupportedOperationException',
      `KeySpec ${spec} is not supported in a custom key store.`,
    )
  if (input.MultiRegion === true)
    throw new KmsError(
      'UnsupportedOperationException',
      'Multi-Region keys are not supported in a custom key store.',
    )
  return { type: origin, customKeyStoreId, xksKeyId }
}

const notValid = (member: string, origin: KeyOrigin): KmsError =>
  new KmsError('ValidationException', `${member} is not valid for keys of origin ${origin}.`)

/** The pattern lets dots through, and they would make another path of the proxy's. */
const requireXksKeyId = (id: string | undefined): void => {
  if (id === undefined) throw missing('xksKeyId')
  if (id === '.' || id === '..')
    throw new KmsError('ValidationException', `XksKeyId ${id} is not the id of an external key.`)
}

/** The store of the plan, if a key can be made in it now. */
export const requireStoreFor = async (call: Call, plan: StorePlan): Promise<KeyStore> => {
  const { customKeyStoreId, xksKeyId, type } = plan
  const store = requireStore(call, customKeyStoreId)
  if (store.record.type !== type)
    throw new KmsError(
      'UnsupportedOperationException',
      `The custom key store ${customKeyStoreId} is of type ${store.record.type}, not ${type}.`,
    )
  if (xksKeyId === undefined) return store
  if (await isTaken(call.state, call.place, { customKeyStoreId, keyId: xksKeyId }))
    throw new KmsError(
      'XksKeyAlreadyInUseException',
      `The external key ${xksKeyId} is already associated with a KMS key in the custom key store ` +
        `${customKeyStoreId}.`,
    )
  return store
}

/**
 * Has the backend look at the external key, or make the key of the token, before the change gets its
 * turn. Resolves to what `preparedKeyId` reads: a token knows its key by the id of the KMS key.
 */
export const prepareOuterKey = async (
  call: Call,
  plan: StorePlan,
): Promise<Uint8Array | undefined> => {
  const store = await requireStoreFor(call, plan)
  const keyId = plan.xksKeyId ?? call.random.uuid()
  store.requireConnected('asNewKey')
  await call.intend()
  await store.use('asNewKey', (backend) => backend.admitKey(keyId, errandOf(call)))
  return plan.xksKeyId === undefined ? utf8(keyId) : undefined
}

/** The id of the KMS key for which a token has made one; `undefined` where it has made none. */
export const preparedKeyId = (
  plan: StorePlan | undefined,
  prepared: Uint8Array | undefined,
): string | undefined => {
  if (plan?.type !== 'AWS_CLOUDHSM') return undefined
  if (prepared === undefined) throw new TypeError('the key of a token is prepared')
  return new TextDecoder().decode(prepared)
}

/** What the record of the new key says of the one behind it. */
export const outerKeyMembers = ({
  customKeyStoreId,
  xksKeyId,
}: StorePlan): Pick<KeyRecord, 'customKeyStoreId' | 'xksKeyId'> => ({
  customKeyStoreId,
  ...(xksKeyId === undefined ? {} : { xksKeyId }),
})

/** Has the token destroy the key that it made for a KMS key which is not made after all. */
export const discardOuterKey = (call: Call, plan: StorePlan | undefined): void => {
  const keyId = preparedKeyId(plan, call.prepared)
  if (plan === undefined || keyId === undefined) return
  // Nobody waits for it: every other change would.
  void call.keyStores.find(call.place, plan.customKeyStoreId)?.destroyKey(keyId)
}
