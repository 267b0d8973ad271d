import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { base64, createKey, invalid, type KeyMetadata, refused, succeeded } from './expect.ts'
import { type Answer, startTestService } from './harness.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const { call } = service

const KeyUsage = 'GENERATE_VERIFY_MAC'
const newMacKey = (KeySpec: string): Promise<KeyMetadata> =>
  createKey(service, { KeySpec, KeyUsage })
const key = await newMacKey('HMAC_256')
const { KeyId, Arn } = key
const MacAlgorithm = 'HMAC_SHA_256'
const Message = base64('message')
const message = { KeyId, MacAlgorithm, Message }
/** An input of each operation, complete. */
const both = { GenerateMac: message, VerifyMac: { ...message, Mac: 'AA==' } }
const generate = async (input: object): Promise<Answer> =>
  succeeded(await call('GenerateMac', { KeyId, MacAlgorithm, Message, ...input }))

describe('GenerateMac and VerifyMac', () => {
  it('decode: what a request has to have', async () => {
    for (const [operation, all] of Object.entries(both))
      for (const member of Object.keys(all)) {
        const path = `${member[0]?.toLowerCase()}${member.slice(1)}`
        invalid(
          await call(operation, { ...all, [member]: undefined }),
          ' null',
          path,
          'not be null',
        )
      }
    const values =
      'satisfy enum value set: [HMAC_SHA_224, HMAC_SHA_256, HMAC_SHA_384, HMAC_SHA_512]'
    const wrong = await call('GenerateMac', { ...message, MacAlgorithm: 'INVALID' })
    invalid(wrong, " 'INVALID'", 'macAlgorithm', values)
    const long = { ...message, Message: Buffer.alloc(4097) }
    invalid(
      await call('GenerateMac', long),
      '',
      'message',
      'have length less than or equal to 4096',
    )
  })

  it('refuse: keys of another usage', async () => {
    const other = await createKey(service)
    const text = (name: string) =>
      `${other.Arn} key usage is ENCRYPT_DECRYPT which is not valid for ${name}.`
    for (const [operation, input] of Object.entries(both)) {
      const reply = await call(operation, { ...input, KeyId: other.KeyId })
      refused(reply, 'InvalidKeyUsageException', text(operation))
    }
  })

  it('refuse: the algorithm of another key spec', async () => {
    const { KeyId: small } = await newMacKey('HMAC_224')
    const text = 'Algorithm HMAC_SHA_256 is incompatible with key spec HMAC_224.'
    for (const [operation, input] of Object.entries(both))
      refused(await call(operation, { ...input, KeyId: small }), 'InvalidKeyUsageException', text)
  })

  it('refuse: a code that is not that of the message, whatever is wrong with it', async () => {
    const mac = Buffer.from(String((await generate({}))['Mac']), 'base64')
    const changed = Buffer.from(mac)
    changed[31]! ^= 1
    const wrong = [changed, mac.subarray(1), mac.subarray(0, -1), Buffer.concat([mac, mac])]
    for (const Mac of [...wrong, Buffer.alloc(1), Buffer.alloc(6144)])
      refused(
        await call('VerifyMac', { KeyId, MacAlgorithm, Message, Mac }),
        'KMSInvalidMacException',
      )
    const other = { KeyId, MacAlgorithm, Message: base64('massage'), Mac: mac }
    refused(await call('VerifyMac', other), 'KMSInvalidMacException')
    const dry = { ...other, DryRun: true }
    refused(await call('VerifyMac', dry), 'KMSInvalidMacException')
  })

  it('refuse: the code that another key made', async () => {
    const { KeyId: other } = await newMacKey('HMAC_256')
    const { Mac } = await generate({ KeyId: other })
    refused(
      await call('VerifyMac', { KeyId, MacAlgorithm, Message, Mac }),
      'KMSInvalidMacException',
    )
  })

  it('do: make the code of every algorithm, and accept it', async () => {
    const lengths = { 224: 28, 256: 32, 384: 48, 512: 64 }
    for (const [size, bytes] of Object.entries(lengths)) {
      const { KeyId: id, Arn: arn } = await newMacKey(`HMAC_${size}`)
      const algorithm = `HMAC_SHA_${size}`
      for (const bytesToSign of [Buffer.alloc(1), Buffer.alloc(4096, 7)]) {
        const input = { KeyId: id, MacAlgorithm: algorithm, Message: bytesToSign }
        const { Mac, ...made } = succeeded(await call('GenerateMac', input))
        assert.equal(Buffer.from(String(Mac), 'base64').length, bytes)
        assert.deepEqual(made, { KeyId: arn, MacAlgorithm: algorithm })
        const verified = succeeded(await call('VerifyMac', { ...input, Mac }))
        assert.deepEqual(verified, { KeyId: arn, MacValid: true, MacAlgorithm: algorithm })
      }
    }
  })

  it('do: make the same code of a message each time, after a restart too', async () => {
    await using first = await startTestService()
    const input = {
      Message,
      MacAlgorithm,
      KeyId: (await createKey(first, { KeySpec: 'HMAC_256', KeyUsage })).KeyId,
    }
    const { Mac } = succeeded(await first.call('GenerateMac', input))
    await using again = await first.restart()
    assert.equal(succeeded(await again.call('GenerateMac', input))['Mac'], Mac)
  })

  it('do: take an alias', async () => {
    await call('CreateAlias', { AliasName: 'alias/mac', TargetKeyId: KeyId })
    assert.equal((await generate({ KeyId: 'alias/mac' }))['KeyId'], Arn)
  })
})
