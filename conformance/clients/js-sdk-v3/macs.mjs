import assert from 'node:assert/strict'
import { createHmac, randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { bytes, call, importMaterial, newKey, noMessage, refuses } from './client.mjs'

const Message = bytes('what is authenticated')
const hex = (value) => Buffer.from(value).toString('hex')

describe('AWS SDK for JavaScript v3: message authentication codes', () => {
  const specs = ['HMAC_224', 'HMAC_256', 'HMAC_384', 'HMAC_512']
  for (const KeySpec of specs)
    test(`what GenerateMac made with an ${KeySpec} key, VerifyMac accepts`, async () => {
      const made = await newKey({ KeySpec, KeyUsage: 'GENERATE_VERIFY_MAC' })
      const { KeyId, Arn } = made
      const bits = KeySpec.slice(-3)
      const MacAlgorithm = `HMAC_SHA_${bits}`
      assert.deepEqual(made.MacAlgorithms, [MacAlgorithm])
      const { Mac, ...others } = await call('GenerateMac', { KeyId, MacAlgorithm, Message })
      assert.deepEqual(others, { KeyId: Arn, MacAlgorithm })
      assert.equal(Mac.length * 8, Number(bits))
      const input = { KeyId, MacAlgorithm, Message, Mac }
      const answer = { KeyId: Arn, MacAlgorithm, MacValid: true }
      assert.deepEqual(await call('VerifyMac', input), answer)
      const changed = { ...input, Message: bytes('what is not') }
      await refuses('VerifyMac', changed, 'KMSInvalidMacException', noMessage)
    })

  test('a key whose owner has it too makes the codes that he makes', async () => {
    const input = { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC', Origin: 'EXTERNAL' }
    const { KeyId } = await newKey(input)
    const material = randomBytes(32)
    await importMaterial(KeyId, material)
    const { Mac } = await call('GenerateMac', { KeyId, MacAlgorithm: 'HMAC_SHA_256', Message })
    assert.equal(hex(Mac), createHmac('sha256', material).update(Message).digest('hex'))
  })

  test('GenerateMac refuses the algorithm of another key spec, and keys of another usage', async () => {
    const input = { MacAlgorithm: 'HMAC_SHA_512', Message }
    const mac = await newKey({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })
    await refuses(
      'GenerateMac',
      { ...input, KeyId: mac.KeyId },
      'InvalidKeyUsageException',
      'Algorithm HMAC_SHA_512 is incompatible with key spec HMAC_256.',
    )
    const { KeyId, Arn } = await newKey()
    await refuses(
      'GenerateMac',
      { ...input, KeyId },
      'InvalidKeyUsageException',
      `${Arn} key usage is ENCRYPT_DECRYPT which is not valid for GenerateMac.`,
    )
  })
})
