import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { EnvelopeError } from '../../src/errors.ts'
import { multiKeyring } from '../../src/keyrings/multi.ts'
import { rawAesKeyring } from '../../src/keyrings/raw-aes.ts'
import type { Keyring } from '../../src/materials/types.ts'
import { agrees, refuses, someContext, unsigned, withCode, wrap } from './trying.ts'

const aes = (name: string) => rawAesKeyring({ namespace: 'n', name, key: randomBytes(32) })
const broken: Keyring = {
  onEncrypt: () => Promise.reject(new EnvelopeError('KeyringFailed', 'broken')),
  onDecrypt: () => Promise.reject(new EnvelopeError('NoDataKey', 'broken')),
}

describe('a multi keyring', () => {
  test('lets every one of its keyrings decrypt, generator first', async () => {
    const [a, b, c] = [aes('a'), aes('b'), aes('c')]
    const multi = multiKeyring({ generator: a, children: [b, c] })
    for (const reader of [a, b, c, multi, multiKeyring({ children: [c] })]) {
      const { encryptedDataKeys } = await agrees(multi, reader)
      const names = encryptedDataKeys.map(({ providerInfo }) =>
        String.fromCharCode(providerInfo[0]!),
      )
      assert.deepEqual(names, ['a', 'b', 'c'])
    }
  })

  test('nests, and a generator wraps a data key that is there already', async () => {
    const [a, b, c] = [aes('a'), aes('b'), aes('c')]
    const inner = multiKeyring({ generator: b, children: [c] })
    await agrees(multiKeyring({ generator: a, children: [inner] }), c)
  })

  test('makes no data key without a generator, but wraps one', async () => {
    const multi = multiKeyring({ children: [aes('a')] })
    await assert.rejects(wrap(multi), withCode('InvalidInput'))
    const dataKey = randomBytes(32)
    const result = await multi.onEncrypt({ suite: unsigned, context: someContext, dataKey })
    assert.equal(result.dataKey, dataKey)
    assert.equal(result.encryptedDataKeys.length, 1)
    assert.throws(() => multiKeyring({}), withCode('InvalidInput'))
  })

  test('fails to encrypt with any of its keyrings, and zeroes what was made', async () => {
    let made: Uint8Array | undefined
    const generator: Keyring = {
      ...broken,
      onEncrypt: async (request) => {
        const result = await aes('a').onEncrypt(request)
        made = result.dataKey
        return result
      },
    }
    await assert.rejects(wrap(multiKeyring({ generator, children: [broken] })), /broken/)
    assert.ok(made?.every((byte) => byte === 0))
  })

  test('refuses a child that wrapped nothing, whose readers would be left out', async () => {
    const idle: Keyring = {
      ...broken,
      onEncrypt: async ({ dataKey = randomBytes(32) }) => ({ dataKey, encryptedDataKeys: [] }),
    }
    const multi = multiKeyring({ generator: aes('a'), children: [idle] })
    await assert.rejects(wrap(multi), withCode('KeyringFailed'))
  })

  test('refuses a child that wrapped another data key', async () => {
    const stranger: Keyring = { ...broken, onEncrypt: () => wrap(aes('b')) }
    const multi = multiKeyring({ generator: aes('a'), children: [stranger] })
    await assert.rejects(wrap(multi), withCode('KeyringFailed'))
  })

  test('collects the errors of all, and lets none of them stop it', async () => {
    const a = aes('a')
    await agrees(a, multiKeyring({ generator: broken, children: [a] }))
    const result = await wrap(a)
    await refuses(multiKeyring({ generator: broken, children: [aes('a'), aes('b')] }), result, 2)
  })
})
