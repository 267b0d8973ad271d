import assert from 'node:assert/strict'
import { after, afterEach } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { succeeded } from '../expect.ts'
import {
  type Reply,
  region,
  startTestService,
  type TestService,
  type TestServiceOptions,
} from '../harness.ts'
import { TestProxy } from '../xks/proxy.ts'
import { TestToken } from './token.ts'

export const clusterId = 'cluster-abcdefghij2'
export const backupClusterId = 'cluster-abcdefghij3'
const otherClusterId = 'cluster-abcdefghij4'

/** A service with a proxy and tokens that it knows of. */
export type Scene = {
  readonly service: TestService
  readonly proxy: TestProxy
  readonly token: TestToken
  /** A copy of `token`, and a stranger to it. */
  readonly clusters: ReadonlyMap<string, TestToken>
  [Symbol.asyncDispose](): Promise<void>
}

export const startScene = async (
  options: TestServiceOptions & { readonly deadlineMs?: number } = {},
): Promise<Scene> => {
  const proxy = await TestProxy.start(region)
  const token = new TestToken()
  const clusters = new Map([
    [clusterId, token],
    [backupClusterId, new TestToken()],
    [otherClusterId, new TestToken('-----BEGIN CERTIFICATE-----\nAQ==')],
  ])
  const { deadlineMs, ...more } = options
  const xks = await proxy.options(deadlineMs)
  const service = await startTestService({ xks, hsmClusters: clusters, ...more })
  return {
    service,
    proxy,
    token,
    clusters,
    [Symbol.asyncDispose]: async () => {
      await service[Symbol.asyncDispose]()
      await proxy[Symbol.asyncDispose]()
    },
  }
}

let stores = 0
const newName = (): string => `store-${(stores += 1)}`

/** What CreateCustomKeyStore takes for the proxy of the scene, under a path of its own. */
export const externalStore = ({ proxy }: Scene, input: object = {}): object => ({
  ...proxy.settings(),
  CustomKeyStoreName: newName(),
  ...input,
})

/** What it takes for the token of the scene. */
export const tokenStore = ({ token }: Scene, input: object = {}): object => ({
  CustomKeyStoreName: newName(),
  CloudHsmClusterId: clusterId,
  KeyStorePassword: token.password,
  TrustAnchorCertificate: token.trustAnchor,
  ...input,
})

export const createStore = async ({ service }: Scene, input: object): Promise<string> =>
  String(succeeded(await service.call('CreateCustomKeyStore', input))['CustomKeyStoreId'])

export type StoreEntry = Readonly<Record<string, unknown>>

export const describeStore = async (
  { service }: Pick<Scene, 'service'>,
  CustomKeyStoreId: string,
): Promise<StoreEntry> => {
  const answer = succeeded(await service.call('DescribeCustomKeyStores', { CustomKeyStoreId }))
  const [entry] = answer['CustomKeyStores'] as StoreEntry[]
  assert(entry)
  return entry
}

/** Asks until the store is in the state, which something else brings about. */
export const untilState = async (
  scene: Pick<Scene, 'service'>,
  id: string,
  state: string,
): Promise<StoreEntry> => {
  for (;;) {
    const entry = await describeStore(scene, id)
    if (entry['ConnectionState'] === state) return entry
    await setImmediate()
  }
}

export const connectStore = async (scene: Pick<Scene, 'service'>, id: string): Promise<void> => {
  succeeded(await scene.service.call('ConnectCustomKeyStore', { CustomKeyStoreId: id }))
  await untilState(scene, id, 'CONNECTED')
}

/** Disconnects a store, if it is not, and deletes it. */
const removeStore = async ({ service }: Scene, id: string): Promise<void> => {
  await service.call('DisconnectCustomKeyStore', { CustomKeyStoreId: id })
  await untilState({ service }, id, 'DISCONNECTED')
  succeeded(await service.call('DeleteCustomKeyStore', { CustomKeyStoreId: id }))
}

/** Makes proxy and tokens do what they should, and removes every store: for after each test. */
const emptyScene = async (scene: Scene): Promise<void> => {
  scene.proxy.instead = () => undefined
  scene.proxy.spoil = (answer) => answer
  for (const token of scene.clusters.values()) token.fault = undefined
  scene.token.login = Promise.resolve()
  const described = succeeded(await scene.service.call('DescribeCustomKeyStores', {}))
  for (const { CustomKeyStoreId } of described['CustomKeyStores'] as StoreEntry[])
    await removeStore(scene, String(CustomKeyStoreId))
}

/** An id that no store has, and what is said of it. */
export const unknownId = 'cks-00000000000000000'
export const notFound = `The custom key store ${unknownId} does not exist.`

/** What is said of a store whose connection is in the wrong state. */
export const invalidState = (id: string, state: string): string =>
  `The connection state of the custom key store ${id} is ${state}, which is not valid for this operation.`

/** A scene for all tests of a file, empty again after each of them, and calls of its service. */
export const openScene = async () => {
  const scene = await startScene()
  after(() => scene[Symbol.asyncDispose]())
  afterEach(() => emptyScene(scene))
  const call = (operation: string, input: object): Promise<Reply> =>
    scene.service.call(operation, input)
  return { scene, call }
}
