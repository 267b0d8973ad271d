import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, describe, it } from 'node:test'
import { base64, createKey, encrypt, invalid, refused, succeeded } from './expect.ts'
import { startTestService } from './harness.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const { call } = service
const key = await createKey(service)
const other = await createKey(service)
const { KeyId, Arn } = key
const incorrectKey =
  'The key ID in the request does not identify a CMK that can perform this operation.'

describe('Encrypt and Decrypt', () => {
  it('do: give back what was encrypted, of any size from 1 to 4096 bytes', async () => {
    for (const size of [1, 2, 15, 16, 17, 4095, 4096]) {
      const Plaintext = base64(randomBytes(size))
      const encrypted = succeeded(await call('Encrypt', { KeyId, Plaintext }))
      const { CiphertextBlob, ...others } = encrypted
      assert.deepEqual(others, { KeyId: Arn, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' })
      assert.equal(Buffer.from(String(CiphertextBlob), 'base64').length, size + 84)
      assert.deepEqual(succeeded(await call('Decrypt', { CiphertextBlob })), {
        KeyId: Arn,
        Plaintext,
        EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
        KeyMaterialId: key['CurrentKeyMaterialId'],
      })
    }
  })

  it('do: encrypt the same data differently each time', async () => {
    const all = new Set<string>()
    for (let n = 0; n < 20; n += 1) all.add(await encrypt(service, { KeyId }))
    assert.equal(all.size, 20)
  })

  it('refuse: empty and oversized data', async () => {
    const tooLong = (max: number) => `have length less than or equal to ${max}`
    const short = 'have length greater than or equal to 1'
    const encryptBytes = (bytes: Uint8Array) => call('Encrypt', { KeyId, Plaintext: bytes })
    invalid(await encryptBytes(Buffer.alloc(0)), '', 'plaintext', short)
    invalid(await encryptBytes(Buffer.alloc(4097)), '', 'plaintext', tooLong(4096))
    const decrypt = (bytes: Uint8Array) => call('Decrypt', { CiphertextBlob: bytes })
    invalid(await decrypt(Buffer.alloc(0)), '', 'ciphertextBlob', short)
    invalid(await decrypt(Buffer.alloc(6145)), '', 'ciphertextBlob', tooLong(6144))
  })

  it('refuse: a ciphertext with any byte changed, cut or added, in one and the same way', async () => {
    const blob = Buffer.from(await encrypt(service, { KeyId }), 'base64')
    for (let at = 0; at < blob.length; at += 1) {
      const changed = Buffer.from(blob)
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8))
      refused(await call('Decrypt', { CiphertextBlob: changed }), 'InvalidCiphertextException')
    }
    const others = [blob.subarray(1), blob.subarray(0, -1), Buffer.concat([blob, Buffer.alloc(1)])]
    for (const changed of [...others, Buffer.from('x'), randomBytes(100)])
      refused(await call('Decrypt', { CiphertextBlob: changed }), 'InvalidCiphertextException')
  })

  it('refuse: a named key that is another one', async () => {
    const CiphertextBlob = await encrypt(service, { KeyId })
    succeeded(await call('Decrypt', { CiphertextBlob, KeyId: Arn }))
    refused(
      await call('Decrypt', { CiphertextBlob, KeyId: other.KeyId }),
      'IncorrectKeyException',
      incorrectKey,
    )
    const input = { CiphertextBlob, DestinationKeyId: KeyId, SourceKeyId: other.Arn }
    refused(await call('ReEncrypt', input), 'IncorrectKeyException', incorrectKey)
  })

  it('refuse: a ciphertext of another Region', async () => {
    const CiphertextBlob = await encrypt(service, { KeyId })
    const elsewhere = { region: 'us-east-1' }
    refused(await call('Decrypt', { CiphertextBlob }, elsewhere), 'InvalidCiphertextException')
  })

  it('refuse: algorithms of other key specs', async () => {
    const text = 'Algorithm RSAES_OAEP_SHA_256 is incompatible with key spec SYMMETRIC_DEFAULT.'
    const EncryptionAlgorithm = 'RSAES_OAEP_SHA_256'
    const encrypting = { KeyId, Plaintext: 'AA==', EncryptionAlgorithm }
    refused(await call('Encrypt', encrypting), 'InvalidKeyUsageException', text)
    const CiphertextBlob = await encrypt(service, {
      KeyId,
      EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    })
    const decrypting = { CiphertextBlob, EncryptionAlgorithm, KeyId }
    refused(await call('Decrypt', decrypting), 'InvalidKeyUsageException', text)
  })
})

describe('the encryption context', () => {
  const decrypt = (CiphertextBlob: string, EncryptionContext?: object) =>
    call('Decrypt', { CiphertextBlob, EncryptionContext })

  it('is bound: must be repeated exactly, in any order', async () => {
    const blob = await encrypt(service, { KeyId, EncryptionContext: { a: '1', b: '2', É: '' } })
    succeeded(await decrypt(blob, { É: '', b: '2', a: '1' }))
    for (const wrong of [
      undefined,
      {},
      { a: '1', b: '2' },
      { a: '1', b: '2', É: '', c: '' },
      { A: '1', b: '2', É: '' },
      { a: '1', b: '2 ', É: '' },
      { a: '2', b: '1', É: '' },
      { a: '1', b: '2', ['E\u0301']: '' },
    ])
      refused(await decrypt(blob, wrong), 'InvalidCiphertextException')
  })

  it('may be absent or empty, which is the same', async () => {
    succeeded(await decrypt(await encrypt(service, { KeyId }), {}))
    succeeded(await decrypt(await encrypt(service, { KeyId, EncryptionContext: {} })))
  })

  it('holds any name, __proto__ too', async () => {
    const context = '{"__proto__":"x","constructor":"y","":""}'
    const body = `{"KeyId":"${KeyId}","Plaintext":"AA==","EncryptionContext":${context}}`
    const { CiphertextBlob } = succeeded(await call('Encrypt', body))
    const withContext = (text: string) => `{"CiphertextBlob":"${String(CiphertextBlob)}"${text}}`
    succeeded(await call('Decrypt', withContext(`,"EncryptionContext":${context}`)))
    const less = ',"EncryptionContext":{"constructor":"y","":""}'
    refused(await call('Decrypt', withContext(less)), 'InvalidCiphertextException')
  })

  it('is limited to 8192 characters of well-formed text', async () => {
    const encryptWith = (EncryptionContext: unknown) =>
      call('Encrypt', { KeyId, Plaintext: 'AA==', EncryptionContext })
    succeeded(await encryptWith({ k: 'v'.repeat(8191) }))
    refused(await encryptWith({ k: 'v'.repeat(8192) }), 'ValidationException', /8192 characters/)
    refused(await encryptWith({ k: '\ud800' }), 'ValidationException', /well-formed/)
    for (const wrong of [{ k: 1 }, { k: null }, { k: { a: 'b' } }, ['a'], 'a', true])
      refused(await encryptWith(wrong), 'SerializationException', /at 'encryptionContext'/)
  })
})

describe('ReEncrypt', () => {
  it('does: moves a ciphertext to another key and context', async () => {
    const CiphertextBlob = await encrypt(service, { KeyId, EncryptionContext: { from: 'a' } })
    const moved = succeeded(
      await call('ReEncrypt', {
        CiphertextBlob,
        SourceEncryptionContext: { from: 'a' },
        DestinationKeyId: other.Arn,
        DestinationEncryptionContext: { to: 'b' },
      }),
    )
    const { CiphertextBlob: fresh, ...others } = moved
    assert.deepEqual(others, {
      SourceKeyId: Arn,
      KeyId: other.Arn,
      SourceEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      DestinationEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      SourceKeyMaterialId: key['CurrentKeyMaterialId'],
      DestinationKeyMaterialId: other['CurrentKeyMaterialId'],
    })
    const opened = await call('Decrypt', { CiphertextBlob: fresh, EncryptionContext: { to: 'b' } })
    assert.equal(succeeded(opened)['Plaintext'], base64('text'))
    assert.equal(succeeded(opened)['KeyId'], other.Arn)
    const wrong = { CiphertextBlob, DestinationKeyId: other.Arn }
    refused(await call('ReEncrypt', wrong), 'InvalidCiphertextException')
  })

  it('refuses: a destination of another usage', async () => {
    const CiphertextBlob = await encrypt(service, { KeyId })
    const signs = await createKey(service, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })
    refused(
      await call('ReEncrypt', { CiphertextBlob, DestinationKeyId: signs.KeyId }),
      'InvalidKeyUsageException',
      `${signs.Arn} key usage is SIGN_VERIFY which is not valid for ReEncrypt.`,
    )
  })
})
