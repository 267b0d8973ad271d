import { KmsError } from '../../api/errors.ts'
import type { KeyStore } from '../../core/key-stores/key-store.ts'
import { isKeyStoreId, type KeyStoreRecord, keyStoreRowId } from '../../core/key-stores/record.ts'
import type { Call, Family } from '../call.ts'
import { changedStore, invalidConnectionState, newStore } from '../key-stores/settings.ts'
import { pageOfList } from '../paging.ts'

const describeRule = { limitDefault: 100, limitMax: 1000 }

export const keyStoreHandlers: Family<
  | 'CreateCustomKeyStore'
  | 'UpdateCustomKeyStore'
  | 'DeleteCustomKeyStore'
  | 'DescribeCustomKeyStores'
  | 'ConnectCustomKeyStore'
  | 'DisconnectCustomKeyStore'
> = {
  CreateCustomKeyStore(input, call) {
    const record = newStore(input, call)
    putStore(call, record)
    return { CustomKeyStoreId: record.id }
  },

  UpdateCustomKeyStore(input, call) {
    const store = requireStore(call, input.CustomKeyStoreId)
    const record = changedStore(input, store, call)
    if (JSON.stringify(record) === JSON.stringify(store.record)) return {}
    putStore(call, record)
    if (record.wrapped !== store.record.wrapped) call.change.eraseMaterial()
    return {}
  },

  async DeleteCustomKeyStore(input, call) {
    const store = requireStore(call, input.CustomKeyStoreId)
    if (store.state !== 'DISCONNECTED') throw invalidConnectionState(store)
    const parent = keyStoreRowId(call.place, store.record.id)
    const keys = await call.state.list({ table: 'key_store_key', parent, limit: 1 })
    if (keys.length > 0)
      throw new KmsError(
        'CustomKeyStoreHasCMKsException',
        `The custom key store ${store.record.id} contains KMS keys.`,
      )
    call.change.remove('key_store', parent).eraseMaterial()
    return {}
  },

  DescribeCustomKeyStores(input, call) {
    const { CustomKeyStoreId: id, CustomKeyStoreName: name } = input
    const stores =
      id !== undefined
        ? [requireStore(call, id)]
        : call.keyStores
            .of(call.place)
            .filter(({ record }) => name === undefined || record.name === name)
    if (name !== undefined && stores.length === 0) throw storeNotFound(name)
    const page = pageOfList(
      call,
      'DescribeCustomKeyStores',
      `${id ?? ''} ${name ?? ''}`,
      input,
      describeRule,
      stores,
      ({ record }) => record.id,
    )
    return {
      CustomKeyStores: page.items.map(entryOf),
      NextMarker: page.NextMarker,
      Truncated: page.Truncated,
    }
  },

  ConnectCustomKeyStore(input, call) {
    const store = requireStore(call, input.CustomKeyStoreId)
    if (store.state === 'FAILED' || store.state === 'DISCONNECTING')
      throw invalidConnectionState(store)
    if (!store.record.isConnected) putStore(call, { ...store.record, isConnected: true })
    return {}
  },

  DisconnectCustomKeyStore(input, call) {
    const store = requireStore(call, input.CustomKeyStoreId)
    if (store.state === 'DISCONNECTED' || store.state === 'DISCONNECTING')
      throw invalidConnectionState(store)
    putStore(call, { ...store.record, isConnected: false })
    return {}
  },
}

const putStore = (call: Call, record: KeyStoreRecord): void => {
  call.change.put('key_store', keyStoreRowId(record, record.id), record)
}

/** Throws CustomKeyStoreNotFoundException; AWS's text is not known. */
export const requireStore = (
  { keyStores, place }: Pick<Call, 'keyStores' | 'place'>,
  id: string,
  /** Where it is, if not where the call is: a key may be used from another account. */
  where = place,
): KeyStore => {
  const store = isKeyStoreId(id) ? keyStores.find(where, id) : undefined
  if (store === undefined) throw storeNotFound(id)
  return store
}

const storeNotFound = (nameOrId: string): KmsError =>
  new KmsError(
    'CustomKeyStoreNotFoundException',
    `The custom key store ${nameOrId} does not exist.`,
  )

const entryOf = ({ record, state, errorCode }: KeyStore) => ({
  CustomKeyStoreId: record.id,
  CustomKeyStoreName: record.name,
  ConnectionState: state,
  ConnectionErrorCode: errorCode,
  CreationDate: record.createdAtMs,
  CustomKeyStoreType: record.type,
  ...(record.type === 'AWS_CLOUDHSM'
    ? {
        CloudHsmClusterId: record.token.clusterId,
        TrustAnchorCertificate: record.token.trustAnchor,
      }
    : {
        XksProxyConfiguration: {
          Connectivity: record.proxy.connectivity,
          AccessKeyId: record.proxy.accessKeyId,
          UriEndpoint: record.proxy.endpoint,
          UriPath: record.proxy.path,
        },
      }),
})
