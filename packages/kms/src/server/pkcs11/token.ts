import {
  aesKeyType,
  attributes,
  flags,
  mechanisms,
  returnValues,
  secretKeyClass,
  userType,
} from './cryptoki.ts'
import { CryptokiError, type CryptokiModule, Word, wordsOf } from './module.ts'
import { TokenError } from './token-error.ts'

const labelBytes = 32
/** Where the flags stand in CK_TOKEN_INFO: after label, manufacturer, model and serial number. */
const flagsAt = 32 + 32 + 16 + 16
const tokenInfoBytes = 208
const ivBytes = 12
const tagBytes = 16
const keyBytes = 32
const slotsMax = 256

type Attribute = readonly [type: number, value: Uint8Array]

/** What a token made of some bytes with one of its keys. */
export type TokenCiphertext = {
  readonly ciphertext: Uint8Array
  readonly iv: Uint8Array
  readonly tag: Uint8Array
}

/** One token of a module: its AES keys, named by label, never leave it. All calls block. */
export class Token {
  readonly #module: CryptokiModule
  readonly #label: string
  readonly #keys = new Map<string, number>()
  #session: number | undefined

  constructor(module: CryptokiModule, label: string) {
    this.#module = module
    this.#label = label
    module.call('C_Initialize', [null])
  }

  /** Throws unless the token is there, and fit to make keys and to encrypt with them. */
  probe(): void {
    const { slot, info } = this.#slot()
    if ((info & flags.tokenInitialized) === 0)
      throw new TokenError('tokenAbsent', 'not initialized')
    for (const mechanism of Object.values(mechanisms))
      try {
        this.#module.call('C_GetMechanismInfo', [slot, mechanism, Buffer.alloc(3 * 8)])
      } catch (error) {
        throw new TokenError(
          'tokenUnfit',
          `mechanism 0x${mechanism.toString(16)} is missing`,
          error,
        )
      }
  }

  /** Only reads `pin`, which the caller zeroes. */
  logIn(pin: Uint8Array): void {
    const { slot, info } = this.#slot()
    if ((info & flags.userPinInitialized) === 0)
      throw new TokenError('userUnknown', 'no PIN was set')
    if ((info & flags.userPinLocked) !== 0)
      throw new TokenError('userLockedOut', 'the PIN is locked')
    const handle = new Word()
    const kind = flags.serialSession | flags.readWriteSession
    this.#module.call('C_OpenSession', [slot, kind, null, null, handle.bytes])
    const accepted = [returnValues.userAlreadyLoggedIn]
    this.#module.call('C_Login', [handle.value, userType, pin, pin.length], accepted)
    this.#session = handle.value
  }

  /** Makes an AES-256 key that the token never gives out. Throws if there is one of that name. */
  createKey(name: string): void {
    if (this.#find(name) !== undefined) throw new TokenError('tokenFailed', `${name} exists`)
    const yes = Uint8Array.of(1)
    const template: readonly Attribute[] = [
      [attributes.class, wordsOf(secretKeyClass)],
      [attributes.keyType, wordsOf(aesKeyType)],
      [attributes.valueLength, wordsOf(keyBytes)],
      [attributes.label, Buffer.from(name)],
      [attributes.id, Buffer.from(name)],
      [attributes.token, yes],
      [attributes.private, yes],
      [attributes.sensitive, yes],
      [attributes.extractable, Uint8Array.of(0)],
      [attributes.encrypt, yes],
      [attributes.decrypt, yes],
    ]
    const mechanism = wordsOf(mechanisms.aesKeyGen, 0, 0)
    const session = this.#requireSession()
    this.#withTemplate(template, (bytes) =>
      this.#module.call('C_GenerateKey', [
        session,
        mechanism,
        bytes,
        template.length,
        new Word().bytes,
      ]),
    )
  }

  destroyKey(name: string): void {
    const key = this.#find(name)
    if (key !== undefined) this.#module.call('C_DestroyObject', [this.#requireSession(), key])
    this.#keys.delete(name)
  }

  encrypt(name: string, plaintext: Uint8Array, aad: Uint8Array): TokenCiphertext {
    const session = this.#requireSession()
    const key = this.#requireKey(name)
    const iv = this.random(ivBytes)
    const out = Buffer.alloc(plaintext.length + tagBytes)
    const length = new Word(out.length)
    this.#withGcm(iv, aad, (mechanism) => {
      this.#module.call('C_EncryptInit', [session, mechanism, key])
      const input = solid(plaintext)
      this.#module.call('C_Encrypt', [session, input, plaintext.length, out, length.bytes])
      input.fill(0)
    })
    if (length.value !== out.length) throw new TokenError('tokenFailed', 'a wrong length was made')
    const end = plaintext.length
    return { ciphertext: out.subarray(0, end), tag: out.subarray(end), iv }
  }

  decrypt(name: string, outer: TokenCiphertext, aad: Uint8Array): Uint8Array {
    try {
      return this.#decrypt(name, outer, aad)
    } catch (error) {
      if (!saysNothing(error) || !this.#works(name)) throw error
      throw new TokenError(
        'tokenCiphertextRefused',
        'what it encrypts decrypts, and this not',
        error,
      )
    }
  }

  /** Some modules have no return value of its own for a tag that is not right. */
  #works(name: string): boolean {
    const probe = Uint8Array.of(1)
    return this.#decrypt(name, this.encrypt(name, probe, probe), probe)[0] === 1
  }

  #decrypt(name: string, { ciphertext, iv, tag }: TokenCiphertext, aad: Uint8Array): Uint8Array {
    const session = this.#requireSession()
    const key = this.#requireKey(name)
    const input = Buffer.alloc(ciphertext.length + tag.length)
    input.set(ciphertext, 0)
    input.set(tag, ciphertext.length)
    // Some modules want room for as much as goes in.
    const out = Buffer.alloc(input.length)
    const length = new Word(out.length)
    this.#withGcm(iv, aad, (mechanism) => {
      this.#module.call('C_DecryptInit', [session, mechanism, key])
      this.#module.call('C_Decrypt', [session, input, input.length, out, length.bytes])
    })
    if (length.value !== ciphertext.length)
      throw new TokenError('tokenFailed', 'a wrong length was made')
    return out.subarray(0, length.value)
  }

  random(length: number): Uint8Array {
    const bytes = Buffer.alloc(length)
    this.#module.call('C_GenerateRandom', [this.#requireSession(), bytes, length])
    return bytes
  }

  /** Forgets the session and what it found, after the token has. */
  logOut(): void {
    this.#session = undefined
    this.#keys.clear()
  }

  get isLoggedIn(): boolean {
    return this.#session !== undefined
  }

  #requireSession(): number {
    if (this.#session === undefined) throw new TokenError('tokenFailed', 'nobody is logged in')
    return this.#session
  }

  #slot(): { readonly slot: number; readonly info: number } {
    const count = new Word(slotsMax)
    const slots = Buffer.alloc(slotsMax * 8)
    this.#module.call('C_GetSlotList', [1, slots, count.bytes])
    for (let at = 0; at < count.value; at += 1) {
      const slot = Number(slots.readBigUInt64LE(at * 8))
      const info = Buffer.alloc(tokenInfoBytes)
      this.#module.call('C_GetTokenInfo', [slot, info])
      const label = info.toString('utf8', 0, labelBytes).trimEnd()
      if (label === this.#label) return { slot, info: Number(info.readBigUInt64LE(flagsAt)) }
    }
    throw new TokenError('tokenAbsent', `no token is labelled ${this.#label}`)
  }

  #requireKey(name: string): number {
    const key = this.#find(name)
    if (key === undefined) throw new TokenError('tokenKeyMissing', `no key is named ${name}`)
    return key
  }

  #find(name: string): number | undefined {
    const known = this.#keys.get(name)
    if (known !== undefined) return known
    const session = this.#requireSession()
    const template: readonly Attribute[] = [
      [attributes.class, wordsOf(secretKeyClass)],
      [attributes.label, Buffer.from(name)],
    ]
    this.#withTemplate(template, (bytes) =>
      this.#module.call('C_FindObjectsInit', [session, bytes, template.length]),
    )
    const found = new Word()
    const handle = new Word()
    try {
      this.#module.call('C_FindObjects', [session, handle.bytes, 1, found.bytes])
    } finally {
      this.#module.call('C_FindObjectsFinal', [session])
    }
    if (found.value === 0) return undefined
    this.#keys.set(name, handle.value)
    return handle.value
  }

  /** CK_ATTRIBUTE one after the other. */
  #withTemplate(template: readonly Attribute[], work: (bytes: Uint8Array) => void): void {
    const held = template.map(([, value]) => solid(value))
    const words = template.flatMap(([type, { length }], at) => [
      type,
      this.#module.address(held[at] ?? solid(wordsOf())),
      length,
    ])
    work(wordsOf(...words))
    release(held)
  }

  /** CK_MECHANISM with CK_GCM_PARAMS (PKCS #11 mechanisms, version 2.40, §2.12.3). */
  #withGcm(iv: Uint8Array, aad: Uint8Array, work: (mechanism: Uint8Array) => void): void {
    const [heldIv, heldAad] = [solid(iv), solid(aad)]
    const parameters = wordsOf(
      this.#module.address(heldIv),
      iv.length,
      iv.length * 8,
      this.#module.address(heldAad),
      aad.length,
      tagBytes * 8,
    )
    work(wordsOf(mechanisms.aesGcm, this.#module.address(parameters), parameters.length))
    release([parameters, heldIv, heldAad])
  }
}

const saysNothing = (error: unknown): boolean =>
  error instanceof CryptokiError &&
  (error.returned === returnValues.generalError || error.returned === returnValues.functionFailed)

/** Memory that structures point to is used up to here, so that it is not collected before. */
const release = (held: readonly Buffer[]): void => {
  for (const bytes of held) bytes.fill(0)
}

/** A copy in memory of its own, which does not move; never empty, so that it has an address. */
const solid = (bytes: Uint8Array): Buffer => {
  const copy = Buffer.alloc(Math.max(bytes.length, 1))
  copy.set(bytes)
  return copy
}
