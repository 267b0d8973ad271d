import { KmsError } from '../../api/errors.ts'
import type { Call, Family } from '../call.ts'
import { requireStore } from './key-stores.ts'

export const randomHandlers: Family<'GenerateRandom'> = {
  async GenerateRandom({ NumberOfBytes: length = 0, CustomKeyStoreId: id }, call) {
    return {
      Plaintext: id === undefined ? call.random.bytes(length) : await ofToken(call, id, length),
    }
  },
}

/** External key managers make no random bytes (API reference, "GenerateRandom"). */
const ofToken = async (call: Call, id: string, length: number): Promise<Uint8Array> => {
  const store = requireStore(call, id)
  if (store.record.type !== 'AWS_CLOUDHSM')
    throw new KmsError(
      'UnsupportedOperationException',
      `The custom key store ${id} is an external key store, which makes no random bytes.`,
    )
  store.requireConnected('asNewKey')
  await call.intend()
  return store.use('asNewKey', async (backend) => {
    const bytes = await backend.random?.(length)
    if (bytes?.length !== length) throw new Error('the token gives another number of bytes')
    return bytes
  })
}
