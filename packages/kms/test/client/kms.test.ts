import assert from 'node:assert/strict'
import test from 'node:test'
import { operations } from '../../src/api/operations.ts'
import { Kms } from '../../src/client/index.ts'
import { startFakeService, type FakeService, type Table } from '../cli/fake-service.ts'

const withKms = async (
  table: Table,
  use: (kms: Kms, service: FakeService) => Promise<void>,
): Promise<void> => {
  const service = await startFakeService(table)
  const kms = new Kms({
    endpoint: service.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKID', secretAccessKey: 's' },
    attemptsMax: 1,
  })
  try {
    await use(kms, service)
  } finally {
    kms.destroy()
    await service.close()
  }
}

test('every operation that is built is a method', () =>
  withKms({}, (kms) => {
    for (const name of Object.keys(operations)) {
      const method = name.charAt(0).toLowerCase() + name.slice(1)
      assert.equal(typeof (kms as unknown as Record<string, unknown>)[method], 'function')
    }
    return Promise.resolve()
  }))

test('blobs go out and come back as bytes, contexts as plain objects', () =>
  withKms({ Encrypt: { body: { CiphertextBlob: '/wD+', KeyId: 'arn' } } }, async (kms, service) => {
    const answer = await kms.encrypt({
      KeyId: 'k',
      Plaintext: Uint8Array.of(1, 2, 3),
      EncryptionContext: { a: 'b' },
      DryRun: undefined,
    })
    assert.deepEqual(answer, { CiphertextBlob: Uint8Array.of(0xff, 0, 0xfe), KeyId: 'arn' })
    assert.deepEqual(service.requests[0]?.body, {
      KeyId: 'k',
      Plaintext: 'AQID',
      EncryptionContext: { a: 'b' },
    })
  }))

test('a plaintext comes in bytes of its own, so that erasing them erases it', () =>
  withKms(
    { GenerateDataKey: { body: { Plaintext: 'AQID', CiphertextBlob: 'AQID', KeyId: 'arn' } } },
    async (kms) => {
      const { Plaintext } = await kms.generateDataKey({ KeyId: 'k', KeySpec: 'AES_256' })
      assert.equal(Plaintext?.buffer.byteLength, 3)
    },
  ))

test('instants are dates, and members that the row does not know are left out', () =>
  withKms(
    { DescribeKey: { body: { KeyMetadata: { CreationDate: 1.5, Unknown: 1 } } } },
    async (kms) => {
      const { KeyMetadata } = await kms.describeKey({ KeyId: 'k' })
      assert.deepEqual(KeyMetadata, { CreationDate: new Date(1500) })
    },
  ))

test('an operation without an answer resolves to an empty object', () =>
  withKms({ EnableKey: {} }, async (kms) => {
    assert.deepEqual(await kms.enableKey({ KeyId: 'k' }), {})
  }))

test('a member that does not exist, or holds another type, is a programmer error', () =>
  withKms({}, async (kms, service) => {
    const wrong = kms as unknown as Record<string, (input: object) => Promise<unknown>>
    await assert.rejects(async () => wrong['encrypt']?.({ Frob: 1 }), TypeError)
    await assert.rejects(async () => wrong['encrypt']?.({ Plaintext: 'canary' }), {
      name: 'TypeError',
      message: 'Plaintext does not hold a blob',
    })
    assert.equal(service.requests.length, 0)
  }))
