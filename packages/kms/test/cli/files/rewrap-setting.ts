/** What the tests of rewrapping share: keys in files, and messages of either version under the old one. */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { Folder } from './scene.ts'

export const oldKey = ['--raw-key-file', 'old']
export const newKey = ['--raw-key-file', 'new']
/** From the old key to the new one. */
export const keys = [...newKey, '--from-raw-key-file', 'old']
export const readsV1 = ['--commitment-policy', 'require-encrypt-allow-decrypt']
const v1 = ['--commitment-policy', 'forbid-encrypt-allow-decrypt', '--algorithm']

/** The flags that write each kind of message. */
export const algorithms = {
  'a signed message of version 2': [],
  'an unsigned message of version 2': ['--algorithm', 'AES_256_GCM_HKDF_SHA512_COMMIT_KEY'],
  'a signed message of version 1': [...v1, 'AES_256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384'],
  'an unsigned message of version 1': [...v1, 'AES_256_GCM_IV12_TAG16_HKDF_SHA256'],
}

/** A folder with keys; no service runs, for none is needed. */
export class KeyFolder extends Folder {
  constructor() {
    super()
    for (const key of ['old', 'new', 'other']) this.write(key, 32)
  }

  /** Encrypts under the old key; resolves to the plaintext. */
  async encrypted(
    name: string,
    content: number | string = 1000,
    flags: readonly string[] = [],
  ): Promise<Uint8Array> {
    const plain = this.write('plain', content)
    const paths = ['-i', 'plain', '-o', name]
    const { code, err } = await this.run(['encrypt', '-q', ...oldKey, ...paths, ...flags])
    assert.equal(code, 0, err)
    return plain
  }

  /** `undefined`: this key does not read it. */
  async decrypted(name: string, key: readonly string[]): Promise<Uint8Array | undefined> {
    const paths = ['-i', name, '-o', '-']
    const ran = await this.run(['decrypt', ...key, ...readsV1, ...paths])
    return ran.code === 0 ? ran.out : undefined
  }

  /** Partial files: there must be none. */
  partials(): readonly string[] {
    return readdirSync(this.path).filter((name) => name.endsWith('.partial'))
  }
}
