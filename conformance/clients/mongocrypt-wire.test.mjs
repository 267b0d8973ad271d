/** libmongocrypt's form of a request, byte for byte, and what its response parser insists on. */
import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { connect as connectPlain } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { before, describe, test } from 'node:test'
import { setting } from './setting.mjs'

const region = 'eu-south-1'
const sha256 = (data) => createHash('sha256').update(data).digest('hex')
const hmac = (key, data) => createHmac('sha256', key).update(data).digest()
const signedHeaders = 'connection content-length content-type host x-amz-date x-amz-target'

/** Every header but Authorization is signed, `connection` among them where it is asked for. */
const requestBytes = (service, operation, body, host, { signConnection = false } = {}) => {
  const date = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')
  const headers = [
    ['Connection', 'close'],
    ['Content-Length', String(Buffer.byteLength(body))],
    ['Content-Type', 'application/x-amz-json-1.1'],
    ['Host', host],
    ['X-Amz-Date', date],
    ['X-Amz-Target', `TrentService.${operation}`],
  ]
  const names = signedHeaders.split(' ').slice(signConnection ? 0 : 1)
  const canonical = headers
    .map(([name, value]) => [name.toLowerCase(), value])
    .filter(([name]) => names.includes(name))
    .map(([name, value]) => `${name}:${value}\n`)
    .join('')
  const signed = names.join(';')
  const scope = `${date.slice(0, 8)}/${region}/kms/aws4_request`
  const hashed = sha256(`POST\n/\n\n${canonical}\n${signed}\n${sha256(body)}`)
  const start = `AWS4${service.secretAccessKey}`
  const key = scope.split('/').reduce(hmac, start)
  const signature = hmac(key, `AWS4-HMAC-SHA256\n${date}\n${scope}\n${hashed}`).toString('hex')
  const authorization =
    `AWS4-HMAC-SHA256 Credential=${service.accessKeyId}/${scope}, ` +
    `SignedHeaders=${signed}, Signature=${signature}`
  const lines = headers.map(([name, value]) => `${name}:${value}\r\n`).join('')
  return `POST / HTTP/1.1\r\n${lines}Authorization: ${authorization}\r\n\r\n${body}`
}

/** Sends the bytes, and collects all that comes until the service closes the connection. */
const exchange = (service, request) =>
  new Promise((resolve, reject) => {
    const { hostname: host, port, protocol } = new URL(service.endpoint)
    const socket =
      protocol === 'https:'
        ? connectTls({ host, port, ca: readFileSync(service.caFile) })
        : connectPlain({ host, port })
    const parts = []
    socket.on('error', reject)
    socket.on('data', (part) => parts.push(part))
    socket.on('end', () => resolve(Buffer.concat(parts)))
    socket.write(request)
  })

/** Reads an answer as strictly as libmongocrypt does. */
const parseAnswer = (bytes) => {
  const head = bytes.indexOf('\r\n\r\n')
  assert.ok(head > 0, 'the head has an end')
  const [status, ...lines] = bytes.subarray(0, head).toString('latin1').split('\r\n')
  assert.match(status, /^HTTP\/1\.1 \d{3} /)
  const length = lines.filter((line) => line.startsWith('Content-Length: '))
  assert.equal(length.length, 1, 'there is exactly one Content-Length, spelt so')
  assert.ok(!lines.some((line) => /^transfer-encoding:/i.test(line)))
  const body = bytes.subarray(head + 4)
  assert.equal(body.length, Number(length[0].slice('Content-Length: '.length)))
  return { status: Number(status.split(' ')[1]), body: JSON.parse(body.toString('utf8')) }
}

for (const [name, service] of [
  ['plain', setting.plain],
  ['TLS', setting.tls],
])
  describe(`the bytes of libmongocrypt, ${name}`, () => {
    const { host, hostname } = new URL(service.endpoint)
    const send = async (operation, input, hostHeader = host, options = {}) => {
      // libmongocrypt puts a space after each colon and comma.
      const body = JSON.stringify(input).replaceAll('":', '": ').replaceAll(',"', ', "')
      return parseAnswer(
        await exchange(service, requestBytes(service, operation, body, hostHeader, options)),
      )
    }
    let KeyId
    before(async () => {
      const { status, body } = await send('CreateKey', {})
      assert.equal(status, 200)
      KeyId = body.KeyMetadata.Arn
    })

    test('Encrypt names the host without its port, Decrypt with it', async () => {
      const Plaintext = Buffer.alloc(96, 7).toString('base64')
      const sealed = await send('Encrypt', { Plaintext, KeyId }, hostname)
      assert.equal(sealed.status, 200)
      assert.equal(sealed.body.KeyId, KeyId)
      const { CiphertextBlob } = sealed.body
      const opened = await send('Decrypt', { CiphertextBlob }, host)
      assert.equal(opened.status, 200)
      assert.equal(opened.body.Plaintext, Plaintext)
    })

    test('Host may be the name of AWS, as when no endpoint is set', async () => {
      const input = { Plaintext: 'AAAA', KeyId }
      const answer = await send('Encrypt', input, `kms.${region}.amazonaws.com`)
      assert.equal(answer.status, 200)
    })

    test('a signature over Connection holds as well', async () => {
      const input = { Plaintext: 'AAAA', KeyId }
      const answer = await send('Encrypt', input, host, { signConnection: true })
      assert.equal(answer.status, 200)
    })

    test('a fault has the same exact form', async () => {
      const { status, body } = await send('Decrypt', { CiphertextBlob: 'AAAA' })
      assert.equal(status, 400)
      assert.deepEqual(body, { __type: 'InvalidCiphertextException' })
    })
  })
