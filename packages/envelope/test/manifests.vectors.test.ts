import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { decrypt } from '../src/decrypt.ts'
import { decryptRange } from '../src/range.ts'
import { multiKeyring } from '../src/keyrings/multi.ts'
import { rawAesKeyring } from '../src/keyrings/raw-aes.ts'
import { rawRsaKeyring } from '../src/keyrings/raw-rsa.ts'
import type { Keyring } from '../src/materials/types.ts'
import { reading } from './messages.ts'
import { sharedPath } from './shared.ts'
import { unzip } from './zip.ts'

type MasterKey = {
  readonly type: 'raw' | 'aws-kms'
  readonly key: string
  readonly 'provider-id': string
  readonly 'encryption-algorithm': 'aes' | 'rsa'
  readonly 'padding-hash'?: 'sha256' | 'sha512'
}
type Vector = {
  readonly ciphertext: string
  readonly 'master-keys': readonly MasterKey[]
  readonly cmm: 'Default' | 'RequiredEncryptionContext'
  readonly 'encryption-context': Record<string, string>
  readonly result: { readonly output: { readonly plaintext: string } }
}
type Key = { readonly type: string; readonly 'key-id': string; readonly material: string }

const archive = (name: string) => {
  const files = unzip(readFileSync(sharedPath(`vectors/esdk/${name}`)))
  const file = (path: string): Buffer => {
    const bytes = files.get(path.replace('file://', ''))
    assert.ok(bytes, path)
    return bytes
  }
  const json = (path: string): unknown => JSON.parse(file(path).toString())
  const { tests } = json('manifest.json') as { tests: Record<string, Vector> }
  const { keys } = json('keys.json') as { keys: Record<string, Key> }
  const isOffline = (vector: Vector): boolean =>
    vector['master-keys'].every(({ type }) => type === 'raw')
  return { file, keys, offline: Object.entries(tests).filter(([, vector]) => isOffline(vector)) }
}

const keyringOf = (master: MasterKey, keys: Record<string, Key>): Keyring => {
  const key = keys[master.key]
  assert.ok(key, master.key)
  const about = { namespace: master['provider-id'], name: key['key-id'] }
  if (master['encryption-algorithm'] === 'aes')
    return rawAesKeyring({ ...about, key: new Uint8Array(Buffer.from(key.material, 'base64')) })
  const padding = master['padding-hash'] === 'sha256' ? 'OAEP_SHA256' : 'OAEP_SHA512'
  return key.type === 'private'
    ? rawRsaKeyring({ ...about, padding, privateKey: key.material })
    : rawRsaKeyring({ ...about, padding, publicKey: key.material })
}

const optionsOf = (vector: Vector, keys: Record<string, Key>) => {
  const children = vector['master-keys'].map((master) => keyringOf(master, keys))
  const options = { ...reading, keyring: multiKeyring({ children }) }
  return vector.cmm === 'Default'
    ? options
    : { ...options, reproducedContext: vector['encryption-context'] }
}

describe('messages of another implementation, all suites', () => {
  const { file, keys, offline } = archive('v4-Net-4.0.1.zip')
  it('are all there', () => assert.equal(offline.length, 99))
  for (const [name, vector] of offline)
    it(`reads ${name}`, async () => {
      const message = new Uint8Array(file(vector.ciphertext))
      const expected = new Uint8Array(file(vector.result.output.plaintext))
      const options = optionsOf(vector, keys)
      const { plaintext, context } = await decrypt(message, options)
      assert.deepEqual(plaintext, expected)
      for (const [key, value] of Object.entries(vector['encryption-context']))
        assert.equal(context.get(key), value)
      const range = await decryptRange(message, 500, 1500, options)
      assert.deepEqual(range.plaintext, expected.slice(500, 1500))
    })
})

describe('messages of an older implementation', () => {
  const { file, keys, offline } = archive('valid-Net-4.0.0.zip')
  it('are all there', () => assert.equal(offline.length, 5))
  for (const [name, vector] of offline)
    it(`reads ${name}`, async () => {
      const message = new Uint8Array(file(vector.ciphertext))
      const { plaintext } = await decrypt(message, optionsOf(vector, keys))
      assert.deepEqual(plaintext, new Uint8Array(file(vector.result.output.plaintext)))
    })
})
