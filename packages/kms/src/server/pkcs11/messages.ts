import type { BackendFailure } from '../../core/key-stores/failures.ts'
import type { TokenCiphertext } from './token.ts'

/** What a process that has loaded a module is asked; the first message says which one. */
export type TokenTask =
  | { readonly kind: 'probe' }
  | { readonly kind: 'logIn'; readonly pin: Uint8Array }
  | { readonly kind: 'createKey'; readonly name: string }
  | { readonly kind: 'destroyKey'; readonly name: string }
  | {
      readonly kind: 'encrypt'
      readonly name: string
      readonly plaintext: Uint8Array
      readonly aad: Uint8Array
    }
  | {
      readonly kind: 'decrypt'
      readonly name: string
      readonly outer: TokenCiphertext
      readonly aad: Uint8Array
    }
  | { readonly kind: 'random'; readonly length: number }

export type TokenRequest = { readonly id: number; readonly task: TokenTask }

export type TokenReply = { readonly id: number } & (
  | { readonly result: unknown }
  | { readonly failure: BackendFailure; readonly message: string; readonly isSessionLost: boolean }
)

/** What the process gets on its command line, as JSON: nothing of it is secret. */
export type TokenPlace = {
  /** The file of the PKCS #11 module. */
  readonly module: string
  /** The label of the token. */
  readonly token: string
  /** What brings the foreign function interface: `koffi`, or where it lies. */
  readonly binding: string
}
