import { LocalCryptoMaterialsCache } from '../../src/materials/cache.ts'
import { cachingManager } from '../../src/materials/caching.ts'
import type { CachingOptions } from '../../src/materials/caching-options.ts'
import type { EncryptionMaterialsRequest } from '../../src/materials/types.ts'
import { callOf, FakeClock, FakeKeyring, Gates, toEncrypt } from './fakes.ts'

/** A caching manager over a keyring that remembers, with a clock and a cache of its own. */
export const setUp = (options: Partial<CachingOptions> & { capacity?: number } = {}) => {
  const keyring = new FakeKeyring()
  const clock = new FakeClock()
  const gates = new Gates()
  const cache = new LocalCryptoMaterialsCache({ capacity: options.capacity ?? 10 })
  const manager = cachingManager({ cache, maxAgeSeconds: 60, clock, ...options, keyring } as never)
  const encrypt = (request: Partial<EncryptionMaterialsRequest> = {}) =>
    manager.encryptionMaterials(toEncrypt(request))
  /** The number of the data key that each of so many messages in a row gets. */
  const inTurn = async (count: number, request: Partial<EncryptionMaterialsRequest> = {}) => {
    const numbers: number[] = []
    for (let i = 0; i < count; i++) numbers.push(callOf(await encrypt(request)))
    return numbers
  }
  return { keyring, clock, gates, cache, manager, encrypt, inTurn }
}
