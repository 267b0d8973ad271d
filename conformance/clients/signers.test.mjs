import assert from 'node:assert/strict'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { describe, test } from 'node:test'
import aws4 from 'aws4'
import { AwsClient } from 'aws4fetch'
import { credentials, runProgram, setting, uuid } from './setting.mjs'

const region = 'eu-west-3'
const contentType = 'application/x-amz-json-1.1'
const { endpoint } = setting.plain

/** Each signer is a function of an operation and its input that resolves to the status and body. */
const aws4fetch = async (operation, input) => {
  const client = new AwsClient({ ...credentials, region, service: 'kms', retries: 0 })
  const answer = await client.fetch(endpoint, {
    method: 'POST',
    headers: { 'Content-Type': contentType, 'X-Amz-Target': `TrentService.${operation}` },
    body: JSON.stringify(input),
  })
  assert.match(answer.headers.get('x-amzn-requestid'), uuid)
  assert.equal(answer.headers.get('content-type'), contentType)
  return { status: answer.status, body: await answer.text() }
}

const aws4Signer = async (operation, input) => {
  const { host } = new URL(endpoint)
  const options = aws4.sign(
    {
      host,
      path: '/',
      method: 'POST',
      service: 'kms',
      region,
      headers: { 'Content-Type': contentType, 'X-Amz-Target': `TrentService.${operation}` },
      body: JSON.stringify(input),
    },
    credentials,
  )
  const { hostname, port } = new URL(endpoint)
  const answer = await new Promise((resolve, reject) => {
    const sent = request({ ...options, host: hostname, port }, resolve)
    sent.on('error', reject)
    sent.end(options.body)
  })
  return { status: answer.statusCode, body: await text(answer) }
}

const curlWith =
  (service, ...more) =>
  async (operation, input) => {
    const { stdout, stderr, code } = await runProgram(
      setting.curl,
      [
        '--silent',
        '--show-error',
        '--aws-sigv4',
        `aws:amz:${region}:kms`,
        '--user',
        `${service.accessKeyId}:${service.secretAccessKey}`,
        '--header',
        `Content-Type: ${contentType}`,
        '--header',
        `X-Amz-Target: TrentService.${operation}`,
        '--data-binary',
        '@-',
        '--write-out',
        '\n%{http_code}',
        ...more,
        `${service.endpoint}/`,
      ],
      { input: JSON.stringify(input) },
    )
    assert.equal(code, 0, stderr)
    const at = stdout.lastIndexOf('\n')
    return { status: Number(stdout.slice(at + 1)), body: stdout.slice(0, at) }
  }

const signers = {
  aws4fetch,
  aws4: aws4Signer,
  'curl --aws-sigv4': curlWith(setting.plain),
  'curl --aws-sigv4 --http2': curlWith(setting.plain, '--http2'),
  'curl --aws-sigv4 over TLS': curlWith(setting.tls, '--cacert', setting.tls.caFile ?? ''),
}

for (const [name, send] of Object.entries(signers)) {
  describe(name, () => {
    const call = async (operation, input) => {
      const { status, body } = await send(operation, input)
      assert.equal(status, 200, body)
      return body === '' ? undefined : JSON.parse(body)
    }

    test('makes a key, encrypts and decrypts', async () => {
      const { KeyMetadata } = await call('CreateKey', { Description: 'größer ✓' })
      assert.equal(KeyMetadata.Description, 'größer ✓')
      assert.ok(Math.abs(KeyMetadata.CreationDate - Date.now() / 1000) < 60)
      const EncryptionContext = { a: 'ß' }
      const { CiphertextBlob } = await call('Encrypt', {
        KeyId: KeyMetadata.KeyId,
        Plaintext: Buffer.from('data').toString('base64'),
        EncryptionContext,
      })
      const opened = await call('Decrypt', { CiphertextBlob, EncryptionContext })
      assert.equal(Buffer.from(opened.Plaintext, 'base64').toString(), 'data')
    })

    test('an operation without output answers with an empty body', async () => {
      const { KeyMetadata } = await call('CreateKey', {})
      assert.equal(await call('DisableKey', { KeyId: KeyMetadata.KeyId }), undefined)
    })

    test('hears of a fault by type and message', async () => {
      const { status, body } = await send('DescribeKey', { KeyId: 'no-key' })
      assert.equal(status, 400)
      assert.deepEqual(JSON.parse(body), {
        __type: 'NotFoundException',
        message: "Invalid keyId 'no-key'",
      })
    })

    test('hears of a ciphertext that does not hold without any message', async () => {
      const { status, body } = await send('Decrypt', { CiphertextBlob: 'AAAA' })
      assert.equal(status, 400)
      assert.deepEqual(JSON.parse(body), { __type: 'InvalidCiphertextException' })
    })

    test('sends the same request twice, and is answered twice', async () => {
      const input = { NumberOfBytes: 8 }
      const answers = await Promise.all([1, 2, 3].map(() => call('GenerateRandom', input)))
      assert.equal(new Set(answers.map(({ Plaintext }) => Plaintext)).size, 3)
    })
  })
}

describe('curl --aws-sigv4, at the limits', () => {
  const input = { NumberOfBytes: 8, Padding: 'x'.repeat(2 ** 21) }

  test('a body that is too long is refused while curl still waits to be told to go on', async () => {
    const { status, body } = await curlWith(setting.plain)('GenerateRandom', input)
    assert.equal(status, 413)
    assert.equal(JSON.parse(body).__type, 'RequestEntityTooLargeException')
  })

  test('a body that was changed after it was signed is refused', async () => {
    const { status, body } = await curlWith(
      setting.plain,
      '--header',
      `X-Amz-Content-Sha256: ${'0'.repeat(64)}`,
    )('GenerateRandom', { NumberOfBytes: 8 })
    assert.equal(status, 400)
    assert.match(JSON.parse(body).__type, /^(InvalidSignatureException|ValidationException)$/)
  })
})
