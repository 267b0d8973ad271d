/** Messages in pieces, and data keys that serve several messages. */
import assert from 'node:assert/strict'
import { pipeline } from 'node:stream/promises'
import { buffer } from 'node:stream/consumers'
import { test } from 'node:test'
import {
  cachingManager,
  decryptNodeStream,
  encryptNodeStream,
  inspect,
  LocalCryptoMaterialsCache,
} from '@keyhold/envelope'
import { context, defaultSuite, plaintextOf, policyFor, suites, unsignedSuite } from './cases.mjs'
import { keyringOf, ours } from './ours.mjs'

const mebibyte = 2 ** 20

/** Pieces whose ends have nothing to do with those of frames. */
const pieces = (bytes) => {
  const whole = plaintextOf(bytes)
  const cuts = []
  for (let at = 0; at < bytes; at += 40_961) cuts.push(whole.subarray(at, at + 40_961))
  return cuts
}

const streamsOfOurs = (concurrency) => ({
  name: `keyhold at concurrency ${concurrency}`,
  encryptStream: ({ suite, frameLength, wrapping, policy }) =>
    encryptNodeStream({
      keyring: keyringOf(wrapping),
      suite,
      frameLength,
      context,
      commitmentPolicy: policy,
      concurrency,
    }),
  decryptStream: ({ wrapping, policy }) =>
    decryptNodeStream({ keyring: keyringOf(wrapping), commitmentPolicy: policy, concurrency }),
})

/** Streams of each side into streams of the other one, nothing held in between. */
export const testStreams = (peer, wrapping) => {
  for (const concurrency of [1, 2])
    for (const suite of [defaultSuite, unsignedSuite])
      for (const frameLength of [4096, 65_536])
        test(`${suite.name}, frames of ${frameLength}, concurrency ${concurrency}`, async () => {
          const own = streamsOfOurs(concurrency)
          const options = { suite, frameLength, wrapping, context, policy: policyFor(suite) }
          const bytes = 2 * mebibyte - 1
          for (const [writer, reader] of [
            [own, peer],
            [peer, own],
          ]) {
            const written = writer.encryptStream(options)
            const read = reader.decryptStream(options)
            const [plaintext] = await Promise.all([
              buffer(read),
              pipeline(pieces(bytes), written, read),
            ])
            assert.ok(plaintextOf(bytes).equals(plaintext), `${reader.name} read other bytes`)
          }
        })
}

/** Messages that share a data key are read as any other one: each derives a key of its own. */
export const testCaching = (peer, wrapping) => {
  const cacheable = suites.filter(({ kdf }) => kdf !== undefined)
  const dataKeyOf = async (message) =>
    Buffer.from((await inspect(message)).header.encryptedDataKeys[0].ciphertext).toString('hex')

  test('messages under one cached data key are read by the other side', async () => {
    for (const suite of cacheable) {
      const manager = cachingManager({
        keyring: keyringOf(wrapping),
        cache: new LocalCryptoMaterialsCache({ capacity: 10 }),
        maxAgeSeconds: 60,
      })
      const own = { name: ours.name, encrypt: (options) => ours.encrypt({ ...options, manager }) }
      const cached = peer.caching(wrapping)
      for (const [writer, reader] of [
        [own, peer],
        [cached, ours],
        [cached, { decrypt: (options) => ours.decrypt({ ...options, manager }) }],
        [own, cached],
      ]) {
        const policy = policyFor(suite)
        const dataKeys = new Set()
        for (const bytes of [0, 10, 5000]) {
          const plaintext = plaintextOf(bytes)
          const options = { suite, frameLength: 4096, context, wrapping, policy }
          const message = new Uint8Array(await writer.encrypt({ plaintext, ...options }))
          dataKeys.add(await dataKeyOf(message))
          const opened = await reader.decrypt({ message, wrapping, policy })
          assert.ok(plaintext.equals(opened.plaintext))
        }
        assert.equal(dataKeys.size, 1, `${writer.name} made several data keys`)
      }
    }
  })
}
