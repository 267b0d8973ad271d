import { createKey, type KeyMetadata, succeeded } from '../expect.ts'
import type { Reply } from '../harness.ts'
import {
  connectStore,
  createStore,
  externalStore,
  type Scene,
  startScene,
  tokenStore,
  untilState,
} from './scene.ts'

/** A scene with a store at the proxy and one on the token, both connected. */
export type KeyScene = {
  readonly scene: Scene
  readonly external: string
  readonly token: string
  readonly call: (operation: string, input: object) => Promise<Reply>
  /** A new external key: the input that makes a KMS key of it. */
  readonly externalKey: (input?: object) => object
  readonly tokenKey: (input?: object) => object
  /** A key of each type of store. */
  readonly bothKeys: () => Promise<readonly KeyMetadata[]>
  /** Runs work while a store is disconnected. */
  readonly whileDisconnected: (id: string, work: () => Promise<void>) => Promise<void>
  /** Makes proxy and token do what they should: for after each test. */
  readonly heal: () => void
}

export const startKeyScene = async (): Promise<KeyScene> => {
  const scene = await startScene()
  const external = await createStore(scene, externalStore(scene))
  const token = await createStore(scene, tokenStore(scene))
  await connectStore(scene, external)
  await connectStore(scene, token)
  let externalKeys = 0
  const externalKey = (input: object = {}): object => {
    const XksKeyId = `external.key_${(externalKeys += 1)}`
    scene.proxy.addKey(XksKeyId)
    return { Origin: 'EXTERNAL_KEY_STORE', CustomKeyStoreId: external, XksKeyId, ...input }
  }
  const tokenKey = (input: object = {}): object => ({
    Origin: 'AWS_CLOUDHSM',
    CustomKeyStoreId: token,
    ...input,
  })
  const call = (operation: string, input: object): Promise<Reply> =>
    scene.service.call(operation, input)
  return {
    scene,
    external,
    token,
    call,
    externalKey,
    tokenKey,
    bothKeys: async () => [
      await createKey(scene.service, externalKey()),
      await createKey(scene.service, tokenKey()),
    ],
    whileDisconnected: async (id, work) => {
      succeeded(await call('DisconnectCustomKeyStore', { CustomKeyStoreId: id }))
      await untilState(scene, id, 'DISCONNECTED')
      try {
        await work()
      } finally {
        await connectStore(scene, id)
      }
    },
    heal: () => {
      scene.proxy.instead = () => undefined
      scene.proxy.spoil = (answer) => answer
      scene.token.fault = undefined
    },
  }
}

/** What is said of a key whose store is not connected. */
export const notConnected =
  'This KMS key is in a custom key store that is not connected to its external key store proxy. Connect the external key store and try the request again.'
