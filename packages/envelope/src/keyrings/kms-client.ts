import type { EncryptionContext } from '../materials/types.ts'
import { invalid } from './data-key.ts'

type Context = Record<string, string>
type Wrapped = {
  readonly KeyId?: string | undefined
  readonly CiphertextBlob?: Uint8Array | undefined
}
type Plain = { readonly KeyId?: string | undefined; readonly Plaintext?: Uint8Array | undefined }

/*
 * What each keyring asks of a key service, in the shapes of AWS's KMS. The `KMS` class of AWS's SDK
 * and Keyhold's own client fit as they are.
 * A plaintext or shared secret in an answer is copied, and then zeroed where it lay.
 */

export type GeneratesDataKeys = {
  generateDataKey(input: {
    KeyId: string
    NumberOfBytes: number
    EncryptionContext: Context
    GrantTokens?: string[]
  }): Promise<Wrapped & Plain>
}

export type Encrypts = {
  encrypt(input: {
    KeyId: string
    Plaintext: Uint8Array
    EncryptionContext: Context
    GrantTokens?: string[]
  }): Promise<Wrapped>
}

export type Decrypts = {
  decrypt(input: {
    KeyId: string
    CiphertextBlob: Uint8Array
    EncryptionContext: Context
    GrantTokens?: string[]
  }): Promise<Plain>
}

export type DecryptsRsa = {
  decrypt(input: {
    KeyId: string
    CiphertextBlob: Uint8Array
    EncryptionAlgorithm: 'RSAES_OAEP_SHA_1' | 'RSAES_OAEP_SHA_256'
    GrantTokens?: string[]
  }): Promise<Plain>
}

export type AgreesOnSecrets = {
  deriveSharedSecret(input: {
    KeyId: string
    KeyAgreementAlgorithm: 'ECDH'
    PublicKey: Uint8Array
    GrantTokens?: string[]
  }): Promise<{
    readonly KeyId?: string | undefined
    readonly SharedSecret?: Uint8Array | undefined
    readonly KeyAgreementAlgorithm?: string | undefined
  }>
  getPublicKey(input: { KeyId: string; GrantTokens?: string[] }): Promise<{
    readonly KeyId?: string | undefined
    readonly PublicKey?: Uint8Array | undefined
    readonly KeyUsage?: string | undefined
  }>
}

export type WrapsBranchKeys = Decrypts & {
  generateDataKeyWithoutPlaintext(input: {
    KeyId: string
    NumberOfBytes: number
    EncryptionContext: Context
    GrantTokens?: string[]
  }): Promise<Wrapped>
  reEncrypt(input: {
    CiphertextBlob: Uint8Array
    SourceKeyId: string
    SourceEncryptionContext: Context
    DestinationKeyId: string
    DestinationEncryptionContext: Context
    GrantTokens?: string[]
  }): Promise<Wrapped & { readonly SourceKeyId?: string | undefined }>
}

/**
 * One client for all keys, or a function that gives the client of a Region (`undefined`: the key
 * was named without one). What the function gives is kept, and asked for once per Region.
 */
export type ClientSource<Client> =
  | { readonly client: Client; readonly clientFor?: undefined }
  | { readonly clientFor: (region: string | undefined) => Client; readonly client?: undefined }

/** More Regions than any partition has; beyond it, messages are inventing them. */
const regionsMax = 64

/** The client for a Region. Throws what the caller's function throws. */
export const clientsOf = <Client>(
  source: ClientSource<Client>,
): ((region: string | undefined) => Client) => {
  if ((source.client === undefined) === (source.clientFor === undefined))
    throw invalid('A KMS keyring needs either a client or a function that gives one.')
  if (source.clientFor === undefined) return () => source.client
  const { clientFor } = source
  const known = new Map<string | undefined, Client>()
  return (region) => {
    const found = known.get(region) ?? clientFor(region)
    if (known.size >= regionsMax) known.clear()
    known.set(region, found)
    return found
  }
}

/** The member of an input that carries grant tokens: absent when there are none. */
export const grantTokensMember = (
  tokens: readonly string[] | undefined,
): { GrantTokens?: string[] } =>
  tokens === undefined || tokens.length === 0 ? {} : { GrantTokens: [...tokens] }

/** A context as a key service takes it. `__proto__` stays an ordinary name. */
export const contextRecord = (context: EncryptionContext): Context => Object.fromEntries(context)
