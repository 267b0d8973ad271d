import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { publicKeyName } from '../../src/context.ts'
import { decrypt } from '../../src/decrypt.ts'
import { encrypt } from '../../src/encrypt.ts'
import { type SuiteName, suites } from '../../src/format/suites.ts'
import { verify } from '../../src/inspect.ts'
import { defaultFrameLength } from '../../src/options.ts'
import { freshHeaderIv } from '../../src/rewrap/header.ts'
import type { RewrapSource } from '../../src/rewrap/options.ts'
import { rewrap, rewrapInto } from '../../src/rewrap/rewrap.ts'
import {
  chunksOf,
  failsWith,
  plaintextOf,
  reading,
  signedV1,
  signedV2,
  suiteNames,
  unsignedV1,
  unsignedV2,
  writing,
} from '../messages.ts'
import { nonFramed } from '../non-framed-message.ts'
import { collector, newKeyring, partsOf, readingNew, rewrapping, stream } from './setting.ts'

const context = { purpose: 'test', ['__proto__']: 'a name like any other', ключ: 'значение' }
const v1Names = suiteNames.filter((name) => !suites[name].commits)
const v2Names = suiteNames.filter((name) => suites[name].commits)

/** The new message is for the new key alone, and says and holds what the old one did. */
const assertSameContent = async (old: Uint8Array, message: Uint8Array): Promise<void> => {
  const before = await decrypt(old, reading)
  const after = await decrypt(message, readingNew)
  assert.deepEqual(after.plaintext, before.plaintext)
  assert.equal(after.header.suite, before.header.suite)
  const pairs = (all: ReadonlyMap<string, string>) =>
    new Map([...all].filter(([key]) => key !== publicKeyName))
  assert.deepEqual(pairs(after.context), pairs(before.context))
  const publicKeys = [before, after].map((read) => read.context.get(publicKeyName))
  if (after.header.suite.signature) assert.notEqual(publicKeys[0], publicKeys[1])
  else assert.deepEqual(publicKeys, [undefined, undefined])
  await assert.rejects(decrypt(message, reading), failsWith('NoDataKey'))
}

/** Everything but keys, IV, tag and signature is the very same. */
const assertBodyKept = async (old: Uint8Array, message: Uint8Array): Promise<void> => {
  const before = await partsOf(old)
  const after = await partsOf(message)
  assert.deepEqual(after.body, before.body)
  assert.deepEqual(after.header.messageId, before.header.messageId)
  assert.equal(after.header.contentType, before.header.contentType)
  assert.equal(after.header.frameLength, before.header.frameLength)
}

describe('a message of version 1', () => {
  for (const suite of v1Names)
    it(`of ${suite} gets new data keys before its old body`, async () => {
      for (const frameLength of [1, 7, 512])
        for (const size of [0, 1, frameLength, 3 * frameLength, 3 * frameLength + 1]) {
          const options = writing(suite, { frameLength, context })
          const { message: old } = await encrypt(plaintextOf(size), options)
          const { message, way, header } = await rewrap(old, rewrapping())
          assert.equal(way, 'rewrapped')
          await assertSameContent(old, message)
          await assertBodyKept(old, message)
          assert.deepEqual((await decrypt(message, readingNew)).header, header)
        }
    })

  for (const suite of v1Names)
    it(`of ${suite} with a non-framed body keeps it`, async () => {
      for (const size of [0, 1, 1000]) {
        const old = await nonFramed(suite, plaintextOf(size))
        const { message, way } = await rewrap(old, rewrapping())
        assert.equal(way, 'rewrapped')
        await assertSameContent(old, message)
        await assertBodyKept(old, message)
      }
    })

  it('gets a random header IV that is none of a frame or of an earlier header', async () => {
    const { message: old } = await encrypt(plaintextOf(9), writing(unsignedV1))
    const seen = new Set([Buffer.from((await partsOf(old)).iv).toString('hex')])
    let message = old
    for (let round = 1; round <= 20; round++) {
      const from = round === 1 ? reading : readingNew
      message = (await rewrap(message, rewrapping({ from }))).message
      const { iv } = await partsOf(message)
      assert.ok(iv.subarray(0, 8).some((byte) => byte !== 0))
      seen.add(Buffer.from(iv).toString('hex'))
      assert.equal(seen.size, round + 1)
    }
    assert.deepEqual((await decrypt(message, readingNew)).plaintext, plaintextOf(9))
  })

  it('is never given an IV that begins with eight zero bytes, nor the old one', () => {
    const old = new Uint8Array(12).fill(1)
    const drawn = [
      new Uint8Array(12),
      Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 9, 9, 9, 9),
      old.slice(),
      Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0),
    ]
    const last = drawn.at(-1)
    const lengths: number[] = []
    const iv = freshHeaderIv(old, (length) => {
      lengths.push(length)
      return drawn.shift() ?? assert.fail('drawn once too often')
    })
    assert.equal(iv, last)
    assert.deepEqual(lengths, [12, 12, 12, 12])
  })
})

describe('a message of version 2', () => {
  for (const suite of v2Names)
    it(`of ${suite} is encrypted anew`, async () => {
      for (const frameLength of [1, 7, 512])
        for (const size of [0, 1, frameLength, 3 * frameLength, 3 * frameLength + 1]) {
          const options = writing(suite, { frameLength, context })
          const { message: old } = await encrypt(plaintextOf(size), options)
          const { message, way, header } = await rewrap(old, rewrapping())
          assert.equal(way, 'reencrypted')
          await assertSameContent(old, message)
          const [before, after] = [await partsOf(old), await partsOf(message)]
          assert.deepEqual((await decrypt(message, readingNew)).header, header)
          assert.equal(after.header.frameLength, frameLength)
          assert.notDeepEqual(after.header.messageId, before.header.messageId)
          assert.notDeepEqual(after.body, before.body)
        }
    })

  it('with a non-framed body gets a framed one', async () => {
    for (const suite of v2Names) {
      const old = await nonFramed(suite, plaintextOf(100_000))
      const { message, way, header } = await rewrap(old, rewrapping())
      assert.deepEqual(
        [way, header.contentType, header.frameLength],
        ['reencrypted', 'framed', defaultFrameLength],
      )
      await assertSameContent(old, message)
    }
  })
})

describe('another form', () => {
  const rewrapAs = async (suite: SuiteName, options: Parameters<typeof rewrapping>[0]) => {
    const { message: old } = await encrypt(plaintextOf(100), writing(suite, { frameLength: 32 }))
    const done = await rewrap(old, rewrapping(options))
    const read = await decrypt(done.message, readingNew)
    assert.deepEqual(read.plaintext, plaintextOf(100))
    return [done.way, read.header.suite.name, read.header.frameLength]
  }

  it('is made by encrypting anew, whatever the version', async () => {
    const to = { keyring: newKeyring }
    const toV2 = { to: { ...to, suite: unsignedV2 } }
    assert.deepEqual(await rewrapAs(signedV1, toV2), ['reencrypted', unsignedV2, 32])
    assert.deepEqual(await rewrapAs(signedV2, toV2), ['reencrypted', unsignedV2, 32])
    const longer = { to: { ...to, frameLength: 64 } }
    assert.deepEqual(await rewrapAs(unsignedV1, longer), ['reencrypted', unsignedV2, 64])
    assert.deepEqual(await rewrapAs(signedV2, longer), ['reencrypted', signedV2, 64])
  })

  it('is not what the same suite and frame length ask for', async () => {
    const to = { keyring: newKeyring, suite: unsignedV1, frameLength: 32 }
    assert.deepEqual(await rewrapAs(unsignedV1, { to }), ['rewrapped', unsignedV1, 32])
  })

  it('is what a data key that became known asks for', async () => {
    const { message: old } = await encrypt(plaintextOf(100), writing(signedV1))
    const { message } = await rewrap(old, rewrapping({ reencrypt: true }))
    assert.notDeepEqual((await partsOf(message)).body, (await partsOf(old)).body)
  })

  it('commits where the policy wants commitment, and signs as before', async () => {
    const reencrypt = true
    assert.deepEqual(await rewrapAs(unsignedV1, { reencrypt }), ['reencrypted', unsignedV2, 32])
    assert.deepEqual(await rewrapAs(signedV1, { reencrypt }), ['reencrypted', signedV2, 32])
    const commitmentPolicy = 'FORBID_ENCRYPT_ALLOW_DECRYPT'
    const to = { keyring: newKeyring, commitmentPolicy } as const
    assert.deepEqual(await rewrapAs(signedV1, { reencrypt, to }), ['reencrypted', signedV1, 32])
    await assert.rejects(rewrapAs(signedV2, { to }), failsWith('PolicyViolation'))
  })
})

describe('a source', () => {
  const file = (t: TestContext, bytes: Uint8Array): string => {
    const folder = mkdtempSync(join(tmpdir(), 'keyhold-rewrap-'))
    t.after(() => {
      rmSync(folder, { recursive: true })
    })
    writeFileSync(join(folder, 'message'), bytes)
    return join(folder, 'message')
  }

  for (const suite of [unsignedV1, signedV1, unsignedV2, signedV2])
    it(`may be bytes, a path, anything that is read or a stream: ${suite}`, async (t) => {
      const data = plaintextOf(3_000_000)
      const { message: old } = await encrypt(data, writing(suite, { frameLength: 1000 }))
      const read = async (at: number, length: number) => old.slice(at, at + length)
      const sources: RewrapSource[] = [
        old,
        file(t, old),
        new URL(`file://${file(t, old)}`),
        { bytes: old.length, read },
        [old],
        chunksOf(old, [1_500_000]),
        stream([old]),
        stream(chunksOf(old, [100_001, 3, 999, 0, 70_000])),
        ReadableStream.from(stream(chunksOf(old, [65_536]))),
      ]
      for (const source of sources) {
        const { write, bytes } = collector()
        const done = await rewrapInto(source, write, rewrapping())
        const message = bytes()
        assert.equal((await verify(message, readingNew)).plaintextBytes, data.length)
        assert.deepEqual((await decrypt(message, readingNew)).plaintext, data)
        if (done.way === 'rewrapped') await assertBodyKept(old, message)
      }
    })

  it('may give its bytes one by one', async () => {
    for (const suite of [unsignedV1, signedV1, unsignedV2, signedV2]) {
      const { message: old } = await encrypt(plaintextOf(50), writing(suite, { frameLength: 9 }))
      const { write, bytes } = collector()
      await rewrapInto(stream(chunksOf(old, [1])), write, rewrapping())
      const { plaintext } = await decrypt(bytes(), readingNew)
      assert.deepEqual(plaintext, plaintextOf(50))
    }
  })
})
