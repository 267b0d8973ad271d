import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, describe, it } from 'node:test'
import * as fc from 'fast-check'
import { errorStatus } from '../../src/api/errors.ts'
import { createKey, refused, succeeded } from './expect.ts'
import { type Reply, startTestService } from './harness.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const { call } = service
const { KeyId } = await createKey(service)

/** An error as AWS words it: a known code, its status, and nothing of the inside. */
const requireFault = (reply: Reply): void => {
  assert(Object.hasOwn(errorStatus, reply.type ?? ''), reply.text)
  assert(reply.status >= 400 && reply.status < 500, reply.text)
  assert.doesNotMatch(reply.text, /TypeError|RangeError|\.ts|node:/)
}

const serialization = (reply: Reply): void => refused(reply, 'SerializationException', /./)

/** The service still does its work. */
const requireAlive = async (): Promise<void> => {
  succeeded(await call('Encrypt', { KeyId, Plaintext: 'AA==' }))
}

const mebibyte = 1_048_576

describe('a body that is made to hurt', () => {
  const nested = (open: string, close: string, depth: number) =>
    open.repeat(depth) + close.repeat(depth)
  const bodies: Readonly<Record<string, string | Uint8Array>> = {
    'a mebibyte of nested lists': nested('[', ']', mebibyte / 2),
    'a mebibyte of lists that never end': '['.repeat(mebibyte),
    'nested objects': nested('{"a":', '}', 100_000).replace('}', '1}'),
    'nesting inside of a member': `{"KeyId":${nested('[', ']', 100_000)}}`,
    'a hundred thousand members': `{${Array.from({ length: 90_000 }, (_, n) => `"m${n}":1`).join(',')}}`,
    'a hundred thousand pairs of context': `{"KeyId":"${KeyId}","Plaintext":"AA==","EncryptionContext":{${Array.from({ length: 90_000 }, (_, n) => `"${n}":""`).join(',')}}}`,
    'a member twice': `{"KeyId":"${KeyId}","Plaintext":"AA==","KeyId":"${KeyId}"}`,
    'a member twice, once by an escape': `{"KeyId":"${KeyId}","Plaintext":"AA==","Key\\u0049d":"x"}`,
    'a pair of the context twice': `{"KeyId":"${KeyId}","Plaintext":"AA==","EncryptionContext":{"a":"1","a":"2"}}`,
    'bytes that are no UTF-8': Buffer.from('{"KeyId":"\xff\xfe"}', 'latin1'),
    'an overlong encoding': Buffer.concat([
      Buffer.from('{"KeyId":"'),
      Buffer.from([0xc0, 0xaf]),
      Buffer.from('"}'),
    ]),
    'a surrogate in UTF-8': Buffer.concat([
      Buffer.from('{"KeyId":"'),
      Buffer.from([0xed, 0xa0, 0x80]),
      Buffer.from('"}'),
    ]),
    'a byte order mark': '\ufeff{}',
    'UTF-16': Buffer.from('{"KeyId":"x"}', 'utf16le'),
    'nothing but space': ' '.repeat(1000),
    'a control character in a string': '{"KeyId":"\n"}',
    'a number that is none': '{"NumberOfBytes":NaN}',
    'a number with a leading zero': '{"NumberOfBytes":01}',
    'a comment': '{/* */}',
    'a trailing comma': '{"KeyId":"x",}',
    'two values': '{}{}',
    'a string that does not end': '{"KeyId":"',
    'form data': 'Action=Encrypt&Version=2014-11-01',
    CBOR: Buffer.from([0xa1, 0x61, 0x61, 0x01]),
  }
  for (const [name, body] of Object.entries(bodies))
    it(`is refused: ${name}`, async () => {
      serialization(await call('Encrypt', body))
      await requireAlive()
    })

  it('is refused by its size, and the connection is closed', async () => {
    const reply = await call('Encrypt', Buffer.alloc(mebibyte + 1, 0x20))
    refused(reply, 'RequestEntityTooLargeException', /1048576 bytes/)
    refused(await call('Encrypt', ''), 'SerializationException')
    await requireAlive()
  })

  it('takes little memory, however many come at once, signed or not', async () => {
    const body = Buffer.alloc(mebibyte, '[')
    const unsigned = { 'X-Amz-Target': 'TrentService.Encrypt' }
    const peakMebibytes = (): number => process.resourceUsage().maxRSS / 1024
    const before = peakMebibytes()
    for (let times = 0; times < 12; times += 1)
      await Promise.all(
        Array.from({ length: 8 }, async (_, n) => {
          const isSigned = n % 2 === 0
          const reply = isSigned
            ? await call('Encrypt', body)
            : await service.send('POST', '/', unsigned, body).catch(() => undefined)
          // Who is refused while still sending may find the connection gone before the answer.
          if (reply !== undefined) assert(reply.status >= 400, reply.text)
        }),
      )
    // 96 of them, of which the server and the client in this process hold a few at a time.
    assert(peakMebibytes() - before < 192, `${peakMebibytes() - before} MiB`)
    await requireAlive()
  })

  it('may name __proto__ and constructor, which mean nothing', async () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty'])
      refused(
        await call('DescribeKey', `{"KeyId":"${KeyId}","${name}":{"isAdmin":true}}`),
        'UnsupportedOperationException',
        `The parameter "${name}" of DescribeKey is not supported by this service.`,
      )
    assert.equal(({} as { isAdmin?: boolean }).isAdmin, undefined)
  })

  it('may hold numbers of any size, which are not rounded into range', async () => {
    for (const number of ['1e400', '-1e400', '9007199254740993', '0.5', '1'.repeat(100_000)])
      serialization(await call('GenerateRandom', `{"NumberOfBytes":${number}}`))
    succeeded(await call('GenerateRandom', '{"NumberOfBytes":1e2}'))
  })

  it('may hold lone surrogates, which name nothing', async () => {
    const reply = await call('DescribeKey', '{"KeyId":"\\ud800"}')
    refused(reply, 'NotFoundException', "Invalid keyId '\ud800'")
    requireFault(await call('DescribeKey', '{"KeyId":"alias/\\udfff\\u0000"}'))
    requireFault(await call('UpdateKeyDescription', `{"KeyId":"\\u0000","Description":"\\ud800"}`))
  })
})

describe('texts of any kind', () => {
  it('come back as they went in', async () => {
    for (const Description of [
      '\u0000\u0001\u001f',
      '\u2028\u2029',
      '\\" </script>',
      '\u{1f511}',
      '\ud800',
    ])
      assert.equal((await createKey(service, { Description }))['Description'], Description)
  })
})

describe('random requests', () => {
  const operation = fc.constantFrom('Encrypt', 'Decrypt', 'CreateKey', 'ListKeys', 'TagResource')

  it('of bytes get an AWS error', async () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 300 })
    await fc.assert(
      fc.asyncProperty(operation, bytes, async (name, body) =>
        serialization(await call(name, body)),
      ),
      { numRuns: 300 },
    )
    await requireAlive()
  })

  it('of JSON get an AWS error, or an answer where all is optional', async () => {
    await fc.assert(
      fc.asyncProperty(operation, fc.json({ maxDepth: 4 }), async (name, body) => {
        const reply = await call(name, body)
        if (reply.status !== 200) requireFault(reply)
        else assert(name === 'CreateKey' || name === 'ListKeys', reply.text)
      }),
      { numRuns: 300 },
    )
    await requireAlive()
  })

  it('with valid JSON cut, or with bytes of it changed, get an AWS error or an answer', async () => {
    const body = Buffer.from(
      JSON.stringify({ KeyId, Plaintext: 'AAAA', EncryptionContext: { a: 'b' } }),
    )
    const edit = fc.record({ at: fc.nat(body.length - 1), byte: fc.nat(255), cut: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(edit, async ({ at, byte, cut }) => {
        const changed = Buffer.from(cut ? body.subarray(0, at + 1) : body)
        changed[at] = byte
        const reply = await call('Encrypt', changed)
        if (reply.status !== 200) requireFault(reply)
      }),
      { numRuns: 300 },
    )
  })

  it('below HTTP leave the service as it is', async () => {
    const { port } = service.service.address
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 200 })
    await fc.assert(
      fc.asyncProperty(bytes, async (sent) => {
        const answer = await exchangeBytes(port, sent)
        assert(answer === '' || /^HTTP\/1\.1 [45][0-9]{2} /.test(answer), answer)
      }),
      { numRuns: 100 },
    )
    await requireAlive()
  })
})

/** What comes back for bytes on a connection, until it is closed. */
const exchangeBytes = (port: number, sent: Uint8Array): Promise<string> =>
  new Promise((resolve) => {
    let answer = ''
    const socket = connect(port, '127.0.0.1', () => socket.end(sent))
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')))
    socket.on('error', () => resolve(answer))
    socket.on('close', () => resolve(answer))
  })
