import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { BackendError, type KeyStoreBackend } from '../../../src/core/key-stores/backend.ts'
import type { HsmCluster } from '../../../src/core/key-stores/cluster.ts'
import type { BackendFailure } from '../../../src/core/key-stores/failures.ts'

/** A token for tests, in memory, in the place of one of a PKCS#11 module. */
export class TestToken implements HsmCluster {
  readonly trustAnchor: string
  readonly password = 'kmsuser-pin'
  readonly keys = new Map<string, Buffer>()
  /** What is wrong with it. */
  fault: BackendFailure | undefined
  /** What `check` waits for before it logs in. */
  login: Promise<void> = Promise.resolve()
  sessions = 0
  /** Called before each piece of work, which waits for it. */
  beforeWork: () => Promise<void> = () => Promise.resolve()

  constructor(trustAnchor = '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n') {
    this.trustAnchor = trustAnchor
  }

  probe(): Promise<void> {
    return this.#work(() => undefined)
  }

  open(password: Parameters<HsmCluster['open']>[0]): KeyStoreBackend {
    this.sessions += 1
    return {
      check: async () => {
        await this.login
        await this.#work(() => {
          if (Buffer.from(password.expose()).toString() !== this.password)
            throw new BackendError('passwordRefused', 'CKR_PIN_INCORRECT')
        })
      },
      admitKey: (keyId) => this.#work(() => void this.keys.set(keyId, randomBytes(32))),
      encrypt: (keyId, plaintext, aad) =>
        this.#work(() => {
          const iv = randomBytes(12)
          const cipher = createCipheriv('aes-256-gcm', this.#key(keyId), iv).setAAD(aad)
          const ciphertext = cipher.update(plaintext)
          cipher.final()
          return { ciphertext, iv, tag: cipher.getAuthTag(), metadata: new Uint8Array(0) }
        }),
      decrypt: (keyId, { ciphertext, iv, tag }, aad) =>
        this.#work(() => {
          const decipher = createDecipheriv('aes-256-gcm', this.#key(keyId), iv).setAAD(aad)
          decipher.setAuthTag(tag)
          const plaintext = decipher.update(ciphertext)
          try {
            decipher.final()
          } catch {
            throw new BackendError('tokenCiphertextRefused', 'CKR_ENCRYPTED_DATA_INVALID')
          }
          return plaintext
        }),
      random: (length) => this.#work(() => Buffer.alloc(length, 7)),
      destroyKey: (keyId) => this.#work(() => void this.keys.delete(keyId)),
      close: () => {
        this.sessions -= 1
        password[Symbol.dispose]()
        return Promise.resolve()
      },
    }
  }

  #key(keyId: string): Buffer {
    const key = this.keys.get(keyId)
    if (key === undefined) throw new BackendError('tokenKeyMissing', keyId)
    return key
  }

  async #work<T>(work: () => T): Promise<T> {
    await this.beforeWork()
    if (this.fault !== undefined) throw new BackendError(this.fault, 'it is broken')
    return work()
  }
}
