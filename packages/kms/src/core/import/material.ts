import { createPrivateKey, createPublicKey } from 'node:crypto'
import { KmsError } from '../../api/errors.ts'
import { requireImportable } from './importable.ts'
import { readPrivateKey } from './private-key.ts'

/**
 * Checks what came out of its wrapping, for a key of this spec: the material in the form in which it
 * is kept, in a buffer of its own which the caller zeroes, as it does `bytes`. Throws
 * IncorrectKeyMaterialException.
 */
export const readMaterial = (keySpec: string, bytes: Uint8Array): Uint8Array => {
  const { form } = requireImportable(keySpec)
  if (form.kind === 'secret') {
    if (bytes.length < form.bytesMin || bytes.length > form.bytesMax) throw unsuitable(keySpec)
    return new Uint8Array(bytes)
  }
  const privateKey = readPrivateKey(bytes, form.of)
  if (privateKey === undefined) throw unsuitable(keySpec)
  return privateKey
}

const unsuitable = (keySpec: string): KmsError =>
  new KmsError(
    'IncorrectKeyMaterialException',
    `The key material is not valid for KeySpec ${keySpec}.`,
  )

/**
 * What material is recognised by when it comes again: itself, or of a key pair the public key
 * (SubjectPublicKeyInfo), for there is more than one way to write the same private key. `material`
 * is as `readMaterial` gives it.
 */
export const identityOf = (keySpec: string, material: Uint8Array): Uint8Array => {
  if (requireImportable(keySpec).form.kind === 'secret') return material
  const key = Buffer.from(material.buffer, material.byteOffset, material.length)
  const privateKey = createPrivateKey({ key, format: 'der', type: 'pkcs8' })
  return createPublicKey(privateKey).export({ format: 'der', type: 'spki' })
}
