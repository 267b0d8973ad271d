import assert from 'node:assert/strict'
import { createHash, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { suites } from '../../src/format/suites.ts'
import { rawAesKeyring } from '../../src/keyrings/raw-aes.ts'
import { rawRsaKeyring, type RsaPadding } from '../../src/keyrings/raw-rsa.ts'
import type { EncryptResult } from '../../src/materials/types.ts'
import {
  agrees,
  oneSuitePerKeyLength,
  refuses,
  signed,
  someContext,
  tampered,
  unwrap,
  withCode,
  wrap,
} from './trying.ts'

const aes = (key: Uint8Array, name = 'key 1', namespace = 'space') =>
  rawAesKeyring({ namespace, name, key })

describe('a raw AES keyring', () => {
  test('wraps the data key of any suite under a key of any length', async () => {
    for (const bytes of [16, 24, 32])
      for (const suite of [...oneSuitePerKeyLength, signed]) {
        const keyring = aes(randomBytes(bytes))
        await agrees(keyring, keyring, { suite })
        await agrees(keyring, keyring, { suite, context: new Map() })
      }
  })

  test('writes name, tag bits, IV bytes and IV as its provider info', async () => {
    const { encryptedDataKeys } = await wrap(aes(randomBytes(32), 'é'))
    const [wrapped] = encryptedDataKeys
    assert.equal(wrapped?.providerId, 'space')
    assert.equal(wrapped.providerInfo.length, 2 + 4 + 4 + 12)
    assert.equal(
      Buffer.from(wrapped.providerInfo.subarray(0, 10)).toString('hex'),
      'c3a9000000800000000c',
    )
    assert.equal(wrapped.ciphertext.length, 32 + 16)
  })

  test("leaves the caller's key buffer as it is, and does not follow it", async () => {
    const key = randomBytes(32)
    const before = Buffer.from(key)
    const keyring = aes(key)
    assert.deepEqual(key, before)
    key.fill(0)
    await agrees(keyring, aes(before))
  })

  test('wraps a data key that another keyring made, in the same buffer', async () => {
    const dataKey = randomBytes(32)
    const keyring = aes(randomBytes(32))
    const result = await keyring.onEncrypt({ suite: signed, context: someContext, dataKey })
    assert.equal(result.dataKey, dataKey)
    const short = { suite: signed, context: someContext, dataKey: randomBytes(16) }
    await assert.rejects(keyring.onEncrypt(short), withCode('InvalidInput'))
  })

  test('refuses another key, another context and every flipped bit', async () => {
    const keyring = aes(randomBytes(32))
    const result = await wrap(keyring)
    await refuses(aes(randomBytes(32)), result, 1)
    await refuses(keyring, result, 1, { context: new Map([['tenant', 'b']]) })
    await refuses(keyring, result, 1, { context: new Map() })
    const [wrapped] = result.encryptedDataKeys
    assert.ok(wrapped)
    for (const each of tampered(wrapped))
      await refuses(keyring, { ...result, encryptedDataKeys: [each] }, 1)
  })

  test('does not touch data keys of another namespace, name or layout', async () => {
    const key = randomBytes(32)
    const result = await wrap(aes(key))
    await refuses(aes(key, 'key 2'), result, 0)
    await refuses(aes(key, 'key'), result, 0)
    await refuses(aes(key, 'key 1', 'other'), result, 0)
    const [wrapped] = result.encryptedDataKeys
    assert.ok(wrapped)
    for (const at of [8, 12]) {
      const providerInfo = wrapped.providerInfo.slice()
      providerInfo[at]! ^= 8
      await refuses(aes(key), { ...result, encryptedDataKeys: [{ ...wrapped, providerInfo }] }, 0)
    }
  })

  test('collects failures and goes on to the data key that is good', async () => {
    const keyring = aes(randomBytes(32))
    const other = await wrap(aes(randomBytes(32)))
    const good = await wrap(keyring)
    const answer = await unwrap(keyring, [...other.encryptedDataKeys, ...good.encryptedDataKeys])
    assert.ok('dataKey' in answer)
    assert.deepEqual(answer.dataKey, good.dataKey)
  })

  test('refuses a data key of the length of another suite', async () => {
    const keyring = aes(randomBytes(32))
    const result = await wrap(keyring, { suite: suites.ALG_AES_128_GCM_IV12_TAG16_NO_KDF })
    await refuses(keyring, result, 1)
  })

  test('needs a key of 128, 192 or 256 bits, and a namespace other than that of KMS', () => {
    const invalid = withCode('InvalidInput')
    assert.throws(() => aes(randomBytes(31)), invalid)
    assert.throws(() => aes(randomBytes(32), 'key', 'aws-kms'), invalid)
    assert.throws(() => aes(randomBytes(32), '\ud800'), invalid)
  })
})

const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
const otherPair = generateKeyPairSync('rsa', { modulusLength: 2048 })
const paddings: readonly RsaPadding[] = [
  'PKCS1',
  'OAEP_SHA1',
  'OAEP_SHA256',
  'OAEP_SHA384',
  'OAEP_SHA512',
]
const oaepPaddings = paddings.filter((padding) => padding !== 'PKCS1')

const flippedRsa = (result: EncryptResult): EncryptResult => {
  const [wrapped] = result.encryptedDataKeys
  assert.ok(wrapped)
  const ciphertext = wrapped.ciphertext.slice()
  ciphertext[17]! ^= 1
  return { ...result, encryptedDataKeys: [{ ...wrapped, ciphertext }] }
}

const rsa = (padding: RsaPadding, { publicKey, privateKey } = pair, name = 'rsa') =>
  rawRsaKeyring({ namespace: 'space', name, padding, publicKey, privateKey })

describe('a raw RSA keyring', () => {
  test('wraps with every padding, the data key of any suite', async () => {
    for (const padding of paddings)
      for (const suite of oneSuitePerKeyLength) {
        const { encryptedDataKeys } = await agrees(rsa(padding), rsa(padding), { suite })
        assert.equal(encryptedDataKeys[0]?.ciphertext.length, 256)
        assert.deepEqual(Buffer.from(encryptedDataKeys[0].providerInfo), Buffer.from('rsa'))
      }
  })

  test('takes keys as PEM, as DER and as key objects', async () => {
    const names = { namespace: 'space', name: 'rsa', padding: 'OAEP_SHA256' } as const
    const spki = { type: 'spki', format: 'pem' } as const
    const pkcs8 = { type: 'pkcs8', format: 'der' } as const
    const writer = rawRsaKeyring({ ...names, publicKey: pair.publicKey.export(spki) })
    const der = pair.privateKey.export(pkcs8)
    const before = Buffer.from(der)
    await agrees(writer, rawRsaKeyring({ ...names, privateKey: der }))
    assert.deepEqual(der, before)
  })

  test('encrypts with the public key alone and decrypts with the private one alone', async () => {
    const names = { namespace: 'space', name: 'rsa', padding: 'OAEP_SHA384' } as const
    const writer = rawRsaKeyring({ ...names, publicKey: pair.publicKey })
    const reader = rawRsaKeyring({ ...names, privateKey: pair.privateKey })
    const result = await agrees(writer, reader)
    await refuses(writer, result, 1)
    await assert.rejects(wrap(reader), withCode('InvalidInput'))
  })

  test('does not derive a public key from a private one', () => {
    const names = { namespace: 'space', name: 'rsa', padding: 'PKCS1' } as const
    const publicKey = pair.privateKey.export({ type: 'pkcs8', format: 'pem' })
    const invalid = withCode('InvalidInput')
    assert.throws(() => rawRsaKeyring({ ...names, publicKey }), invalid)
    assert.throws(() => rawRsaKeyring({ ...names, publicKey: pair.privateKey }), invalid)
    assert.throws(() => rawRsaKeyring({ ...names, privateKey: pair.publicKey }), invalid)
    const ec = createPublicKey(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)
    assert.throws(() => rawRsaKeyring({ ...names, publicKey: ec }), invalid)
    assert.throws(() => rawRsaKeyring({ ...names, publicKey: 'no key' }), invalid)
    assert.throws(() => rawRsaKeyring(names), invalid)
  })

  test('refuses another key, another padding and a tampered data key', async () => {
    for (const padding of oaepPaddings) {
      const result = await wrap(rsa(padding))
      await refuses(rsa(padding, otherPair), result, 1)
      await refuses(rsa(padding, pair, 'other'), result, 0)
      await refuses(rsa(padding), flippedRsa(result), 1)
      if (padding !== 'OAEP_SHA256') await refuses(rsa('OAEP_SHA256'), result, 1)
    }
  })

  // Bad padding answers with random bytes there, which now and then have the right length.
  test('never unwraps the data key from a tampered one of PKCS #1 v1.5', async () => {
    const result = await wrap(rsa('PKCS1'))
    await refuses(rsa('PKCS1', pair, 'other'), result, 0)
    for (const [reader, { encryptedDataKeys }] of [
      [rsa('PKCS1', otherPair), result],
      [rsa('PKCS1'), flippedRsa(result)],
    ] as const) {
      const answer = await unwrap(reader, encryptedDataKeys)
      if ('dataKey' in answer) assert.notDeepEqual(answer.dataKey, result.dataKey)
      else assert.equal(answer.errors.length, 1)
    }
  })

  test('says when the key is too short for the padding', async () => {
    const short = generateKeyPairSync('rsa', { modulusLength: 1024 })
    await assert.rejects(wrap(rsa('OAEP_SHA512', short)), withCode('KeyringFailed'))
  })

  test('does not bind the context: the header of the message does', async () => {
    const result = await wrap(rsa('OAEP_SHA1'))
    const answer = await unwrap(rsa('OAEP_SHA1'), result.encryptedDataKeys, { context: new Map() })
    assert.ok('dataKey' in answer)
    const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
    assert.equal(digest(answer.dataKey), digest(result.dataKey))
  })
})
