import assert from 'node:assert/strict'
import { sign, verify } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { publicKeyName } from '../../src/context.ts'
import { EnvelopeError } from '../../src/errors.ts'
import { type Suite, suites } from '../../src/format/suites.ts'
import { defaultSuite } from '../../src/materials/commitment.ts'
import { defaultManager } from '../../src/materials/default.ts'
import { parsePublicKey } from '../../src/materials/signing.ts'
import {
  code,
  committing,
  FakeKeyring,
  isZero,
  plain,
  signing,
  toDecrypt,
  toEncrypt,
} from './fakes.ts'

const policyFor = (suite: Suite) =>
  suite.commits ? 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT' : 'FORBID_ENCRYPT_ALLOW_DECRYPT'

describe('encryption materials', () => {
  for (const policy of [
    'FORBID_ENCRYPT_ALLOW_DECRYPT',
    'REQUIRE_ENCRYPT_ALLOW_DECRYPT',
    'REQUIRE_ENCRYPT_REQUIRE_DECRYPT',
  ] as const)
    test(`have the default suite of ${policy}`, async () => {
      const request = toEncrypt({ suite: undefined, commitmentPolicy: policy })
      const materials = await defaultManager(new FakeKeyring()).encryptionMaterials(request)
      assert.equal(materials.suite, defaultSuite(policy))
      assert.equal(materials.dataKey.length, 32)
    })

  for (const suite of Object.values(suites))
    test(`of ${suite.name} are decrypted with, and the signature verifies`, async () => {
      const keyring = new FakeKeyring()
      const manager = defaultManager(keyring)
      const commitmentPolicy = policyFor(suite)
      const context = new Map([['purpose', 'test']])
      const written = await manager.encryptionMaterials(
        toEncrypt({ suite, commitmentPolicy, context }),
      )
      const read = await manager.decryptionMaterials(toDecrypt({ ...written, commitmentPolicy }))
      assert.deepEqual(read.dataKey, written.dataKey)
      assert.deepEqual(read.context, written.context)
      assert.deepEqual(context, new Map([['purpose', 'test']]), "the caller's context is untouched")
      assert.equal(written.context.has(publicKeyName), suite.signature !== undefined)
      assert.equal(keyring.encryptRequests[0]?.context, written.context)
      assert.equal(written.signingKey === undefined, suite.signature === undefined)
      if (!suite.signature || !written.signingKey || !read.verificationKey) return
      const { hash } = suite.signature
      const signature = sign(hash, Buffer.from('text'), written.signingKey)
      assert.ok(verify(hash, Buffer.from('text'), read.verificationKey, signature))
    })

  test('have another key pair for every message', async () => {
    const manager = defaultManager(new FakeKeyring())
    const [a, b] = await Promise.all(
      [1, 2].map(() => manager.encryptionMaterials(toEncrypt({ suite: signing }))),
    )
    assert.notEqual(a?.context.get(publicKeyName), b?.context.get(publicKeyName))
  })

  test('are refused for a context with reserved names', async () => {
    const manager = defaultManager(new FakeKeyring())
    for (const name of [publicKeyName, 'aws-crypto-', 'aws-crypto-other']) {
      const request = toEncrypt({ context: new Map([[name, 'x']]) })
      await assert.rejects(manager.encryptionMaterials(request), code('InvalidInput'))
    }
  })

  test('are refused for a suite that the policy forbids', async () => {
    const keyring = new FakeKeyring()
    const manager = defaultManager(keyring)
    const forbidden = [
      toEncrypt({ suite: plain }),
      toEncrypt({ suite: plain, commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' }),
      toEncrypt({ suite: committing, commitmentPolicy: 'FORBID_ENCRYPT_ALLOW_DECRYPT' }),
    ]
    for (const request of forbidden)
      await assert.rejects(manager.encryptionMaterials(request), code('PolicyViolation'))
    assert.equal(keyring.encryptRequests.length, 0)
  })

  test('have no more data keys than allowed; the data key of a refused message is zeroed', async () => {
    const keyring = new FakeKeyring()
    keyring.dataKeyCount = 3
    const manager = defaultManager(keyring)
    await manager.encryptionMaterials(toEncrypt({ maxEncryptedDataKeys: 3 }))
    const refused = manager.encryptionMaterials(toEncrypt({ maxEncryptedDataKeys: 2 }))
    await assert.rejects(refused, code('PolicyViolation'))
    assert.deepEqual(keyring.given.map(isZero), [false, true])
  })

  test('are refused where the keyring wraps nothing or gives a wrong length', async () => {
    for (const fault of [{ dataKeyCount: 0 }, { keyBytes: 16 }]) {
      const keyring = Object.assign(new FakeKeyring(), fault)
      const refused = defaultManager(keyring).encryptionMaterials(toEncrypt())
      await assert.rejects(refused, code('KeyringFailed'))
      assert.ok(keyring.given.every(isZero))
    }
  })

  test('tell the cause when the keyring fails', async () => {
    const keyring = Object.assign(new FakeKeyring(), { failure: new Error('access denied') })
    await assert.rejects(defaultManager(keyring).encryptionMaterials(toEncrypt()), (error) => {
      assert.ok(error instanceof EnvelopeError)
      assert.equal(error.code, 'KeyringFailed')
      assert.equal(error.cause, keyring.failure)
      return true
    })
  })
})

describe('decryption materials', () => {
  const written = async (suite: Suite) => {
    const keyring = new FakeKeyring()
    const manager = defaultManager(keyring)
    const context = new Map([['a', '1']])
    return {
      keyring,
      manager,
      message: await manager.encryptionMaterials(toEncrypt({ suite, context })),
    }
  }

  test('of a signing suite need the public key, and no other suite may have one', async () => {
    const { manager, keyring, message } = await written(signing)
    const without = toDecrypt({ ...message, context: new Map([['a', '1']]) })
    await assert.rejects(manager.decryptionMaterials(without), code('Malformed'))
    const unsigned = toDecrypt({ ...message, suite: committing })
    await assert.rejects(manager.decryptionMaterials(unsigned), code('Malformed'))
    assert.equal(keyring.decryptRequests.length, 0)
  })

  test('take no public key from the reproduced context', async () => {
    const { manager, message } = await written(signing)
    const context = new Map([['a', '1']])
    const request = toDecrypt({ ...message, context, reproducedContext: message.context })
    await assert.rejects(manager.decryptionMaterials(request), code('Malformed'))
    const unsigned = { ...request, suite: committing }
    await assert.rejects(manager.decryptionMaterials(unsigned), code('ContextMismatch'))
  })

  test('are refused where the reproduced context contradicts the message', async () => {
    const { manager, message } = await written(committing)
    const request = toDecrypt({ ...message, reproducedContext: new Map([['a', '2']]) })
    await assert.rejects(manager.decryptionMaterials(request), code('ContextMismatch'))
  })

  test('add reproduced pairs that the message does not store, as required ones', async () => {
    const { manager, message, keyring } = await written(committing)
    const reproducedContext = new Map([
      ['a', '1'],
      ['b', '2'],
    ])
    const read = await manager.decryptionMaterials(toDecrypt({ ...message, reproducedContext }))
    assert.deepEqual(read.context, reproducedContext)
    assert.deepEqual(read.requiredContextKeys, ['b'])
    assert.deepEqual(keyring.decryptRequests[0]?.context, reproducedContext)
  })

  test('are refused for a suite that the policy forbids, and for no data keys', async () => {
    const { manager, message } = await written(committing)
    const forbidden = toDecrypt({ ...message, suite: plain })
    await assert.rejects(manager.decryptionMaterials(forbidden), code('PolicyViolation'))
    const none = toDecrypt({ ...message, encryptedDataKeys: [] })
    await assert.rejects(manager.decryptionMaterials(none), code('Malformed'))
  })

  test('tell why each data key could not be unwrapped', async () => {
    const { message } = await written(committing)
    const errors = [new Error('one'), new Error('two')]
    const keyrings = [
      { causes: errors, onDecrypt: () => Promise.resolve({ errors }) },
      { causes: [], onDecrypt: () => Promise.resolve({ errors: [] }) },
      { causes: [errors[0]], onDecrypt: () => Promise.reject(errors[0]) },
    ]
    for (const { causes, onDecrypt } of keyrings) {
      const manager = defaultManager({ onEncrypt: () => Promise.reject(new Error()), onDecrypt })
      await assert.rejects(manager.decryptionMaterials(toDecrypt(message)), (error) => {
        assert.ok(error instanceof EnvelopeError)
        assert.equal(error.code, 'NoDataKey')
        assert.deepEqual(error.causes, causes)
        return true
      })
    }
  })

  test('have a data key of the right length', async () => {
    const { message } = await written(committing)
    const dataKey = new Uint8Array(16).fill(1)
    const manager = defaultManager({
      onEncrypt: () => Promise.reject(new Error()),
      onDecrypt: () => Promise.resolve({ dataKey }),
    })
    await assert.rejects(manager.decryptionMaterials(toDecrypt(message)), code('NoDataKey'))
    assert.ok(isZero(dataKey))
  })
})

test('a public key is a compressed point in canonical base64, or malformed', async () => {
  const manager = defaultManager(new FakeKeyring())
  const { context } = await manager.encryptionMaterials(toEncrypt({ suite: signing }))
  const text = context.get(publicKeyName) ?? ''
  assert.equal(parsePublicKey(text, 'P-384').asymmetricKeyType, 'ec')
  const bytes = Buffer.from(text, 'base64')
  for (const bad of [
    '',
    `${text}=`,
    ` ${text}`,
    Buffer.concat([Buffer.of(4), bytes.subarray(1)]).toString('base64'),
    Buffer.concat([Buffer.of(2), Buffer.alloc(48, 0xff)]).toString('base64'),
    bytes.subarray(1).toString('base64'),
  ])
    assert.throws(() => parsePublicKey(bad, 'P-384'), code('Malformed'), bad)
  assert.throws(() => parsePublicKey(text, 'P-256'), code('Malformed'))
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 33, maxLength: 33 }), (point) => {
      try {
        parsePublicKey(Buffer.from(point).toString('base64'), 'P-256')
      } catch (error) {
        assert.ok(error instanceof EnvelopeError)
      }
    }),
  )
})
