import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { awsAttestation, awsNitroRoot, parseRoot } from '../core/attestation/roots.ts'
import type { AttestationTrust } from '../core/attestation/verify.ts'

/** What an operator says of attestation documents; what is absent is as for AWS's. */
export type AttestationSettings = {
  /** Files of root certificates, and `aws` for AWS's own root. */
  readonly roots?: readonly string[] | undefined
  readonly maxAgeSeconds?: number | undefined
}

/** Reads an operator's roots of attestation documents; names the file that is wrong. */
export const openAttestationTrust = async (
  { roots, maxAgeSeconds }: AttestationSettings,
  cwd: string,
): Promise<AttestationTrust> => ({
  roots:
    roots === undefined
      ? awsAttestation.roots
      : new Set(await Promise.all(roots.map((name) => rootOf(name, cwd)))),
  ageMsMax: maxAgeSeconds === undefined ? awsAttestation.ageMsMax : maxAgeSeconds * 1000,
})

const rootOf = async (name: string, cwd: string): Promise<string> => {
  if (name === 'aws') return awsNitroRoot
  const file = resolve(cwd, name)
  try {
    return parseRoot(await readFile(file, 'utf8'))
  } catch (error) {
    throw new Error(
      `the attestation root ${file} cannot be used: it has to be one PEM certificate of a CA ` +
        'with a key on P-384, signed by itself',
      { cause: error },
    )
  }
}
