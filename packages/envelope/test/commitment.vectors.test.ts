import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { publicKeyName } from '../src/context.ts'
import { decrypt } from '../src/decrypt.ts'
import type { Keyring } from '../src/materials/types.ts'
import type { DecryptOptions } from '../src/options.ts'
import { MessageReader } from '../src/reader.ts'
import { failsWith } from './messages.ts'
import { sharedPath } from './shared.ts'

type Vector = {
  readonly ciphertext: string
  readonly comment: string
  readonly status: boolean
  readonly commitment: string
  readonly 'decrypted-dek': string
  readonly 'encryption-context': Record<string, string>
  readonly 'keyring-type': 'static' | 'aws-kms'
  readonly 'message-id': string
  readonly 'plaintext-frames'?: readonly string[]
}

const path = sharedPath('vectors/esdk/commitment-test-vectors.json')
const { tests } = JSON.parse(readFileSync(path, 'utf8')) as { tests: readonly Vector[] }
const bytesOf = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'))

/** Gives the data key that the vector says some service once gave. */
const staticKeyring = (dataKey: Uint8Array): Keyring => ({
  onEncrypt: () => Promise.reject(new Error('only decrypts')),
  onDecrypt: async () => ({ dataKey: dataKey.slice() }),
})

const streamed = async (message: Uint8Array, options: DecryptOptions): Promise<Uint8Array> => {
  const slabs: Uint8Array[] = []
  const reader = new MessageReader(
    options,
    (slab) => slabs.push(slab),
    () => {},
  )
  for (const byte of message) await reader.push(Uint8Array.of(byte))
  await reader.end()
  return new Uint8Array(Buffer.concat(slabs))
}

describe('the commitment vectors', () => {
  it('are all there', () => assert.equal(tests.length, 46))
  for (const vector of tests)
    it(vector.comment, async () => {
      const message = bytesOf(vector.ciphertext)
      const options = { keyring: staticKeyring(bytesOf(vector['decrypted-dek'])) }
      if (!vector.status) {
        await assert.rejects(decrypt(message, options), failsWith('DecryptionFailed'))
        await assert.rejects(streamed(message, options), failsWith('DecryptionFailed'))
        return
      }
      const { plaintext, header, context } = await decrypt(message, options)
      const expected = Buffer.from((vector['plaintext-frames'] ?? []).join(''))
      assert.deepEqual(plaintext, new Uint8Array(expected))
      assert.deepEqual(await streamed(message, options), plaintext)
      assert.deepEqual(header.commitment, bytesOf(vector.commitment))
      assert.deepEqual(header.messageId, bytesOf(vector['message-id']))
      assert.deepEqual(new Map(context), new Map(Object.entries(vector['encryption-context'])))
      assert.equal(context.has(publicKeyName), header.suite.signature !== undefined)
    })
})
