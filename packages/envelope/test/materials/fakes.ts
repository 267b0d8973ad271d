import { randomBytes } from 'node:crypto'
import { suites } from '../../src/format/suites.ts'
import type { MonotonicClock } from '../../src/materials/clock.ts'
import type {
  DecryptionMaterialsRequest,
  DecryptRequest,
  EncryptionMaterialsRequest,
  EncryptRequest,
  EncryptResult,
  Keyring,
} from '../../src/materials/types.ts'

export const committing = suites.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY
export const signing = suites.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384
export const withoutKdf = suites.ALG_AES_256_GCM_IV12_TAG16_NO_KDF
export const plain = suites.ALG_AES_256_GCM_IV12_TAG16_HKDF_SHA256

/** A clock that tests move. */
export class FakeClock implements MonotonicClock {
  #nowMs = 1_000_000
  nowMs(): number {
    return this.#nowMs
  }
  advance(seconds: number): void {
    this.#nowMs += seconds * 1000
  }
}

/**
 * A keyring that remembers: `given` holds the very buffers that it gave away, so that their zeroing
 * can be seen. Its encrypted data key is the number of the call that made it, from 0.
 */
export class FakeKeyring implements Keyring {
  readonly encryptRequests: EncryptRequest[] = []
  readonly decryptRequests: DecryptRequest[] = []
  readonly given: Uint8Array[] = []
  readonly #keys = new Map<number, Uint8Array>()
  dataKeyCount = 1
  keyBytes: number | undefined
  failure: unknown
  /** What every call waits for. */
  gate: () => Promise<unknown> = () => Promise.resolve()

  async onEncrypt(request: EncryptRequest): Promise<EncryptResult> {
    const number = this.encryptRequests.push(request) - 1
    await this.gate()
    if (this.failure !== undefined) throw this.failure
    const dataKey = new Uint8Array(randomBytes(this.keyBytes ?? request.suite.keyBytes))
    this.#keys.set(number, Uint8Array.from(dataKey))
    this.given.push(dataKey)
    const ciphertext = Uint8Array.of(number >> 8, number & 0xff)
    const wrapped = { providerId: 'fake', providerInfo: Uint8Array.of(1), ciphertext }
    return { dataKey, encryptedDataKeys: Array.from({ length: this.dataKeyCount }, () => wrapped) }
  }

  async onDecrypt(request: DecryptRequest) {
    this.decryptRequests.push(request)
    await this.gate()
    if (this.failure !== undefined) throw this.failure
    const key = this.#keys.get(callOf(request))
    if (key === undefined) return { errors: [] }
    const dataKey = Uint8Array.from(key)
    this.given.push(dataKey)
    return { dataKey }
  }
}

/** Which call of the fake keyring made the data key of these materials; -1: none. */
export const callOf = (materials: Pick<DecryptRequest, 'encryptedDataKeys'>): number => {
  const own = materials.encryptedDataKeys.find(({ providerId }) => providerId === 'fake')
  const [high = -1, low = 0] = own?.ciphertext ?? []
  return high < 0 ? -1 : high * 256 + low
}

/** Calls that wait until they are let go, the oldest being number 0. */
export class Gates {
  readonly #waiting: PromiseWithResolvers<void>[] = []
  readonly gate = (): Promise<void> => {
    const waiter = Promise.withResolvers<void>()
    this.#waiting.push(waiter)
    return waiter.promise
  }
  get count(): number {
    return this.#waiting.length
  }
  release(index: number, failure?: Error): void {
    const [waiter] = this.#waiting.splice(index, 1)
    if (failure === undefined) waiter?.resolve()
    else waiter?.reject(failure)
  }
  releaseAll(): void {
    while (this.count > 0) this.release(0)
  }
}

/** Lets everything run that is ready to. */
export const drain = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve)
  })

export const toEncrypt = (
  request: Partial<EncryptionMaterialsRequest> = {},
): EncryptionMaterialsRequest => ({
  context: new Map(),
  suite: committing,
  commitmentPolicy: 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT',
  plaintextBytes: 1,
  maxEncryptedDataKeys: undefined,
  ...request,
})

export const toDecrypt = (
  request: Partial<DecryptionMaterialsRequest> &
    Pick<DecryptionMaterialsRequest, 'encryptedDataKeys'>,
): DecryptionMaterialsRequest => ({
  suite: committing,
  context: new Map(),
  commitmentPolicy: 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT',
  reproducedContext: undefined,
  ...request,
})

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
export const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0)

/** For `assert.rejects`. */
export const code = (expected: string) => (error: unknown) =>
  error instanceof Error && 'code' in error && error.code === expected
