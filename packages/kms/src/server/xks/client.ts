import { createSecretKey, type KeyObject } from 'node:crypto'
import { amzDate, authorizationOf, signingKey } from '../../api/sigv4-canonical.ts'
import { toBase64, utf8 } from '../../core/crypto/bytes.ts'
import type { Secret } from '../../core/crypto/secret.ts'
import {
  BackendError,
  type Errand,
  type HealthErrand,
  type KeyStoreBackend,
} from '../../core/key-stores/backend.ts'
import type { XksProxy } from '../../core/key-stores/record.ts'
import type { Clock } from '../../core/ports.ts'
import {
  parseAnswer,
  requireCiphertext,
  requireFitKey,
  requireHealth,
  requirePlaintext,
} from './answers.ts'
import { openXksTransport, type XksTransport } from './transport.ts'

/** How proxies are reached, as the service's configuration has it. */
export type XksOptions = {
  /** PEM of the authorities that may have issued their certificates; absent: those Node trusts. */
  readonly ca?: string | undefined
  /** PEM of what the service shows to proxies that want a certificate of it. */
  readonly client?: { readonly cert: string; readonly key: string } | undefined
  /** Where a host name's proxy is, if it is not at port 443 of the address that the name has. */
  readonly connectTo?: ReadonlyMap<string, { readonly host: string; readonly port: number }>
  /** How long a proxy has for an answer; absent: AWS's quarter of a second. */
  readonly deadlineMs?: number
}

/** "External Key Store Proxy API Specification" 1.0.3: KMS gives up after 250 ms. */
const deadlineMs = 250

const service = 'kms-xks-proxy'

/**
 * An external key store proxy, by the "External Key Store Proxy API Specification" 1.0.3. What it
 * is sent is signed, and what it answers is checked, in every member.
 */
export class XksClient implements KeyStoreBackend {
  readonly #proxy: XksProxy
  readonly #region: string
  readonly #secret: Secret
  readonly #clock: Clock
  readonly #host: string
  readonly #transport: XksTransport
  #isClosed = false
  #signing: { readonly day: string; readonly key: KeyObject } | undefined

  constructor(
    proxy: XksProxy,
    region: string,
    secret: Secret,
    clock: Clock,
    options: XksOptions = {},
  ) {
    this.#proxy = proxy
    this.#region = region
    this.#secret = secret
    this.#clock = clock
    this.#host = new URL(proxy.endpoint).hostname
    this.#transport = openXksTransport({
      host: this.#host,
      connectTo: options.connectTo?.get(this.#host),
      ca: options.ca,
      client: options.client,
      deadlineMs: options.deadlineMs ?? deadlineMs,
    })
  }

  async check({ operation, requestId }: HealthErrand): Promise<void> {
    const requestMetadata = { kmsRequestId: requestId, kmsOperation: operation }
    try {
      requireHealth(await this.#post('/health', { requestMetadata }))
    } catch (error) {
      // Of a key there is no question here: it is the proxy that is disabled.
      if (error instanceof BackendError && error.failure === 'keyDisabled')
        throw new BackendError('unhealthy', error.message)
      throw error
    }
  }

  async admitKey(keyId: string, errand: Errand): Promise<void> {
    const requestMetadata = metadataOf(errand)
    requireFitKey(await this.#post(`/keys/${keyId}/metadata`, { requestMetadata }))
  }

  async encrypt(keyId: string, plaintext: Uint8Array, aad: Uint8Array, errand: Errand) {
    const answer = await this.#post(`/keys/${keyId}/encrypt`, {
      requestMetadata: metadataOf(errand),
      additionalAuthenticatedData: toBase64(aad),
      plaintext: toBase64(plaintext),
      encryptionAlgorithm: 'AES_GCM',
      ciphertextDataIntegrityValueAlgorithm: 'SHA_256',
    })
    return requireCiphertext(answer, plaintext.length, aad)
  }

  async decrypt(
    keyId: string,
    outer: Awaited<ReturnType<KeyStoreBackend['encrypt']>>,
    aad: Uint8Array,
    errand: Errand,
  ): Promise<Uint8Array> {
    const { ciphertext, iv, tag, metadata } = outer
    const answer = await this.#post(`/keys/${keyId}/decrypt`, {
      requestMetadata: metadataOf(errand),
      additionalAuthenticatedData: toBase64(aad),
      encryptionAlgorithm: 'AES_GCM',
      ciphertext: toBase64(ciphertext),
      ...(metadata.length === 0 ? {} : { ciphertextMetadata: toBase64(metadata) }),
      initializationVector: toBase64(iv),
      authenticationTag: toBase64(tag),
    })
    return requirePlaintext(answer, ciphertext.length)
  }

  close(): Promise<void> {
    this.#isClosed = true
    this.#secret[Symbol.dispose]()
    return this.#transport.close()
  }

  async #post(resource: string, content: object) {
    // The secret is zeroed by now: anyone could sign with zeros.
    if (this.#isClosed) throw new BackendError('unreachable', 'the store was disconnected')
    const body = utf8(JSON.stringify(content))
    const path = this.#proxy.path + resource
    const { status, body: answer } = await this.#transport.post(
      path,
      this.#headers(path, body),
      body,
    )
    return parseAnswer(status, answer)
  }

  #headers(path: string, body: Uint8Array): Record<string, string> {
    const date = amzDate(this.#clock.nowMs())
    // Appendix A: Host and X-Amz-Date are what is signed.
    const headers = { Host: this.#host, 'X-Amz-Date': date }
    const authorization = authorizationOf({
      method: 'POST',
      url: { pathname: path, search: '' },
      headers,
      body,
      date,
      accessKeyId: this.#proxy.accessKeyId,
      region: this.#region,
      service,
      key: this.#signingKey(date.slice(0, 8)),
    })
    return {
      ...headers,
      'Content-Type': 'application/json',
      'Content-Length': String(body.length),
      Authorization: authorization,
    }
  }

  #signingKey(day: string): KeyObject {
    if (this.#signing?.day !== day) {
      const bytes = signingKey(this.#secret.expose(), day, this.#region, service)
      this.#signing = { day, key: createSecretKey(bytes) }
      bytes.fill(0)
    }
    return this.#signing.key
  }
}

const metadataOf = ({ principalArn, keyArn, operation, requestId }: Errand) => ({
  awsPrincipalArn: principalArn,
  ...(keyArn === undefined ? {} : { kmsKeyArn: keyArn }),
  kmsOperation: operation,
  kmsRequestId: requestId,
})
