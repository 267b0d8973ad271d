import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { decryptCommitted, encryptBlob, openCommitted } from '../../../src/core/crypto/blob.ts'
import { gcmDecrypt, oneMessageIv } from '../../../src/core/crypto/gcm.ts'
import { kdfKeyOf } from '../../../src/core/crypto/kdf.ts'
import { NonceSource } from '../../../src/core/crypto/nonce.ts'
import {
  deriveTokenKey,
  unwrapSecret,
  type WrapPlace,
  wrapSecret,
} from '../../../src/core/crypto/wrap.ts'
import { someMaterial, someWrappingKey, stuckRandom, systemRandom } from './fixtures.ts'

const material = someMaterial()
const wrappingKey = someWrappingKey()
const canon = new Uint8Array(2)
const bytes = new Uint8Array(50).fill(1)
const place: WrapPlace = {
  clusterId: '',
  table: 'material',
  rowId: '',
  account: '',
  region: '',
  keyId: '',
  materialId: '',
  purpose: '',
  spec: '',
}
const blob = encryptBlob(material, new NonceSource(systemRandom), bytes, canon)
const wrapped = wrapSecret(wrappingKey, 'root', place, bytes, systemRandom)

/** What an action does, and the lengths of the buffers that must be zeroed when it is over. */
const actions: Record<string, readonly [() => unknown, ...number[]]> = {
  'the MAC that a KDF key is cut from': [() => kdfKeyOf(bytes), 64],
  'what was decrypted before a wrong tag showed': [
    () => gcmDecrypt(bytes.slice(0, 32), oneMessageIv, canon, bytes, bytes.slice(0, 16)),
    50,
  ],
  'the key of an encryption, and the plaintext that its nonce was made of': [
    () => encryptBlob(material, new NonceSource(stuckRandom(1)), bytes, canon),
    32,
    8248,
  ],
  'the key and the commitment that a blob does not have': [
    () => openCommitted(someMaterial(), { bytes: blob, suite: 1 }),
    32,
    32,
  ],
  'the key of a decryption': [
    () => decryptCommitted(openCommitted(material, { bytes: blob, suite: 1 })!, canon),
    32,
  ],
  'the key of a wrap': [() => wrapSecret(wrappingKey, 'root', place, bytes, systemRandom), 32],
  'the key of an unwrap': [() => unwrapSecret(wrappingKey, 'root', place, wrapped), 32, 32],
  'the bytes of a token key': [() => deriveTokenKey(wrappingKey, 'state', 1), 32],
}

for (const [name, [act, ...lengths]] of Object.entries(actions))
  test(`zeroed is ${name}`, (context) => {
    const zeroed = watchZeroing(context)
    act()
    for (const length of lengths) {
      const at = zeroed.findIndex((buffer) => buffer.length === length)
      assert.notEqual(at, -1, `a buffer of ${length} bytes`)
      zeroed.splice(at, 1)
    }
  })

const watchZeroing = (context: TestContext): Buffer[] => {
  const zeroed: Buffer[] = []
  const fill = Buffer.prototype.fill
  context.mock.method(Buffer.prototype, 'fill', function (this: Buffer, value: number) {
    if (value === 0) zeroed.push(this)
    return fill.call(this, value)
  })
  return zeroed
}
