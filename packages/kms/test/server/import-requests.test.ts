import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, describe, it } from 'node:test'
import { createKey, invalid, refused, succeeded } from './expect.ts'
import { dayMs, startTestService } from './harness.ts'
import {
  bytesOf,
  describeKey,
  externalKey,
  importInput,
  importMaterial,
  neverExpires,
} from './importing.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const { call, clock } = service

const secondsFromNow = (ms: number): number => (clock.nowMs() + ms) / 1000
const unsupported = 'UnsupportedOperationException'

describe('ImportKeyMaterial', () => {
  it('refuses: a time where there is none to be, and none where there is', async () => {
    const key = await externalKey(service)
    const input = await importInput(service, key, randomBytes(32), { members: {} })
    const required = 'A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES'
    refused(await call('ImportKeyMaterial', input), 'ValidationException', required)
    const ExpirationModel = 'KEY_MATERIAL_EXPIRES'
    refused(
      await call('ImportKeyMaterial', { ...input, ExpirationModel }),
      'ValidationException',
      required,
    )
    const ValidTo = secondsFromNow(dayMs)
    refused(
      await call('ImportKeyMaterial', { ...input, ...neverExpires, ValidTo }),
      'ValidationException',
      'A validTo date must not be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE',
    )
  })

  it('refuses: a time that is over, or more than 365 days away', async () => {
    const key = await externalKey(service)
    const input = await importInput(service, key, randomBytes(32), { members: {} })
    const until = (ms: number) =>
      call('ImportKeyMaterial', { ...input, ValidTo: secondsFromNow(ms) })
    for (const past of [-dayMs, -1, 0])
      refused(await until(past), 'ValidationException', 'ValidTo must be in the future.')
    const text = 'ValidTo must be within 365 days.'
    refused(await until(365 * dayMs + 1), 'ValidationException', text)
    succeeded(await until(365 * dayMs))
  })

  it('refuses: an id together with new material', async () => {
    const key = await externalKey(service)
    const members = {
      ...neverExpires,
      ImportType: 'NEW_KEY_MATERIAL',
      KeyMaterialId: 'ab'.repeat(32),
    }
    refused(
      await importMaterial(service, key, randomBytes(32), { members }),
      'ValidationException',
      'A KeyMaterialId cannot be specified if the ImportType is NEW_KEY_MATERIAL',
    )
  })

  it('refuses: a token of another key, and what is no token', async () => {
    const [key, other] = [await externalKey(service), await externalKey(service)]
    const input = await importInput(service, key, randomBytes(32))
    const text = 'The import token is not valid.'
    const refuse = async (changed: object): Promise<void> =>
      refused(
        await call('ImportKeyMaterial', { ...input, ...changed }),
        'InvalidImportTokenException',
        text,
      )
    await refuse({ KeyId: other.KeyId })
    await refuse({ ImportToken: randomBytes(100) })
    const token = bytesOf(input['ImportToken'])
    token[token.length - 1]! ^= 1
    await refuse({ ImportToken: token })
    assert.equal((await describeKey(service, other)).KeyState, 'PendingImport')
    succeeded(await call('ImportKeyMaterial', input))
  })

  it('refuses: a token after 24 hours', async () => {
    await using own = await startTestService()
    const key = await externalKey(own)
    const input = await importInput(own, key, randomBytes(32))
    own.clock.advance(dayMs)
    const text = 'The import token is expired.'
    const reply = await own.call('ImportKeyMaterial', input)
    refused(reply, 'ExpiredImportTokenException', text)
    succeeded(await importMaterial(own, key, randomBytes(32)))
  })

  it('does: takes a token that was made before the service was started again', async () => {
    await using own = await startTestService()
    const key = await externalKey(own)
    const input = await importInput(own, key, randomBytes(32))
    await using again = await own.restart()
    succeeded(await again.call('ImportKeyMaterial', input))
  })

  it('refuses: what does not unwrap, in one way', async () => {
    const key = await externalKey(service)
    const input = await importInput(service, key, randomBytes(32))
    const other = await importInput(service, key, randomBytes(32))
    const { EncryptedKeyMaterial } = other
    for (const wrong of [EncryptedKeyMaterial, randomBytes(256), Buffer.alloc(256)])
      refused(
        await call('ImportKeyMaterial', { ...input, EncryptedKeyMaterial: wrong }),
        'InvalidCiphertextException',
      )
    for (const length of [1, 255, 257, 6144])
      refused(
        await call('ImportKeyMaterial', { ...input, EncryptedKeyMaterial: randomBytes(length) }),
        'ValidationException',
        'Invalid encrypted key size.',
      )
    const tooLong = { ...input, EncryptedKeyMaterial: randomBytes(6145) }
    const constraint = 'have length less than or equal to 6144'
    invalid(await call('ImportKeyMaterial', tooLong), '', 'encryptedKeyMaterial', constraint)
  })

  it('refuses: a key whose material is made here', async () => {
    const key = await externalKey(service)
    const own = await createKey(service)
    const input = await importInput(service, key, randomBytes(32))
    const text = `${own.Arn} origin is AWS_KMS which is not valid for this operation.`
    refused(await call('ImportKeyMaterial', { ...input, KeyId: own.KeyId }), unsupported, text)
    refused(await call('DeleteImportedKeyMaterial', { KeyId: own.KeyId }), unsupported, text)
  })
})
