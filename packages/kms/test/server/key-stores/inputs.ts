import { succeeded } from '../expect.ts'
import type { TestService } from '../harness.ts'
import { TestToken } from './token.ts'

/** Tokens that every test service knows, unless a test names others: one store takes one of them. */
export const testClusters: ReadonlyMap<string, TestToken> = new Map(
  Array.from('abcdefghij', (letter) => [
    `cluster-${letter.repeat(11)}`,
    new TestToken(`the certificate of ${letter}`),
  ]),
)

type Store = {
  readonly CustomKeyStoreId: string
  readonly CloudHsmClusterId?: string
  readonly ConnectionState: string
}

const storesOf = async ({ call }: TestService): Promise<readonly Store[]> =>
  succeeded(await call('DescribeCustomKeyStores', {}))['CustomKeyStores'] as Store[]

/** What makes another store, on a token that none has. */
export const newStoreInput = async (service: TestService): Promise<Record<string, unknown>> => {
  const taken = new Set((await storesOf(service)).map((store) => store.CloudHsmClusterId))
  const free = [...testClusters].find(([id]) => !taken.has(id))
  if (free === undefined) throw new Error('every token of the test has its store')
  const [CloudHsmClusterId, { password, trustAnchor }] = free
  return {
    CustomKeyStoreName: `store on ${CloudHsmClusterId}`,
    CloudHsmClusterId,
    KeyStorePassword: password,
    TrustAnchorCertificate: trustAnchor,
  }
}

/** The id of a store that is disconnected, made if there is none. */
export const disconnectedStore = async (service: TestService): Promise<string> => {
  const found = (await storesOf(service)).find((store) => store.ConnectionState === 'DISCONNECTED')
  if (found !== undefined) return found.CustomKeyStoreId
  const made = await service.call('CreateCustomKeyStore', await newStoreInput(service))
  return String(succeeded(made)['CustomKeyStoreId'])
}

/** The id of a store that is connected, or is about to be. */
export const connectedStore = async (service: TestService): Promise<string> => {
  const CustomKeyStoreId = await disconnectedStore(service)
  succeeded(await service.call('ConnectCustomKeyStore', { CustomKeyStoreId }))
  return CustomKeyStoreId
}
