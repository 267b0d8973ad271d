import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { publicKeyName } from '../src/context.ts'
import { decrypt } from '../src/decrypt.ts'
import { encrypt } from '../src/encrypt.ts'
import { type SuiteName, suites } from '../src/format/suites.ts'
import { verify } from '../src/inspect.ts'
import { multiKeyring } from '../src/keyrings/multi.ts'
import { rawAesKeyring } from '../src/keyrings/raw-aes.ts'
import { defaultManager } from '../src/materials/default.ts'
import { requiredContextManager } from '../src/materials/required-context.ts'
import type { Keyring, MaterialsManager } from '../src/materials/types.ts'
import type { DecryptOptions, EncryptOptions } from '../src/options.ts'
import {
  failsWith,
  plaintextOf,
  reading,
  signedV1,
  signedV2,
  testKeyring,
  unsignedV1,
  unsignedV2,
  writing,
} from './messages.ts'

const data = plaintextOf(20)

/** A keyring that remembers the data keys it gave out. */
const remembering = (): { keyring: Keyring; given: Uint8Array[] } => {
  const given: Uint8Array[] = []
  return {
    given,
    keyring: {
      async onEncrypt(request) {
        const result = await testKeyring.onEncrypt(request)
        given.push(result.dataKey)
        return result
      },
      async onDecrypt(request) {
        const result = await testKeyring.onDecrypt(request)
        if ('dataKey' in result) given.push(result.dataKey)
        return result
      },
    },
  }
}

const areZero = (keys: readonly Uint8Array[]): boolean =>
  keys.every((key) => key.every((byte) => byte === 0))

describe('the commitment policy', () => {
  it('refuses to write what it forbids', async () => {
    const keyring = testKeyring
    const v1 = { keyring, suite: unsignedV1 } as const
    await assert.rejects(encrypt(data, v1), failsWith('PolicyViolation'))
    const v2 = { ...writing(unsignedV1), suite: unsignedV2 } as EncryptOptions
    await assert.rejects(encrypt(data, v2), failsWith('PolicyViolation'))
  })

  it('refuses by default to read what does not commit', async () => {
    const { message } = await encrypt(data, writing(signedV1))
    const options = { keyring: testKeyring }
    await assert.rejects(decrypt(message, options), failsWith('PolicyViolation'))
    await assert.rejects(verify(message, options), failsWith('PolicyViolation'))
    assert.deepEqual((await decrypt(message, reading)).plaintext, data)
  })

  it('is checked on what the manager gives, not only on what was asked', async () => {
    const inner = defaultManager(testKeyring)
    const other = (name: SuiteName): MaterialsManager => ({
      ...inner,
      encryptionMaterials: (request) =>
        inner.encryptionMaterials({
          ...request,
          suite: suites[name],
          commitmentPolicy: 'FORBID_ENCRYPT_ALLOW_DECRYPT',
        }),
    })
    await assert.rejects(
      encrypt(data, { manager: other(unsignedV1) }),
      failsWith('PolicyViolation'),
    )
  })
})

describe('data keys', () => {
  it('are zeroed when the message is written or read, and when that fails', async () => {
    const { keyring, given } = remembering()
    const { message } = await encrypt(data, { keyring })
    await decrypt(message, { keyring })
    const broken = message.slice()
    broken[broken.length - 1] = (broken.at(-1) ?? 0) ^ 1
    await assert.rejects(decrypt(broken, { keyring }))
    await assert.rejects(verify(broken, { keyring }))
    assert.equal(given.length, 4)
    assert.ok(areZero(given))
  })

  it('are limited in number, on both sides', async () => {
    const key = new Uint8Array(32).fill(1)
    const child = rawAesKeyring({ namespace: 'test', name: 'other', key })
    const keyring = multiKeyring({ generator: testKeyring, children: [child] })
    await assert.rejects(
      encrypt(data, { keyring, maxEncryptedDataKeys: 1 }),
      failsWith('PolicyViolation'),
    )
    const { message } = await encrypt(data, { keyring, maxEncryptedDataKeys: 2 })
    await assert.rejects(
      decrypt(message, { keyring, maxEncryptedDataKeys: 1 }),
      failsWith('PolicyViolation'),
    )
    const read = await decrypt(message, { keyring: child, maxEncryptedDataKeys: 2 })
    assert.deepEqual(read.plaintext, data)
  })
})

describe('the encryption context of a message', () => {
  it('leaves required pairs out of the message, yet authenticates them', async () => {
    const context = { tenant: 'a', purpose: 'test' }
    const manager = requiredContextManager({ keyring: testKeyring, requiredKeys: ['tenant'] })
    const { message, header } = await encrypt(data, { manager, context })
    assert.equal(header.context.has('tenant'), false)
    assert.equal(header.context.get('purpose'), 'test')
    const read = await decrypt(message, { manager, reproducedContext: { tenant: 'a' } })
    assert.equal(read.context.get('tenant'), 'a')
    const other = { manager, reproducedContext: { tenant: 'b' } }
    await assert.rejects(decrypt(message, other), failsWith('NoDataKey', 'DecryptionFailed'))
    await assert.rejects(decrypt(message, { manager }), failsWith('ContextMismatch'))
  })

  it('may be given back as it was read', async () => {
    const { message } = await encrypt(data, { keyring: testKeyring, context: { a: 'b' } })
    const { context } = await decrypt(message, { keyring: testKeyring })
    assert.ok(context.has(publicKeyName))
    const again = await decrypt(message, { keyring: testKeyring, reproducedContext: context })
    assert.deepEqual(again.plaintext, data)
    const other = { keyring: testKeyring, reproducedContext: { a: 'c' } }
    await assert.rejects(decrypt(message, other), failsWith('ContextMismatch'))
  })

  it('is refused when a manager claims pairs that nothing authenticates', async () => {
    const inner = defaultManager(testKeyring)
    const manager: MaterialsManager = {
      ...inner,
      async decryptionMaterials(request) {
        const given = await inner.decryptionMaterials(request)
        return { ...given, context: new Map([...given.context, ['admin', 'true']]) }
      },
    }
    const { message } = await encrypt(data, { manager })
    await assert.rejects(decrypt(message, { manager }), failsWith('ContextMismatch'))
  })

  it('must not use the names that the format keeps', async () => {
    const context = { 'aws-crypto-anything': 'x' }
    await assert.rejects(
      encrypt(data, { keyring: testKeyring, context }),
      failsWith('InvalidInput'),
    )
  })
})

describe('options', () => {
  it('are refused where they cannot be meant', async () => {
    const { message } = await encrypt(data, { keyring: testKeyring })
    const wrong = (options: object): Promise<unknown> =>
      encrypt(data, { keyring: testKeyring, ...options })
    for (const options of [
      { frameLength: 0 },
      { frameLength: 2 ** 32 },
      { frameLength: 1.5 },
      { suite: 'ALG_ROT13' },
      { suite: '__proto__' },
      { suite: 0x0578 },
      { suite: null },
      { suite: { ...suites[unsignedV2], name: 'ALG_MINE' } },
      { commitmentPolicy: 'REQUIRE_ENCRYPT_REQUIRE_DECRYPTION' },
      { commitmentPolicy: 'require-encrypt-require-decrypt' },
      { maxEncryptedDataKeys: 0 },
      { keyring: undefined },
      { manager: defaultManager(testKeyring) },
      { context: { a: 1 } },
      { context: { a: '\ud800' } },
      { context: null },
      { context: 'tenant' },
      { context: [['tenant', 'a']] },
      { context: new Set(['tenant']) },
      { context: new URLSearchParams('tenant=a') },
      { context: Object.create({ tenant: 'a' }) as object },
    ])
      await assert.rejects(wrong(options), failsWith('InvalidInput'), JSON.stringify(options))
    await assert.rejects(decrypt(message, {} as DecryptOptions), failsWith('InvalidInput'))
    await assert.rejects(
      decrypt('text' as unknown as Uint8Array, reading),
      failsWith('InvalidInput'),
    )
    await assert.rejects(
      encrypt('text' as unknown as Uint8Array, writing(signedV2)),
      failsWith('InvalidInput'),
    )
  })

  it('are refused where a slip would let through what they are to keep out', async () => {
    const { message } = await encrypt(data, writing(unsignedV1))
    const keyring = testKeyring
    for (const options of [
      { commitmentPolicy: 'REQUIRE_ENCRYPT_REQUIRE_DECRYPTION' },
      { commitmentPolicy: 'require-encrypt-require-decrypt' },
      { commitmentPolicy: null },
      { ...reading, allowSigned: 'false' },
      { ...reading, allowSigned: 0 },
    ]) {
      const wrong = { keyring, ...options } as unknown as DecryptOptions
      for (const read of [decrypt, verify])
        await assert.rejects(read(message, wrong), failsWith('InvalidInput'))
    }
  })

  it('take a suite by its row, and what it means from the registry', async () => {
    const suite = { ...suites[unsignedV2], commits: false, cipher: 'aes-128-gcm' as const }
    const { message } = await encrypt(data, { keyring: testKeyring, suite })
    assert.deepEqual((await decrypt(message, { keyring: testKeyring })).plaintext, data)
  })

  it('take a context from any plain object, and from a Map', async () => {
    const own = JSON.parse('{"__proto__":"x","b":"c"}') as Record<string, string>
    const bare = Object.assign(Object.create(null) as Record<string, string>, { b: 'c' })
    for (const context of [own, bare, new Map([['b', 'c']])]) {
      const { header } = await encrypt(data, { ...writing(unsignedV2), context })
      assert.equal(header.context.get('b'), 'c')
      assert.equal(header.context.get('__proto__'), context === own ? 'x' : undefined)
    }
  })

  it('refuse frames that are longer than the caller will hold', async () => {
    const { message } = await encrypt(data, writing(unsignedV2, { frameLength: 100 }))
    const options = { ...reading, maxFrameLength: 99 }
    await assert.rejects(decrypt(message, options), failsWith('PolicyViolation'))
    assert.ok(await decrypt(message, { ...reading, maxFrameLength: 100 }))
  })
})
