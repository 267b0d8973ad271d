import type { Secret } from '../crypto/secret.ts'
import type { KeyStoreBackend } from './backend.ts'

/**
 * A token of a PKCS#11 module in the place of a CloudHSM cluster. Which ones there are, and under
 * which ids, is the service's configuration alone: no caller can have a module loaded.
 */
export type HsmCluster = {
  /** PEM of the certificate that it is known by; tokens that are copies of each other share it. */
  readonly trustAnchor: string
  /**
   * Resolves if the token is present and initialized, and fit to make and use AES-256 keys with
   * AES-GCM. Rejects with `BackendError`: `tokenAbsent`, `tokenUnfit`, `tokenFailed` or
   * `tokenTimedOut`. Needs no password.
   */
  probe(): Promise<void>
  /** Its keys, for who has the password, which the result owns. Opens no session yet. */
  open(password: Secret): KeyStoreBackend
}

/** By cluster id. */
export type HsmClusters = ReadonlyMap<string, HsmCluster>
