import { createPublicKey, type KeyObject } from 'node:crypto'
import { KmsError } from '../../api/errors.ts'
import { equalConstantTime } from '../crypto/bytes.ts'
import { Lru } from '../lru.ts'
import {
  clockSkewMs,
  fingerprint,
  requireValid,
  type TrustedRoots,
  type VerifiedChain,
  verifyChain,
} from './certificate-chain.ts'
import { isSignedBy, parseCoseSign1 } from './cose-sign1.ts'
import { type AttestationDocument, parseDocument, type Platform } from './document.ts'
import { documentRefused } from './refusal.ts'

/** Whom an answer is for: an attested program, and what was measured of it. */
export type Recipient = {
  readonly platform: Platform
  readonly moduleId: string
  readonly pcrs: ReadonlyMap<number, Uint8Array>
  /** An RSA key of 2048 to 4096 bits. */
  readonly publicKey: KeyObject
}

export type AttestationTrust = {
  readonly roots: TrustedRoots
  /** How old a document may be, in milliseconds. */
  readonly ageMsMax: number
}

/** The API's own limit; what AWS signs has under 17,000 bytes. */
export const documentBytesMax = 262_144

/** An enclave keeps its certificates for three hours, so that most calls bring known ones. */
const chainsMax = 256

/** Verifies signed attestation documents of Nitro enclaves and NitroTPMs. */
export class Attestation {
  readonly #trust: AttestationTrust
  /** Chains that lead to a root of ours, by what they consist of. */
  readonly #chains = new Lru<string, VerifiedChain>(chainsMax)

  constructor(trust: AttestationTrust) {
    this.#trust = trust
  }

  /**
   * Whom the document is from, once its form, its age, its certificates up to a trusted root and its
   * signature are found good at `nowMs`. Throws ValidationException, and nothing else, if one is not.
   */
  verify(signed: Uint8Array, nowMs: number): Recipient {
    try {
      if (signed.length > documentBytesMax) throw documentRefused('malformed')
      const message = parseCoseSign1(signed)
      const document = parseDocument(message.payload)
      this.#requireFresh(document, nowMs)
      const chain = this.#chain(document)
      requireValid(chain, nowMs)
      if (!isSignedBy(message, chain.publicKey)) throw documentRefused('signature')
      const { platform, moduleId, pcrs } = document
      return { platform, moduleId, pcrs, publicKey: recipientKey(document.publicKey) }
    } catch (error) {
      // OpenSSL and the parsers throw errors of many kinds, and all of them mean this.
      throw error instanceof KmsError ? error : documentRefused('malformed', error)
    }
  }

  #requireFresh({ timestampMs }: AttestationDocument, nowMs: number): void {
    if (nowMs - timestampMs > this.#trust.ageMsMax || timestampMs - nowMs > clockSkewMs)
      throw documentRefused('age')
  }

  #chain(document: AttestationDocument): VerifiedChain {
    const { certificate, caBundle } = document
    const id = [certificate, ...caBundle].map(fingerprint).join()
    const known = this.#chains.get(id)
    if (known !== undefined) return known
    const verified = verifyChain(document, this.#trust.roots)
    this.#chains.set(id, verified)
    return verified
  }
}

/** The key as an X.509 SubjectPublicKeyInfo (RFC 5280 §4.1.2.7), and in no other of its forms. */
const recipientKey = (spki: Uint8Array | undefined): KeyObject => {
  if (spki === undefined) throw documentRefused('noKey')
  const key = readKey(spki)
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {}
  if (
    key.asymmetricKeyType !== 'rsa' ||
    modulusLength < 2048 ||
    modulusLength > 4096 ||
    // FIPS 186-5 §A.1.1.
    publicExponent < 65_537n ||
    !equalConstantTime(key.export({ format: 'der', type: 'spki' }), spki)
  )
    throw documentRefused('key')
  return key
}

const readKey = (spki: Uint8Array): KeyObject => {
  try {
    return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
  } catch (error) {
    throw documentRefused('key', error)
  }
}
