/** Tests that every other Encryption SDK is put to. A peer has a name, `encrypt` and `decrypt`. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EnvelopeError, inspect, suites as suiteTable } from '@keyhold/envelope'
import {
  context,
  defaultSuite,
  plaintextOf,
  policyFor,
  suites,
  unsignedSuite,
  unsortedContext,
} from './cases.mjs'
import { multi, rawAes, rawRsa, rsaPaddings } from './keys.mjs'
import { ours } from './ours.mjs'
import { passes, passesBothWays } from './passing.mjs'

/** Every suite, or those that are named, with each of the wrappings, in every shape. */
export const testSuites = (peer, wrappings, shapes, some = suites) => {
  for (const suite of some)
    for (const [title, wrapping] of Object.entries(wrappings))
      test(`${suite.name} under ${title}`, async () => {
        await passesBothWays(ours, peer, shapes, { suite, wrapping })
      })
}

const twoFrames = [{ frameLength: 512, bytes: 1000 }]

/** Wrappings beside the usual ones: each written by one, and read by the other, or by `readBy`. */
export const testWrappings = (peer, rows) => {
  for (const [title, { wrapping, readBy, suites: some }] of Object.entries(rows))
    test(title, async () => {
      for (const suite of some ?? [defaultSuite, unsignedSuite])
        await passesBothWays(ours, peer, twoFrames, { suite, wrapping, readBy })
    })
}

/** Raw keys of every length and padding. */
export const rawWrappings = () => ({
  ...Object.fromEntries(
    [16, 24, 32].map((bytes) => [
      `a raw AES key of ${bytes * 8} bits`,
      { wrapping: rawAes(bytes) },
    ]),
  ),
  ...Object.fromEntries(
    rsaPaddings.map((padding) => [`raw RSA, ${padding}`, { wrapping: rawRsa(padding) }]),
  ),
})

/** Keys of the service, by every way to name them. */
export const kmsRows = (kms) => ({
  "the service through this repository's own client": {
    wrapping: { ...kms.several, isOwnClient: true },
  },
  'several KMS keys, read by the first': { wrapping: kms.several, readBy: kms.kms },
  'several KMS keys, read by the second': { wrapping: kms.several, readBy: kms.second },
  'a KMS discovery keyring reads': { wrapping: kms.kms, readBy: kms.discovery },
  'a multi-Region-aware KMS keyring': { wrapping: kms.multiRegion },
  'a multi-Region-aware discovery keyring reads': {
    wrapping: kms.kms,
    readBy: kms.multiRegionDiscovery,
  },
})

/** A multi keyring whose message each of its members reads alone. */
export const multiRows = (kms) => {
  const [aes, rsa] = [rawAes(), rawRsa()]
  const wrapping = multi(kms.kms, aes, rsa)
  return {
    'a multi keyring, read by its KMS key': { wrapping, readBy: kms.kms },
    'a multi keyring, read by its raw AES key': { wrapping, readBy: aes },
    'a multi keyring, read by its raw RSA key': { wrapping, readBy: rsa },
  }
}

/** Contexts whose order, length or absence matters, bound by the service and by a raw AES key. */
export const testContexts = (peer, kms) => {
  const contexts = {
    'no encryption context': {},
    'an encryption context that sorts differently by every rule': unsortedContext,
    'a long encryption context': Object.fromEntries(
      Array.from({ length: 40 }, (_, n) => [`key-${n}`, 'v'.repeat(150)]),
    ),
  }
  for (const [title, chosen] of Object.entries(contexts))
    test(title, async () => {
      for (const wrapping of [kms.kms, rawAes()])
        for (const suite of [defaultSuite, unsignedSuite])
          await passesBothWays(ours, peer, twoFrames, { suite, wrapping, context: chosen })
    })
  test('an encryption context with an empty value', async () => {
    const options = { suite: defaultSuite, wrapping: kms.kms, context: { a: '', b: '1' } }
    if (peer.refusesEmptyValues === undefined) return passesBothWays(ours, peer, twoFrames, options)
    for (const [writer, reader] of [
      [ours, peer],
      [peer, ours],
    ])
      await assert.rejects(
        passes(writer, reader, { ...options, ...twoFrames[0] }),
        peer.refusesEmptyValues,
      )
  })
}

/** Pairs that are authenticated and left out: the reader has to know them. */
export const testRequiredContext = (peer, kms) => {
  const requiredKeys = ['purpose', 'größe']
  const reproducedContext = { purpose: context.purpose, größe: context.größe }

  test('pairs that a message leaves out are read by who knows them', async () => {
    for (const wrapping of [kms.kms, rawAes()])
      for (const suite of suites)
        await passesBothWays(ours, peer, twoFrames, {
          suite,
          wrapping,
          requiredKeys,
          reproducedContext,
        })
  })

  test('both refuse a message whose pairs are not known, or known otherwise', async () => {
    const policy = policyFor(defaultSuite)
    for (const wrapping of [kms.kms, rawAes()])
      for (const writer of [ours, peer]) {
        const message = await writer.encrypt({
          plaintext: plaintextOf(10),
          suite: defaultSuite,
          frameLength: 512,
          context,
          wrapping,
          policy,
          requiredKeys,
        })
        const options = { message, wrapping, policy, requiredKeys }
        const { größe, ...incomplete } = reproducedContext
        for (const known of [undefined, incomplete, { ...incomplete, größe: `${größe}!` }])
          for (const reader of [ours, peer])
            await assert.rejects(reader.decrypt({ ...options, reproducedContext: known }))
      }
  })
}

const isEnvelopeError = (codes) => (error) =>
  error instanceof EnvelopeError && codes.includes(error.code)

/** What neither side may read, whoever wrote it. */
export const testRefusals = (peer, kms) => {
  const write = async (writer, suite, wrapping, bytes = 1000) =>
    new Uint8Array(
      await writer.encrypt({
        plaintext: plaintextOf(bytes),
        suite,
        frameLength: 512,
        context,
        wrapping,
        policy: policyFor(suite),
      }),
    )
  /** Both refuse the message; ours with one of the codes. */
  const bothRefuse = async (message, options, codes, what) => {
    await assert.rejects(ours.decrypt({ message, ...options }), isEnvelopeError(codes), what)
    await assert.rejects(peer.decrypt({ message, ...options }), what)
  }

  test('both refuse a message that was changed anywhere', async () => {
    const wrapping = rawAes()
    const policy = policyFor(defaultSuite)
    for (const writer of [ours, peer]) {
      const message = await write(writer, defaultSuite, wrapping)
      const { headerBytes } = await inspect(message)
      const places = { header: 60, tag: headerBytes - 1, frame: headerBytes + 30, footer: -1 }
      for (const [name, at] of Object.entries(places)) {
        const changed = Uint8Array.from(message)
        changed[at < 0 ? changed.length + at : at] ^= 1
        const codes = ['DecryptionFailed', 'Malformed', 'NoDataKey', 'ContextMismatch']
        await bothRefuse(changed, { wrapping, policy }, codes, `${name}, by ${writer.name}`)
      }
      const short = message.subarray(0, message.length - 1)
      await bothRefuse(short, { wrapping, policy }, ['Malformed'], `cut short, by ${writer.name}`)
    }
  })

  test('both refuse a message without commitment under a policy that requires it', async () => {
    const wrapping = rawAes()
    for (const suite of suites.filter(({ commits }) => !commits))
      for (const writer of [ours, peer]) {
        const message = await write(writer, suite, wrapping, 10)
        const policy = 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT'
        await bothRefuse(message, { wrapping, policy }, ['PolicyViolation'], suite.name)
        const allowing = { wrapping, policy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' }
        for (const reader of [ours, peer]) {
          const { plaintext } = await reader.decrypt({ message, ...allowing })
          assert.ok(plaintextOf(10).equals(plaintext))
        }
      }
  })

  test('both refuse more encrypted data keys than they are told to accept', async () => {
    const suite = suiteTable.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY
    const policy = policyFor(suite)
    for (const writer of [ours, peer]) {
      const message = await write(writer, suite, kms.several)
      const options = { wrapping: kms.several, policy }
      await bothRefuse(message, { ...options, maxEncryptedDataKeys: 1 }, ['PolicyViolation'])
      for (const reader of [ours, peer])
        await reader.decrypt({ ...options, message, maxEncryptedDataKeys: 2 })
    }
  })

  test('both refuse a message under keys that were not named, or of another account', async () => {
    const policy = policyFor(defaultSuite)
    for (const writer of [ours, peer]) {
      const message = await write(writer, defaultSuite, kms.kms)
      for (const wrapping of [kms.second, kms.stranger, rawAes(), rawRsa()])
        await bothRefuse(message, { wrapping, policy }, ['NoDataKey'], wrapping.kind)
    }
  })

  test('both refuse a raw data key that another key of the same name wrapped', async () => {
    const policy = policyFor(defaultSuite)
    const [one, other] = [rawAes(), rawAes()]
    for (const writer of [ours, peer]) {
      const message = await write(writer, defaultSuite, one)
      await bothRefuse(message, { wrapping: other, policy }, ['NoDataKey'])
    }
  })
}

/** Messages without frames, which `@keyhold/envelope` reads and does not write. */
export const testUnframed = (peer, wrapping) => {
  for (const suite of suites)
    test(`${suite.name} without frames`, async () => {
      for (const bytes of [0, 1, 5000, 100_000])
        await passes(peer, ours, { suite, wrapping, frameLength: 0, bytes })
    })
}
