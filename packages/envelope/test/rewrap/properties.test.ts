import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { decrypt } from '../../src/decrypt.ts'
import { encrypt } from '../../src/encrypt.ts'
import { EnvelopeError } from '../../src/errors.ts'
import { suites } from '../../src/format/suites.ts'
import { rewrapInto } from '../../src/rewrap/rewrap.ts'
import { chunksOf, flipped, plaintextOf, reading, suiteNames, writing } from '../messages.ts'
import { collector, newKeyring, partsOf, readingNew, rewrapping, stream } from './setting.ts'

const text = fc.string({ unit: 'grapheme', maxLength: 8 })
const message = fc.record({
  suite: fc.constantFrom(...suiteNames),
  frameLength: fc.integer({ min: 1, max: 50 }),
  size: fc.integer({ min: 0, max: 300 }),
  pairs: fc.dictionary(
    text.filter((key) => !key.startsWith('aws-crypto-')),
    text,
    { maxKeys: 3 },
  ),
  chunks: fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 5 }),
  reencrypt: fc.boolean(),
})

const written = async (chunks: readonly Uint8Array[], reencrypt: boolean) => {
  const { write, bytes } = collector()
  const options = rewrapping({ to: { keyring: newKeyring }, reencrypt })
  const done = await rewrapInto(stream(chunks), write, options)
  return { ...done, message: bytes() }
}

describe('rewrapping', () => {
  it('keeps the content of any message, in whatever pieces it comes', async () => {
    await fc.assert(
      fc.asyncProperty(message, async ({ suite, frameLength, size, pairs, chunks, reencrypt }) => {
        const data = plaintextOf(size)
        const old = (await encrypt(data, writing(suite, { frameLength, context: pairs }))).message
        const sizes = [...chunks, 1]
        const done = await written(chunksOf(old, sizes), reencrypt)
        const isKept = !suites[suite].commits && !reencrypt
        assert.equal(done.way, isKept ? 'rewrapped' : 'reencrypted')
        const read = await decrypt(done.message, readingNew)
        assert.deepEqual(read.plaintext, data)
        assert.deepEqual(read.header, done.header)
        assert.deepEqual(read.context, done.context)
        assert.deepEqual(done.old.header, (await decrypt(old, reading)).header)
        for (const [key, value] of Object.entries(pairs)) assert.equal(read.context.get(key), value)
        if (isKept) assert.deepEqual((await partsOf(done.message)).body, (await partsOf(old)).body)
      }),
      { numRuns: 200 },
    )
  })

  it('refuses any message that was changed, in whatever pieces it comes', async () => {
    const at = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
    await fc.assert(
      fc.asyncProperty(
        message,
        at,
        async ({ suite, frameLength, size, chunks, reencrypt }, part) => {
          const { message: old } = await encrypt(plaintextOf(size), writing(suite, { frameLength }))
          const broken = flipped(old, Math.floor(part * old.length * 8))
          const rewrapped = written(chunksOf(broken, [...chunks, 1]), reencrypt)
          await assert.rejects(rewrapped, (error) => error instanceof EnvelopeError)
        },
      ),
      { numRuns: 200 },
    )
  })
})
