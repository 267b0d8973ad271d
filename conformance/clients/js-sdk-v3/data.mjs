import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { unknownKeyId } from '../setting.mjs'
import { bytes, call, newKey, noMessage, refuses, textOf, tooSmall, unknownKey } from './client.mjs'

describe('AWS SDK for JavaScript v3: data', () => {
  let key
  let other
  before(async () => {
    key = await newKey()
    other = await newKey()
  })

  test('what Encrypt made, Decrypt opens with the same context in any order', async () => {
    const Plaintext = crypto.getRandomValues(new Uint8Array(4096))
    const EncryptionContext = { käse: '✓', a: '1', b: '' }
    const sealed = await call('Encrypt', { KeyId: key.KeyId, Plaintext, EncryptionContext })
    const { CiphertextBlob } = sealed
    assert.ok(CiphertextBlob.length <= 6144)
    assert.deepEqual(sealed, {
      CiphertextBlob,
      KeyId: key.Arn,
      EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    })
    const shuffled = { b: '', käse: '✓', a: '1' }
    const opened = await call('Decrypt', { CiphertextBlob, EncryptionContext: shuffled })
    assert.deepEqual(
      { ...opened, Plaintext: Buffer.from(opened.Plaintext) },
      {
        KeyId: key.Arn,
        Plaintext: Buffer.from(Plaintext),
        EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
        KeyMaterialId: key.CurrentKeyMaterialId,
      },
    )
    for (const wrong of [undefined, {}, { a: '1' }, { ...shuffled, A: '1' }])
      await refuses(
        'Decrypt',
        { CiphertextBlob, EncryptionContext: wrong },
        'InvalidCiphertextException',
        noMessage,
      )
  })

  test('Encrypt refuses data that is too long, empty, or for a key that does not exist', async () => {
    const { KeyId } = key
    await refuses(
      'Encrypt',
      { KeyId, Plaintext: new Uint8Array(4097) },
      'ValidationException',
      "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: " +
        'Member must have length less than or equal to 4096',
    )
    await refuses(
      'Encrypt',
      { KeyId, Plaintext: new Uint8Array() },
      'ValidationException',
      "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: " +
        'Member must have length greater than or equal to 1',
    )
    await refuses(
      'Encrypt',
      { KeyId: unknownKeyId, Plaintext: bytes('x') },
      'NotFoundException',
      unknownKey,
    )
  })

  test('Decrypt refuses a changed ciphertext, and one of another key', async () => {
    const { CiphertextBlob } = await call('Encrypt', { KeyId: key.KeyId, Plaintext: bytes('x') })
    for (const at of [0, 1, 40, CiphertextBlob.length - 1]) {
      const changed = Uint8Array.from(CiphertextBlob)
      changed[at] ^= 1
      await refuses('Decrypt', { CiphertextBlob: changed }, 'InvalidCiphertextException', noMessage)
    }
    await refuses(
      'Decrypt',
      { CiphertextBlob, KeyId: other.KeyId },
      'IncorrectKeyException',
      'The key ID in the request does not identify a CMK that can perform this operation.',
    )
    await refuses(
      'Decrypt',
      { CiphertextBlob: bytes('no ciphertext') },
      'InvalidCiphertextException',
      noMessage,
    )
  })

  test('ReEncrypt moves a ciphertext to another key and context', async () => {
    const SourceEncryptionContext = { from: 'here' }
    const DestinationEncryptionContext = { to: 'there' }
    const { CiphertextBlob } = await call('Encrypt', {
      KeyId: key.KeyId,
      Plaintext: bytes('moved'),
      EncryptionContext: SourceEncryptionContext,
    })
    const input = {
      CiphertextBlob,
      SourceEncryptionContext,
      DestinationEncryptionContext,
      DestinationKeyId: other.Arn,
    }
    const moved = await call('ReEncrypt', input)
    assert.deepEqual(moved, {
      CiphertextBlob: moved.CiphertextBlob,
      SourceKeyId: key.Arn,
      KeyId: other.Arn,
      SourceEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      DestinationEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      SourceKeyMaterialId: key.CurrentKeyMaterialId,
      DestinationKeyMaterialId: other.CurrentKeyMaterialId,
    })
    const opened = await call('Decrypt', {
      CiphertextBlob: moved.CiphertextBlob,
      EncryptionContext: DestinationEncryptionContext,
    })
    assert.equal(textOf(opened.Plaintext), 'moved')
    await refuses(
      'ReEncrypt',
      { ...input, SourceEncryptionContext: {} },
      'InvalidCiphertextException',
      noMessage,
    )
    await refuses(
      'ReEncrypt',
      { ...input, SourceKeyId: other.KeyId },
      'IncorrectKeyException',
      'The key ID in the request does not identify a CMK that can perform this operation.',
    )
  })

  test('a DryRun answers yes with the error that AWS uses for it', async () => {
    const would = 'The request would have succeeded, but the DryRun option is set.'
    const { KeyId } = key
    const { CiphertextBlob } = await call('Encrypt', { KeyId, Plaintext: bytes('x') })
    const rows = [
      ['Encrypt', { KeyId, Plaintext: bytes('x') }],
      ['Decrypt', { CiphertextBlob }],
      ['ReEncrypt', { CiphertextBlob, DestinationKeyId: KeyId }],
      ['GenerateDataKey', { KeyId, KeySpec: 'AES_256' }],
      ['GenerateDataKeyWithoutPlaintext', { KeyId, KeySpec: 'AES_256' }],
    ]
    for (const [name, input] of rows)
      await refuses(name, { ...input, DryRun: true }, 'DryRunOperationException', would)
  })

  test('GenerateDataKey returns a key in clear and encrypted, of the length that was asked', async () => {
    const { KeyId } = key
    const rows = [
      [{ KeySpec: 'AES_128' }, 16],
      [{ KeySpec: 'AES_256' }, 32],
      [{ NumberOfBytes: 1024 }, 1024],
    ]
    for (const [wish, length] of rows) {
      const EncryptionContext = { purpose: 'data key' }
      const made = await call('GenerateDataKey', { KeyId, EncryptionContext, ...wish })
      assert.equal(made.KeyId, key.Arn)
      assert.equal(made.KeyMaterialId, key.CurrentKeyMaterialId)
      assert.equal(made.Plaintext.length, length)
      const { CiphertextBlob } = made
      const opened = await call('Decrypt', { CiphertextBlob, EncryptionContext })
      assert.deepEqual(Buffer.from(opened.Plaintext), Buffer.from(made.Plaintext))
    }
    await refuses(
      'GenerateDataKey',
      { KeyId },
      'ValidationException',
      /number of bytes or key spec/,
    )
    await refuses(
      'GenerateDataKey',
      { KeyId, NumberOfBytes: 0 },
      'ValidationException',
      tooSmall(0, 'numberOfBytes', 1),
    )
  })

  test('GenerateDataKeyWithoutPlaintext returns the encrypted form alone', async () => {
    const { KeyId } = key
    const made = await call('GenerateDataKeyWithoutPlaintext', { KeyId, KeySpec: 'AES_256' })
    const { CiphertextBlob } = made
    assert.deepEqual(made, {
      CiphertextBlob,
      KeyId: key.Arn,
      KeyMaterialId: key.CurrentKeyMaterialId,
    })
    assert.equal((await call('Decrypt', { CiphertextBlob })).Plaintext.length, 32)
    await refuses(
      'GenerateDataKeyWithoutPlaintext',
      { KeyId: unknownKeyId, KeySpec: 'AES_256' },
      'NotFoundException',
      unknownKey,
    )
  })

  test('GenerateRandom returns the bytes that were asked, and wants their number', async () => {
    const { Plaintext } = await call('GenerateRandom', { NumberOfBytes: 1024 })
    assert.equal(Plaintext.length, 1024)
    await refuses('GenerateRandom', {}, 'ValidationException', 'NumberOfBytes is required.')
    await refuses(
      'GenerateRandom',
      { NumberOfBytes: 0 },
      'ValidationException',
      tooSmall(0, 'numberOfBytes', 1),
    )
    await refuses(
      'GenerateRandom',
      { NumberOfBytes: 1025 },
      'ValidationException',
      "1 validation error detected: Value '1025' at 'numberOfBytes' failed to satisfy constraint: " +
        'Member must have value less than or equal to 1024',
    )
  })
})
