import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decrypt } from '../../src/decrypt.ts'
import { encrypt } from '../../src/encrypt.ts'
import { suites } from '../../src/format/suites.ts'
import { multiKeyring } from '../../src/keyrings/multi.ts'
import { rawAesKeyring } from '../../src/keyrings/raw-aes.ts'
import { LocalCryptoMaterialsCache } from '../../src/materials/cache.ts'
import { cachingManager } from '../../src/materials/caching.ts'
import { requiredContextManager } from '../../src/materials/required-context.ts'

const keyOf = (byte: number) =>
  rawAesKeyring({ namespace: 'test', name: `key ${byte}`, key: new Uint8Array(32).fill(byte) })

for (const suite of Object.values(suites).filter(({ kdf }) => kdf !== undefined))
  test(`messages of ${suite.name} share a data key, and every reader reads them`, async () => {
    const keyring = multiKeyring({ generator: keyOf(1), children: [keyOf(2)] })
    using cache = new LocalCryptoMaterialsCache({ capacity: 10 })
    const caching = cachingManager({ keyring, cache, maxAgeSeconds: 60 })
    const manager = requiredContextManager({ manager: caching, requiredKeys: ['tenant'] })
    const writing = {
      manager,
      suite,
      context: { tenant: 'a', purpose: 'test' },
      commitmentPolicy: suite.commits
        ? 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT'
        : 'FORBID_ENCRYPT_ALLOW_DECRYPT',
    } as const
    const reading = {
      reproducedContext: { tenant: 'a' },
      commitmentPolicy: writing.commitmentPolicy,
    } as const
    const texts = ['one', 'two', ''].map((text) => new TextEncoder().encode(text))
    const messages = await Promise.all(texts.map((text) => encrypt(text, writing)))
    assert.equal(caching.stats().calls, 1)

    for (const [index, { message }] of messages.entries()) {
      const own = await decrypt(message, { manager, ...reading })
      const other = await decrypt(message, { keyring: keyOf(2), ...reading })
      assert.deepEqual([own.plaintext, other.plaintext], [texts[index], texts[index]])
      const wrong = { ...reading, reproducedContext: { tenant: 'b' } }
      await assert.rejects(decrypt(message, { manager, ...wrong }))
    }
    const reads = caching.stats().entries.filter(({ kind }) => kind === 'decrypt')
    assert.deepEqual(
      reads.map(({ messages: count }) => count),
      [3],
    )
  })
