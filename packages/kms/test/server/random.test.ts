import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { invalid, refused, succeeded } from './expect.ts'
import { startTestService } from './harness.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const { call } = service

describe('GenerateRandom', () => {
  it('does: returns as many bytes as are asked for, and others each time', async () => {
    for (const NumberOfBytes of [1, 32, 1024]) {
      const answer = succeeded(await call('GenerateRandom', { NumberOfBytes }))
      assert.deepEqual(Object.keys(answer), ['Plaintext'])
      assert.equal(Buffer.from(String(answer['Plaintext']), 'base64').length, NumberOfBytes)
    }
    const input = { NumberOfBytes: 16 }
    const [one, two] = [await call('GenerateRandom', input), await call('GenerateRandom', input)]
    assert.notEqual(succeeded(one)['Plaintext'], succeeded(two)['Plaintext'])
  })

  it('refuses: no number, and numbers outside of 1 to 1024', async () => {
    const missing = 'NumberOfBytes is required.'
    refused(await call('GenerateRandom', {}), 'ValidationException', missing)
    refused(await call('GenerateRandom', { NumberOfBytes: null }), 'ValidationException', missing)
    const least = 'have value greater than or equal to 1'
    const most = 'have value less than or equal to 1024'
    const ask = (NumberOfBytes: number) => call('GenerateRandom', { NumberOfBytes })
    invalid(await ask(0), " '0'", 'numberOfBytes', least)
    invalid(await ask(-1), " '-1'", 'numberOfBytes', least)
    invalid(await ask(1025), " '1025'", 'numberOfBytes', most)
  })

  it('refuses: members that are not built', async () => {
    for (const input of [{ KeyId: 'x' }, { Count: 1 }])
      refused(
        await call('GenerateRandom', { NumberOfBytes: 8, ...input }),
        'UnsupportedOperationException',
        `The parameter "${Object.keys(input)[0]}" of GenerateRandom is not supported by this service.`,
      )
  })
})
