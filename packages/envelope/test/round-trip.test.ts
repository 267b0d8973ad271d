import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { publicKeyName } from '../src/context.ts'
import { decrypt } from '../src/decrypt.ts'
import { encrypt } from '../src/encrypt.ts'
import { suites } from '../src/format/suites.ts'
import { inspect, verify } from '../src/inspect.ts'
import { plaintextOf, reading, suiteNames, writing } from './messages.ts'

const frameLengths = [1, 7, 512, 4096, 65_536]
const context = { purpose: 'test', ['__proto__']: 'a name like any other', ключ: 'значение' }

describe('a message', () => {
  for (const suite of suiteNames)
    for (const frameLength of frameLengths)
      it(`comes back from ${suite} with frames of ${frameLength}`, async () => {
        const sizes = [0, 1, frameLength - 1, frameLength, frameLength + 1, 3 * frameLength]
        for (const size of new Set(sizes)) {
          const data = plaintextOf(size)
          const options = writing(suite, { frameLength, context })
          const { message, header } = await encrypt(data, options)
          assert.equal(header.suite, suites[suite])
          const read = await decrypt(message, reading)
          assert.deepEqual(read.plaintext, data)
          assert.deepEqual(read.header, header)
          assert.equal(read.context.get('purpose'), 'test')
          assert.equal(read.context.get('__proto__'), 'a name like any other')
          assert.equal(read.context.has(publicKeyName), header.suite.signature !== undefined)
          const info = await inspect(message)
          assert.deepEqual(info.header, header)
          assert.equal(info.body?.plaintextBytes, size)
          assert.equal(info.body?.frames, Math.floor(size / frameLength) + 1)
          assert.equal((await verify(message, reading)).plaintextBytes, size)
        }
      })

  it('leaves nothing behind its signature in the memory it lies in', async () => {
    const { message } = await encrypt(plaintextOf(9), { keyring: reading.keyring })
    const behind = new Uint8Array(message.buffer, message.byteOffset + message.length)
    assert.ok(behind.every((byte) => byte === 0))
  })

  it('has the default frame length unless the caller names one', async () => {
    const { header } = await encrypt(plaintextOf(9), { keyring: reading.keyring })
    assert.equal(header.frameLength, 262_144)
    assert.equal(header.suite.name, 'ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384')
  })
})
