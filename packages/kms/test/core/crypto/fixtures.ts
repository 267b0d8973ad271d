import { randomBytes, randomUUID } from 'node:crypto'
import { loadMaterial, type Material } from '../../../src/core/crypto/material.ts'
import type { Nonces } from '../../../src/core/crypto/nonce.ts'
import { type WrappingKey, wrappingKeyOf } from '../../../src/core/crypto/wrap.ts'
import type { Random } from '../../../src/core/ports.ts'

export const systemRandom: Random = {
  bytes: (length) => new Uint8Array(randomBytes(length)),
  uuid: () => randomUUID(),
}

/** Answers every request with the same bytes, as a machine does that was cloned. */
export const stuckRandom = (byte: number): Random => ({
  bytes: (length) => new Uint8Array(length).fill(byte),
  uuid: () => '00000000-0000-4000-8000-000000000000',
})

/** Answers with exactly these bytes. */
export const randomOf = (bytes: Uint8Array): Random => ({
  ...stuckRandom(0),
  bytes: (length) => {
    if (length !== bytes.length) throw new Error(`${length} bytes were asked for`)
    return new Uint8Array(bytes)
  },
})

export const nonceOf = (nonce: Uint8Array): Nonces => ({
  writeNext: (out, at) => out.set(nonce, at),
})

/** A nonce in a buffer of its own. */
export const nextNonce = (nonces: Nonces, canon: Uint8Array, plaintext: Uint8Array): Uint8Array => {
  const nonce = new Uint8Array(16)
  nonces.writeNext(nonce, 0, canon, plaintext)
  return nonce
}

export const someMaterial = (): Material =>
  loadMaterial(systemRandom.bytes(32), systemRandom.bytes(32))

export const someWrappingKey = (): WrappingKey =>
  wrappingKeyOf(systemRandom.bytes(16), systemRandom.bytes(32))

/** Every way to change `bytes` by one bit. */
export const withEachBitFlipped = function* (bytes: Uint8Array): Generator<[number, Uint8Array]> {
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = new Uint8Array(bytes)
    changed[bit >> 3]! ^= 1 << (bit & 7)
    yield [bit, changed]
  }
}
