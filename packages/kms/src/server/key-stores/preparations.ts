import type { OperationName, Input } from '../../api/operations.ts'
import { failureAnswer } from '../../core/key-stores/failures.ts'
import { BackendError } from '../../core/key-stores/backend.ts'
import type { KeyStoreRecord } from '../../core/key-stores/record.ts'
import type { Call } from '../call.ts'
import { requireStore } from '../handlers/key-stores.ts'
import { changedStore, newStore } from './settings.ts'

/**
 * What a change has to do outside of the service before it can be made. It is done before the
 * change's turn comes, so that nobody else's change waits for it, and after the audit log says what
 * is about to be done. The handler looks at everything again.
 */
export const keyStorePreparations: {
  readonly [N in OperationName]?: (input: Input<N>, call: Call) => Promise<undefined>
} = {
  CreateCustomKeyStore: (input, call) =>
    tryOut(newStore(input, call), 'CreateCustomKeyStore', call),

  UpdateCustomKeyStore: async (input, call) => {
    const store = requireStore(call, input.CustomKeyStoreId)
    const record = changedStore(input, store, call)
    const { name } = store.record
    if (JSON.stringify({ ...record, name }) === JSON.stringify(store.record)) return undefined
    return tryOut(record, 'UpdateCustomKeyStore', call)
  },

  ConnectCustomKeyStore: async (input, call) => {
    const { record } = requireStore(call, input.CustomKeyStoreId)
    return record.type === 'AWS_CLOUDHSM' ? probe(record.token.clusterId, call) : undefined
  },
}

const tryOut = async (
  record: KeyStoreRecord,
  operation: 'CreateCustomKeyStore' | 'UpdateCustomKeyStore',
  call: Call,
): Promise<undefined> => {
  // Whether the password is right is found out when the store is connected, as with AWS.
  if (record.type === 'AWS_CLOUDHSM') return probe(record.token.clusterId, call)
  await call.intend()
  await call.keyStores.tryOut(record, { operation, requestId: call.origin.requestId })
  return undefined
}

/** A token that is not configured any more is found out when the store is connected. */
const probe = async (clusterId: string, call: Call): Promise<undefined> => {
  const cluster = call.hsmClusters.get(clusterId)
  if (cluster === undefined) return undefined
  await call.intend()
  try {
    await cluster.probe()
    return undefined
  } catch (error) {
    throw error instanceof BackendError ? failureAnswer(error, 'asSettings') : error
  }
}
