import type { KeyStoreBackend, OuterCiphertext } from '../../core/key-stores/backend.ts'
import type { HsmCluster } from '../../core/key-stores/cluster.ts'
import type { Secret } from '../../core/crypto/secret.ts'
import { SessionLostError, TokenChannel } from './channel.ts'
import type { TokenPlace, TokenTask } from './messages.ts'
import type { TokenCiphertext } from './token.ts'

const nothing = new Uint8Array(0)

/** A token in the place of a CloudHSM cluster. Each store that is connected to it has its own process. */
export const pkcs11Cluster = (place: TokenPlace, trustAnchor: string): HsmCluster => ({
  trustAnchor,
  probe: async () => {
    const channel = new TokenChannel(place)
    try {
      await channel.ask({ kind: 'probe' })
    } finally {
      channel.close()
    }
  },
  open: (password) => new TokenBackend(place, password),
})

/** The keys of a token, for who has its password. A key is found by its label. */
class TokenBackend implements KeyStoreBackend {
  readonly #channel: TokenChannel
  readonly #password: Secret
  /** Logging in, once for the process that runs. */
  #login: Promise<void> | undefined

  constructor(place: TokenPlace, password: Secret) {
    this.#channel = new TokenChannel(place)
    this.#password = password
  }

  async check(): Promise<void> {
    await this.#channel.ask({ kind: 'probe' })
    await this.#loggedIn()
  }

  async admitKey(keyId: string): Promise<void> {
    await this.#ask({ kind: 'createKey', name: keyId })
  }

  async encrypt(keyId: string, plaintext: Uint8Array, aad: Uint8Array): Promise<OuterCiphertext> {
    const task = { kind: 'encrypt', name: keyId, plaintext, aad } as const
    return { ...((await this.#ask(task)) as TokenCiphertext), metadata: nothing }
  }

  async decrypt(keyId: string, outer: OuterCiphertext, aad: Uint8Array): Promise<Uint8Array> {
    const { ciphertext, iv, tag } = outer
    const task = { kind: 'decrypt', name: keyId, outer: { ciphertext, iv, tag }, aad } as const
    return (await this.#ask(task)) as Uint8Array
  }

  async random(length: number): Promise<Uint8Array> {
    return (await this.#ask({ kind: 'random', length })) as Uint8Array
  }

  async destroyKey(keyId: string): Promise<void> {
    await this.#ask({ kind: 'destroyKey', name: keyId })
  }

  close(): Promise<void> {
    this.#channel.close()
    this.#password[Symbol.dispose]()
    return Promise.resolve()
  }

  /** Once more if the session was lost: tokens that are restarted forget who was logged in. */
  async #ask(task: TokenTask): Promise<unknown> {
    await this.#loggedIn()
    try {
      return await this.#channel.ask(task)
    } catch (error) {
      if (!(error instanceof SessionLostError)) throw error
      this.#login = undefined
      await this.#loggedIn()
      return this.#channel.ask(task)
    }
  }

  #loggedIn(): Promise<void> {
    if (this.#login !== undefined && this.#channel.isRunning) return this.#login
    const pin = new Uint8Array(this.#password.expose())
    const login = this.#channel
      .ask({ kind: 'logIn', pin })
      .then(() => undefined)
      .finally(() => pin.fill(0))
    this.#login = login
    login.catch(() => {
      if (this.#login === login) this.#login = undefined
    })
    return login
  }
}
