import { KmsError } from '../../api/errors.ts'
import { requireImportable } from './importable.ts'
import { readPrivateKey } from './private-key.ts'

/** Material that may be imported into a key, in the form in which it is kept. */
export type ImportedMaterial = {
  /** In a buffer of its own, which its receiver zeroes. */
  readonly secret: Uint8Array
  /**
   * What it is recognised by: the secret, or of a key pair the public key (SubjectPublicKeyInfo),
   * for there is more than one way to write the same private key.
   */
  readonly identity: Uint8Array
}

/**
 * Checks what came out of its wrapping, for a key of this spec; does not keep `bytes`, which the
 * caller zeroes. Throws IncorrectKeyMaterialException.
 */
export const readMaterial = (keySpec: string, bytes: Uint8Array): ImportedMaterial => {
  const { form } = requireImportable(keySpec)
  if (form.kind === 'secret') {
    if (bytes.length < form.bytesMin || bytes.length > form.bytesMax) throw unsuitable(keySpec)
    const secret = new Uint8Array(bytes)
    return { secret, identity: secret }
  }
  const pair = readPrivateKey(bytes, form.of)
  if (pair === undefined) throw unsuitable(keySpec)
  return { secret: pair.privateKey, identity: pair.publicKey }
}

const unsuitable = (keySpec: string): KmsError =>
  new KmsError(
    'IncorrectKeyMaterialException',
    `The key material is not valid for KeySpec ${keySpec}.`,
  )
