import type { OuterCiphertext } from '../crypto/double-blob.ts'
import type { Secret } from '../crypto/secret.ts'
import type { BackendFailure } from './failures.ts'
import type { KeyStoreRecord } from './record.ts'

export type { OuterCiphertext } from '../crypto/double-blob.ts'

/**
 * For whom and for what a backend is asked: external key store proxies decide by it, and log it.
 * `keyArn` is absent while there is no key yet.
 */
export type Errand = {
  readonly principalArn: string
  readonly keyArn?: string
  /** The operation of KMS: `Encrypt`, `ReEncrypt` and so on. */
  readonly operation: string
  readonly requestId: string
}

/** Why a backend's health is looked at, in the words of the proxy specification's `kmsOperation`. */
export type HealthErrand = Pick<Errand, 'requestId'> & {
  readonly operation:
    | 'CreateCustomKeyStore'
    | 'UpdateCustomKeyStore'
    | 'ConnectCustomKeyStore'
    | 'KmsHealthCheck'
}

/**
 * What keeps the outer keys of a custom key store: an external key store proxy, or the token of a
 * PKCS#11 module. `keyId` is the id of the key at the backend. Every method rejects with
 * `BackendError` and nothing else, and within a bounded time.
 */
export type KeyStoreBackend = {
  /** Resolves if the backend could do its work now: connects, logs in, asks for its health. */
  check(errand: HealthErrand): Promise<void>
  /**
   * Resolves if the key can be the outer key of a new KMS key. A backend that makes its keys
   * itself makes it now.
   */
  admitKey(keyId: string, errand: Errand): Promise<void>
  encrypt(
    keyId: string,
    plaintext: Uint8Array,
    aad: Uint8Array,
    errand: Errand,
  ): Promise<OuterCiphertext>
  /** The plaintext, in a buffer of its own which the caller zeroes. */
  decrypt(
    keyId: string,
    outer: OuterCiphertext,
    aad: Uint8Array,
    errand: Errand,
  ): Promise<Uint8Array>
  /** Random bytes of the backend; absent where it makes none. */
  random?(length: number): Promise<Uint8Array>
  /** Destroys a key that the backend made; absent where its keys are not ours to destroy. */
  destroyKey?(keyId: string): Promise<void>
  /**
   * Begins nothing more, and lets go of the secret and, when it resolves, of connections. What is
   * under way fails, or ends in the time that it has. Never rejects.
   */
  close(): Promise<void>
}

/**
 * The backend of a store; opens no connection yet. Owns the secret, and disposes of it at the
 * latest when it is closed. Throws BackendError if there is nothing to open.
 */
export type OpenBackend = (record: KeyStoreRecord, secret: Secret) => KeyStoreBackend

/**
 * Why a backend did not do what it was asked. `message` and `cause` are for the log alone; `told`,
 * where the failure has no text of its own, is what the caller is told.
 */
export class BackendError extends Error {
  readonly failure: BackendFailure
  readonly told: string | undefined
  constructor(
    failure: BackendFailure,
    message: string,
    options: { readonly cause?: unknown; readonly told?: string } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : {})
    this.name = 'BackendError'
    this.failure = failure
    this.told = options.told
  }
}
