import assert from 'node:assert/strict'
import {
  constants,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  privateDecrypt,
  randomBytes,
  randomUUID,
} from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { encodeContext } from '../../src/format/context.ts'
import { open, seal } from '../../src/keyrings/crypto.ts'

type Input = Readonly<Record<string, unknown>>
type Key = { readonly arn: string; readonly material: Buffer | KeyObject }

/** What the stand-in answers with when the caller is wrong, as KMS would. */
export class StandInError extends Error {
  constructor(name: string) {
    super(name)
    this.name = name
  }
}

/** The members that each operation takes; any other one is an error, as it is for KMS. */
const members: Readonly<Record<string, readonly string[]>> = {
  generateDataKey: ['KeyId', 'NumberOfBytes', 'EncryptionContext', 'GrantTokens'],
  generateDataKeyWithoutPlaintext: ['KeyId', 'NumberOfBytes', 'EncryptionContext', 'GrantTokens'],
  encrypt: ['KeyId', 'Plaintext', 'EncryptionContext', 'GrantTokens'],
  decrypt: ['KeyId', 'CiphertextBlob', 'EncryptionContext', 'EncryptionAlgorithm', 'GrantTokens'],
  reEncrypt: [
    'CiphertextBlob',
    'SourceKeyId',
    'SourceEncryptionContext',
    'DestinationKeyId',
    'DestinationEncryptionContext',
    'GrantTokens',
  ],
  getPublicKey: ['KeyId', 'GrantTokens'],
  deriveSharedSecret: ['KeyId', 'KeyAgreementAlgorithm', 'PublicKey', 'GrantTokens'],
}

/**
 * A KMS of one Region in memory: real AES-GCM inside, strict about members, names keys by ARN in its
 * answers. `calls` lists what was asked; `alter` may falsify an answer.
 */
export class StandInKms {
  readonly region: string
  readonly calls: { readonly operation: string; readonly input: Input }[] = []
  alter: (operation: string, answer: Record<string, unknown>) => object = (_, answer) => answer
  readonly #keys: Map<string, Key>
  readonly #aliases = new Map<string, string>()

  constructor(region = 'eu-west-1', replicasOf?: StandInKms) {
    this.region = region
    this.#keys = new Map(
      replicasOf === undefined
        ? []
        : [...replicasOf.#keys].map(([id, key]) => [
            id,
            { ...key, arn: key.arn.replace(replicasOf.region, region) },
          ]),
    )
  }

  createKey(id: string = randomUUID(), material: Buffer | KeyObject = randomBytes(32)): string {
    const arn = `arn:aws:kms:${this.region}:111122223333:key/${id}`
    this.#keys.set(id, { arn, material })
    return arn
  }

  createRsaKey(): { arn: string; publicKey: KeyObject } {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    return { arn: this.createKey(randomUUID(), privateKey), publicKey }
  }

  createEcKey(namedCurve: string): { arn: string; publicKey: KeyObject } {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve })
    return { arn: this.createKey(randomUUID(), privateKey), publicKey }
  }

  createAlias(name: string, keyArn: string): void {
    this.#aliases.set(name, keyArn)
  }

  count(operation: string): number {
    return this.calls.filter((call) => call.operation === operation).length
  }

  async generateDataKey(input: {
    KeyId: string
    NumberOfBytes: number
    EncryptionContext: Record<string, string>
    GrantTokens?: string[]
  }): Promise<{ KeyId?: string; Plaintext?: Uint8Array; CiphertextBlob?: Uint8Array }> {
    const { arn, material } = this.#enter('generateDataKey', input, input.KeyId)
    const Plaintext = randomBytes(input.NumberOfBytes)
    const CiphertextBlob = wrap(arn, material, Plaintext, input.EncryptionContext)
    return this.alter('generateDataKey', { KeyId: arn, Plaintext, CiphertextBlob })
  }

  async generateDataKeyWithoutPlaintext(input: {
    KeyId: string
    NumberOfBytes: number
    EncryptionContext: Record<string, string>
    GrantTokens?: string[]
  }): Promise<{ KeyId?: string; CiphertextBlob?: Uint8Array }> {
    const { arn, material } = this.#enter('generateDataKeyWithoutPlaintext', input, input.KeyId)
    const plaintext = randomBytes(input.NumberOfBytes)
    const CiphertextBlob = wrap(arn, material, plaintext, input.EncryptionContext)
    return this.alter('generateDataKeyWithoutPlaintext', { KeyId: arn, CiphertextBlob })
  }

  async encrypt(input: {
    KeyId: string
    Plaintext: Uint8Array
    EncryptionContext: Record<string, string>
    GrantTokens?: string[]
  }): Promise<{ KeyId?: string; CiphertextBlob?: Uint8Array }> {
    const { arn, material } = this.#enter('encrypt', input, input.KeyId)
    const CiphertextBlob = wrap(arn, material, input.Plaintext, input.EncryptionContext)
    return this.alter('encrypt', { KeyId: arn, CiphertextBlob })
  }

  async decrypt(input: {
    KeyId: string
    CiphertextBlob: Uint8Array
    EncryptionContext?: Record<string, string>
    EncryptionAlgorithm?: 'RSAES_OAEP_SHA_1' | 'RSAES_OAEP_SHA_256'
    GrantTokens?: string[]
  }): Promise<{ KeyId?: string; Plaintext?: Uint8Array }> {
    const { arn, material } = this.#enter('decrypt', input, input.KeyId)
    const { CiphertextBlob, EncryptionAlgorithm, EncryptionContext } = input
    if (Buffer.isBuffer(material)) {
      assert.equal(EncryptionAlgorithm, undefined)
      const Plaintext = unwrap(arn, material, CiphertextBlob, EncryptionContext ?? {})
      return this.alter('decrypt', { KeyId: arn, Plaintext })
    }
    // An asymmetric key takes no context.
    assert.equal(EncryptionContext, undefined)
    const oaepHash = EncryptionAlgorithm === 'RSAES_OAEP_SHA_1' ? 'sha1' : 'sha256'
    const padding = constants.RSA_PKCS1_OAEP_PADDING
    try {
      const Plaintext = privateDecrypt({ key: material, padding, oaepHash }, CiphertextBlob)
      return this.alter('decrypt', { KeyId: arn, Plaintext })
    } catch {
      throw new StandInError('InvalidCiphertextException')
    }
  }

  async reEncrypt(input: {
    CiphertextBlob: Uint8Array
    SourceKeyId: string
    SourceEncryptionContext: Record<string, string>
    DestinationKeyId: string
    DestinationEncryptionContext: Record<string, string>
    GrantTokens?: string[]
  }): Promise<{ KeyId?: string; SourceKeyId?: string; CiphertextBlob?: Uint8Array }> {
    const from = this.#enter('reEncrypt', input, input.SourceKeyId)
    const to = this.#find(input.DestinationKeyId)
    const { CiphertextBlob: wrapped, SourceEncryptionContext } = input
    const plaintext = unwrap(from.arn, from.material, wrapped, SourceEncryptionContext)
    const CiphertextBlob = wrap(to.arn, to.material, plaintext, input.DestinationEncryptionContext)
    return this.alter('reEncrypt', { KeyId: to.arn, SourceKeyId: from.arn, CiphertextBlob })
  }

  async getPublicKey(input: {
    KeyId: string
    GrantTokens?: string[]
  }): Promise<{ KeyId?: string; PublicKey?: Uint8Array; KeyUsage?: string }> {
    const { arn, material } = this.#enter('getPublicKey', input, input.KeyId)
    assert.ok(!Buffer.isBuffer(material))
    const PublicKey = createPublicKey(material).export({ format: 'der', type: 'spki' })
    return this.alter('getPublicKey', { KeyId: arn, PublicKey, KeyUsage: 'KEY_AGREEMENT' })
  }

  async deriveSharedSecret(input: {
    KeyId: string
    KeyAgreementAlgorithm: 'ECDH'
    PublicKey: Uint8Array
    GrantTokens?: string[]
  }): Promise<{ KeyId?: string; SharedSecret?: Uint8Array; KeyAgreementAlgorithm?: string }> {
    const { arn, material } = this.#enter('deriveSharedSecret', input, input.KeyId)
    assert.ok(!Buffer.isBuffer(material))
    assert.equal(input.KeyAgreementAlgorithm, 'ECDH')
    const key = Buffer.from(input.PublicKey)
    const publicKey = createPublicKey({ key, format: 'der', type: 'spki' })
    const SharedSecret = diffieHellman({ privateKey: material, publicKey })
    const KeyAgreementAlgorithm = 'ECDH'
    return this.alter('deriveSharedSecret', { KeyId: arn, SharedSecret, KeyAgreementAlgorithm })
  }

  #enter(operation: string, input: Input, keyId: string): Key {
    this.calls.push({ operation, input })
    for (const [name, value] of Object.entries(input)) {
      assert.ok(members[operation]?.includes(name), `${operation} has no member ${name}`)
      assert.notEqual(value, undefined, `${operation} got an undefined ${name}`)
    }
    return this.#find(keyId)
  }

  #find(keyId: string): Key {
    const arn = this.#aliases.get(keyId) ?? keyId
    const key = this.#keys.get(arn) ?? [...this.#keys.values()].find((each) => each.arn === arn)
    if (key === undefined) throw new StandInError('NotFoundException')
    return key
  }
}

/** The ARN is not part of the blob: like KMS, it tells one key from the other by the key alone. */
const wrap = (
  arn: string,
  material: Buffer | KeyObject,
  plaintext: Uint8Array,
  context: Readonly<Record<string, string>>,
): Uint8Array => {
  assert.ok(Buffer.isBuffer(material), `${arn} is no symmetric key`)
  const iv = randomBytes(12)
  const aad = encodeContext(new Map(Object.entries(context)))
  return Buffer.concat([iv, seal(material, iv, aad, plaintext)])
}

const unwrap = (
  arn: string,
  material: Buffer | KeyObject,
  blob: Uint8Array,
  context: Readonly<Record<string, string>>,
): Uint8Array => {
  assert.ok(Buffer.isBuffer(material), `${arn} is no symmetric key`)
  const aad = encodeContext(new Map(Object.entries(context)))
  const plaintext = open(material, blob.subarray(0, 12), aad, blob.subarray(12))
  if (plaintext === undefined) throw new StandInError('InvalidCiphertextException')
  return plaintext
}
