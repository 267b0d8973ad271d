import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decrypt, parseHeader } from '../../src/decrypt.ts'
import { encrypt } from '../../src/encrypt.ts'
import { EnvelopeError } from '../../src/errors.ts'
import { rawAesKeyring } from '../../src/keyrings/raw-aes.ts'
import type { Keyring } from '../../src/materials/types.ts'
import type { RewrapOptions } from '../../src/rewrap/options.ts'
import { rewrap, rewrapInto } from '../../src/rewrap/rewrap.ts'
import {
  chunksOf,
  failsWith,
  flipped,
  plaintextOf,
  reading,
  signedV1,
  signedV2,
  testKeyring,
  unsignedV1,
  unsignedV2,
  writing,
} from '../messages.ts'
import { nonFramed } from '../non-framed-message.ts'
import { collector, newKeyring, readingNew, rewrapping, stream } from './setting.ts'

const data = plaintextOf(5)
/** Three frames of 2, 2 and 1 bytes. */
const tiny = async (suite: typeof signedV1): Promise<Uint8Array> =>
  (await encrypt(data, writing(suite, { frameLength: 2, context: { a: 'b' } }))).message

/** What was written by the time that a message was refused, and what it was refused with. */
const attempt = async (chunks: readonly Uint8Array[], options = rewrapping()) => {
  const { write, bytes } = collector()
  let error: unknown
  try {
    await rewrapInto(stream(chunks), write, options)
  } catch (thrown) {
    error = thrown
  }
  return { written: bytes(), error }
}

/** Refused with the error of a reader, and what was written is no message to anybody. */
const assertRefused = async (chunks: readonly Uint8Array[]): Promise<void> => {
  const { written, error } = await attempt(chunks)
  failsWith('NotAMessage', 'Malformed', 'NoDataKey', 'DecryptionFailed', 'PolicyViolation')(error)
  await assert.rejects(decrypt(written, readingNew), failsWith('NotAMessage', 'Malformed'))
}

for (const [what, make] of [
  [unsignedV1, () => tiny(unsignedV1)],
  [signedV1, () => tiny(signedV1)],
  [unsignedV2, () => tiny(unsignedV2)],
  [signedV2, () => tiny(signedV2)],
  [`${unsignedV1}, not framed,`, () => nonFramed(unsignedV1, data)],
  [`${signedV1}, not framed,`, () => nonFramed(signedV1, data)],
] as const)
  describe(`a message of ${what}`, () => {
    it('never becomes a whole new one with any bit flipped', async () => {
      const old = await make()
      const headerBits = parseHeader(old).bytes.length * 8
      // Of the header, one bit of each byte shows it.
      for (let bit = 0; bit < old.length * 8; bit += bit < headerBits ? 9 : 1) {
        const broken = flipped(old, bit)
        if (bit % 2 === 0) await assert.rejects(rewrap(broken, rewrapping()), EnvelopeError)
        else await assertRefused(chunksOf(broken, bit % 3 === 0 ? [1] : [broken.length]))
      }
    })

    it('writes nothing at all when its header is not authentic', async () => {
      const old = await make()
      const { bytes } = parseHeader(old)
      for (let bit = 0; bit < bytes.length * 8; bit += 5) {
        const { written } = await attempt([flipped(old, bit)])
        assert.equal(written.length, 0)
      }
    })

    it('never becomes a whole new one where it is cut short, or where bytes follow it', async () => {
      const old = await make()
      for (let length = 0; length < old.length; length++) {
        await assertRefused([old.slice(0, length)])
        await assertRefused(chunksOf(old.slice(0, length), [7]))
      }
      await assertRefused([new Uint8Array([...old, 0])])
      await assertRefused([old, Uint8Array.of(0)])
      await assertRefused([old, old])
    })

    it('is not rewrapped under another old key', async () => {
      const keyring = rawAesKeyring({
        namespace: 'test',
        name: 'key',
        key: new Uint8Array(32).fill(1),
      })
      const { written, error } = await attempt(
        [await make()],
        rewrapping({ from: { ...reading, keyring } }),
      )
      failsWith('NoDataKey')(error)
      assert.equal(written.length, 0)
    })
  })

describe('a long message', () => {
  // Long enough for several threads, where there are some.
  const long = plaintextOf(6 * 1024 * 1024)
  for (const suite of [unsignedV1, signedV1, unsignedV2, signedV2])
    it(`of ${suite} is refused with a bit flipped in its middle, on any number of threads`, async () => {
      const { message } = await encrypt(long, writing(suite, { frameLength: 4096 }))
      const broken = flipped(message, message.length * 4)
      for (const concurrency of [1, 2]) {
        const from = { ...reading, concurrency }
        const options = rewrapping({ from, to: { keyring: newKeyring, concurrency } })
        const sound = await rewrap(message, options)
        assert.deepEqual((await decrypt(sound.message, readingNew)).plaintext, long)
        await assert.rejects(rewrap(broken, options), failsWith('DecryptionFailed'))
        const { written, error } = await attempt(chunksOf(broken, [500_000]), options)
        failsWith('DecryptionFailed')(error)
        await assert.rejects(decrypt(written, readingNew), failsWith('Malformed'))
      }
    })
})

describe('what reading is told', () => {
  const refuses = async (
    suite: typeof signedV1,
    options: RewrapOptions,
    code: 'PolicyViolation',
  ) => {
    const { written, error } = await attempt([await tiny(suite)], options)
    failsWith(code)(error)
    assert.equal(written.length, 0)
  }

  it('is obeyed: the commitment policy, by default the strict one', async () => {
    const from = { keyring: testKeyring }
    for (const suite of [unsignedV1, signedV1])
      await refuses(suite, rewrapping({ from }), 'PolicyViolation')
    const { way } = await rewrap(await tiny(signedV2), rewrapping({ from }))
    assert.equal(way, 'reencrypted')
  })

  it('is obeyed: signatures, the longest frame, the number of data keys', async () => {
    for (const suite of [signedV1, signedV2])
      await refuses(
        suite,
        rewrapping({ from: { ...reading, allowSigned: false } }),
        'PolicyViolation',
      )
    for (const suite of [unsignedV1, signedV1, unsignedV2, signedV2]) {
      const from = { ...reading, maxFrameLength: 1 }
      await refuses(suite, rewrapping({ from }), 'PolicyViolation')
    }
    const block = await nonFramed(signedV1, data)
    const { error } = await attempt(
      [block],
      rewrapping({ from: { ...reading, maxFrameLength: 4 } }),
    )
    failsWith('PolicyViolation')(error)
  })
})

describe('what may end it', () => {
  const every = [unsignedV1, signedV1, unsignedV2, signedV2]

  it('is the caller, who sees the old header before anybody is asked for new keys', async () => {
    for (const suite of every) {
      const asked: Keyring = {
        onEncrypt: () => assert.fail('was asked'),
        onDecrypt: () => assert.fail('was asked'),
      }
      const seen: (string | undefined)[] = []
      const reason = new Error('not this one')
      const options = rewrapping({
        to: { keyring: asked },
        accept: async ({ context }) => {
          seen.push(context.get('a'))
          throw reason
        },
      })
      const { written, error } = await attempt([await tiny(suite)], options)
      assert.equal(error, reason)
      assert.deepEqual([written.length, seen], [0, ['b']])
    }
  })

  it('is a new key that fails, or its writer, or its source', async () => {
    const failing: Keyring = { ...newKeyring, onEncrypt: () => Promise.reject(new Error('no')) }
    for (const suite of every) {
      const old = await tiny(suite)
      const { written, error } = await attempt([old], rewrapping({ to: { keyring: failing } }))
      failsWith('KeyringFailed')(error)
      assert.equal(written.length, 0)
      const full = new Error('full')
      const write = (): Promise<void> => Promise.reject(full)
      await assert.rejects(rewrapInto(old, write, rewrapping()), full)
      const gone = new Error('gone')
      const source = (async function* () {
        yield old.slice(0, -1)
        throw gone
      })()
      await assert.rejects(
        rewrapInto(source, () => {}, rewrapping()),
        gone,
      )
    }
  })

  it('is a manager that gives out another data key than the one to be wrapped', async () => {
    const other: Keyring = {
      ...newKeyring,
      onEncrypt: (request) => newKeyring.onEncrypt({ ...request, dataKey: undefined }),
    }
    const { written, error } = await attempt(
      [await tiny(signedV1)],
      rewrapping({ to: { keyring: other } }),
    )
    failsWith('InvalidInput')(error)
    assert.equal(written.length, 0)
  })

  it('closes its source, however it ends', async () => {
    let isClosed = false
    const source = (async function* () {
      try {
        for (;;) yield new Uint8Array(100)
      } finally {
        isClosed = true
      }
    })()
    await assert.rejects(
      rewrapInto(source, () => {}, rewrapping()),
      failsWith('NotAMessage'),
    )
    assert.ok(isClosed)
  })
})

describe('arguments that could not be meant', () => {
  const to = { keyring: newKeyring }
  for (const [what, options] of Object.entries({
    'no new key': rewrapping({ to: {} as never }),
    'no old key': rewrapping({ from: {} as never }),
    'a frame length of 0': rewrapping({ to: { ...to, frameLength: 0 } }),
    'a suite that there is not': rewrapping({ to: { ...to, suite: 'NONE' as never } }),
    'no data key at all': rewrapping({ to: { ...to, maxEncryptedDataKeys: 0 } }),
    'half a byte': rewrapping({ to: { ...to, plaintextBytesMax: 0.5 } }),
    'more threads than may be': rewrapping({ from: { ...reading, concurrency: 1000 } }),
  }))
    it(`are refused before anything is read: ${what}`, async () => {
      const source = { bytes: 1, read: () => assert.fail('was read') }
      await assert.rejects(
        rewrapInto(source, () => {}, options),
        failsWith('InvalidInput'),
      )
    })

  it('are refused: options that could not be meant', async () => {
    const { message } = await encrypt(data, writing(unsignedV2))
    const given = rewrapping()
    const policy = 'FORBID_ENCRYPT' as 'FORBID_ENCRYPT_ALLOW_DECRYPT'
    for (const options of [
      { ...given, from: { ...given.from, commitmentPolicy: policy } },
      { ...given, to: { ...given.to, commitmentPolicy: policy } },
      { ...given, to: { ...given.to, concurrency: 0 } },
      { ...given, reencrypt: 'no' as unknown as boolean },
    ])
      await assert.rejects(rewrap(message, options), failsWith('InvalidInput'))
  })

  it('are refused: what is no bytes', async () => {
    await assert.rejects(rewrap('text' as never, rewrapping()), failsWith('InvalidInput'))
    const texts = ['text' as never]
    await assert.rejects(
      rewrapInto(texts, () => {}, rewrapping()),
      failsWith('InvalidInput'),
    )
  })

  it('are refused: more plaintext than was declared', async () => {
    const options = rewrapping({ to: { ...to, plaintextBytesMax: 4 } })
    await assert.rejects(rewrap(await tiny(unsignedV2), options), failsWith('PolicyViolation'))
  })
})
