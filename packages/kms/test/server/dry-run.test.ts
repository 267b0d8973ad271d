import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import type { Operation } from '../../src/api/operation.ts'
import { type OperationName, operations } from '../../src/api/operations.ts'
import { createKey, encrypt, invalid, refused, succeededEmpty, unknownKeyId } from './expect.ts'
import { startTestService } from './harness.ts'
import { createKeyFor, sharedKeyFor, validInput } from './inputs.ts'
import { databaseContent } from './database.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const { call } = service
const symmetric = await createKey(service)
const disabled = await createKey(service)
succeededEmpty(await call('DisableKey', { KeyId: disabled.KeyId }))

const wouldSucceed = 'The request would have succeeded, but the DryRun option is set.'
const names = (Object.keys(operations) as OperationName[]).filter((name) =>
  Object.hasOwn((operations[name] as Operation).input, 'DryRun'),
)

describe('DryRun', () => {
  it('is taken by the operations that have it in AWS, and by no other', async () => {
    for (const name of Object.keys(operations) as OperationName[]) {
      if (names.includes(name)) continue
      const key = await sharedKeyFor(service, name)
      const input = { ...(await validInput(service, name, key)), DryRun: true }
      const text = `The parameter "DryRun" of ${name} is not supported by this service.`
      refused(await call(name, input), 'UnsupportedOperationException', text)
    }
  })

  for (const name of names)
    it(`of ${name} says that it would have succeeded, and does nothing`, async () => {
      const key = await sharedKeyFor(service, name)
      const input = await validInput(service, name, key)
      const before = databaseContent(service.directory.database)
      const reply = await call(name, { ...input, DryRun: true })
      refused(reply, 'DryRunOperationException', wouldSucceed)
      assert.deepEqual(databaseContent(service.directory.database), before)
      assert.equal((await call(name, { ...input, DryRun: false })).status, 200)
      const again = await validInput(service, name, key)
      assert.equal((await call(name, { ...again, DryRun: null })).status, 200)
    })

  for (const name of names)
    it(`of ${name} says why it would not have`, async () => {
      const key = await createKeyFor(service, name)
      const dry = { ...(await validInput(service, name, key)), DryRun: true }
      const KeyId = name === 'ReEncrypt' ? 'DestinationKeyId' : 'KeyId'
      refused(await call(name, { ...dry, [KeyId]: unknownKeyId }), 'NotFoundException', /not exist/)
      if ((operations[name] as Operation).keyState === 'any') return
      succeededEmpty(await call('DisableKey', { KeyId: key.KeyId }))
      refused(await call(name, dry), 'DisabledException', `${key.Arn} is disabled.`)
    })

  it('of Decrypt and ReEncrypt opens the ciphertext', async () => {
    const EncryptionContext = { a: 'b' }
    const CiphertextBlob = await encrypt(service, { KeyId: symmetric.KeyId, EncryptionContext })
    const dry = { CiphertextBlob, DryRun: true }
    refused(await call('Decrypt', dry), 'InvalidCiphertextException')
    const move = { ...dry, DestinationKeyId: symmetric.KeyId }
    refused(await call('ReEncrypt', move), 'InvalidCiphertextException')
  })
})

describe('IGNORE_CIPHERTEXT', () => {
  const DryRunModifiers = ['IGNORE_CIPHERTEXT']
  const ask = { DryRun: true, DryRunModifiers }
  const move = { DestinationKeyId: symmetric.KeyId }

  it('asks about the permissions on a named key without a ciphertext', async () => {
    refused(
      await call('Decrypt', { ...ask, KeyId: symmetric.KeyId }),
      'DryRunOperationException',
      wouldSucceed,
    )
    const reply = await call('ReEncrypt', { ...ask, ...move, SourceKeyId: symmetric.Arn })
    refused(reply, 'DryRunOperationException', wouldSucceed)
    const off = { ...ask, KeyId: disabled.KeyId }
    refused(await call('Decrypt', off), 'DisabledException', `${disabled.Arn} is disabled.`)
  })

  it('needs the key to be named', async () => {
    const text = 'A KeyId is required when the ciphertext is ignored.'
    refused(await call('Decrypt', ask), 'ValidationException', text)
    refused(await call('ReEncrypt', { ...ask, ...move }), 'ValidationException', text)
  })

  it('does not let a real call leave out its ciphertext', async () => {
    const missing = (reply: Parameters<typeof invalid>[0]) =>
      invalid(reply, ' null', 'ciphertextBlob', 'not be null')
    const { KeyId } = symmetric
    missing(await call('Decrypt', {}))
    missing(await call('Decrypt', { KeyId }))
    missing(await call('Decrypt', { KeyId, DryRun: true }))
    missing(await call('Decrypt', { KeyId, DryRunModifiers }))
    missing(await call('Decrypt', { KeyId, DryRunModifiers, DryRun: false }))
    missing(await call('Decrypt', { KeyId, DryRunModifiers: [], DryRun: true }))
    missing(await call('ReEncrypt', { ...move, SourceKeyId: KeyId, DryRun: true }))
  })

  it('never answers with a plaintext where a ciphertext is given all the same', async () => {
    const CiphertextBlob = await encrypt(service, { KeyId: symmetric.KeyId })
    const reply = await call('Decrypt', { ...ask, CiphertextBlob, KeyId: symmetric.KeyId })
    refused(reply, 'DryRunOperationException', wouldSucceed)
  })
})
