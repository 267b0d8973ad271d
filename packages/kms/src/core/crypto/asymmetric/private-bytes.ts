import type { KeyObject } from 'node:crypto'

/**
 * Lends the DER of a private key (PKCS #8, or for EC keys that of RFC 5915) to a function, which may
 * write on it and keeps no part of it, and zeroes it.
 */
export const withPrivateDer = <T>(
  privateKey: KeyObject,
  type: 'pkcs8' | 'sec1',
  use: (der: Uint8Array) => T,
): T => {
  const der = privateKey.export({ type, format: 'der' })
  try {
    return use(der)
  } finally {
    der.fill(0)
  }
}
