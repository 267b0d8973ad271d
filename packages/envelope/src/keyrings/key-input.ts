import { createPrivateKey, createPublicKey, KeyObject } from 'node:crypto'
import { invalid } from './data-key.ts'

/** A key as PEM text, as DER (SPKI for public keys, PKCS #8 for private ones), or as Node's own. */
export type KeyInput = string | Uint8Array | KeyObject

/**
 * Reads a public key. A private key is refused: a public key that was silently derived from one
 * would hide that the caller handed out the wrong half.
 */
export const readPublicKey = (input: KeyInput, what: string): KeyObject => {
  if (input instanceof KeyObject) {
    if (input.type === 'public') return input
    throw invalid(`The ${what} has to be a public key.`)
  }
  if (typeof input === 'string' && input.includes('PRIVATE KEY-----'))
    throw invalid(`The ${what} has to be a public key.`)
  try {
    if (typeof input === 'string') return createPublicKey(input)
    return createPublicKey({ key: Buffer.from(input), format: 'der', type: 'spki' })
  } catch {
    throw invalid(`The ${what} is no public key in PEM or DER.`)
  }
}

/** Reads a private key. What Node says about a bad one is dropped, for it may quote it. */
export const readPrivateKey = (input: KeyInput, what: string): KeyObject => {
  if (input instanceof KeyObject) {
    if (input.type === 'private') return input
    throw invalid(`The ${what} has to be a private key.`)
  }
  if (typeof input === 'string') {
    try {
      return createPrivateKey(input)
    } catch {
      throw invalid(`The ${what} is no private key in PEM or DER.`)
    }
  }
  const der = Buffer.alloc(input.length)
  der.set(input)
  try {
    return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  } catch {
    throw invalid(`The ${what} is no private key in PEM or DER.`)
  } finally {
    der.fill(0)
  }
}
