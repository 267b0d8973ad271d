import assert from 'node:assert/strict'
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { get as getPlain } from 'node:http'
import { get as getTls } from 'node:https'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { run as runEnv } from '../../src/cli/env.ts'
import { run as runInit } from '../../src/cli/init.ts'
import { run as runServe } from '../../src/cli/serve.ts'
import { Kms } from '../../src/client/index.ts'
import { envOf, refusalOf, serveWhile } from './serving.ts'
import { capturedIo, temporaryDirectory } from './temporary.ts'

const scratch = temporaryDirectory()
let homes = 0
const newHome = (): string => join(scratch, String((homes += 1)))

const statusOf = (url: string, ca?: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const done = (answer: { statusCode?: number | undefined; resume(): unknown }): void => {
      answer.resume()
      resolve(answer.statusCode)
    }
    const request = url.startsWith('https:')
      ? getTls(url, { ca, agent: false }, done)
      : getPlain(url, { agent: false }, done)
    request.on('error', reject)
  })

const refusal = (args: readonly string[], home = newHome()): Promise<string> =>
  refusalOf(args, home)

describe('keyhold serve in evaluation mode', () => {
  test('starts on nothing, keeps a client configuration, and keeps its keys', async () => {
    const home = newHome()
    const io = capturedIo(home, { isTty: true })
    let keyId = ''
    const connect = async (): Promise<Kms> => {
      const env = await envOf(home)
      return new Kms({
        endpoint: env['AWS_ENDPOINT_URL_KMS'] ?? '',
        region: env['AWS_REGION'] ?? '',
        credentials: {
          accessKeyId: env['AWS_ACCESS_KEY_ID'] ?? '',
          secretAccessKey: env['AWS_SECRET_ACCESS_KEY'] ?? '',
        },
      })
    }
    const first = await serveWhile([], io, async (endpoint) => {
      assert.equal(await statusOf(`${endpoint}/healthz`), 200)
      assert.equal(await statusOf(`${endpoint}/readyz`), 200)
      const kms = await connect()
      keyId = (await kms.createKey({})).KeyMetadata?.KeyId ?? ''
      kms.destroy()
    })
    assert.equal(first, 0)
    assert.match(io.out(), /EVALUATION MODE/)
    const secret = (await envOf(home))['AWS_SECRET_ACCESS_KEY'] ?? 'none'
    assert(!io.out().includes(secret) && !io.err().includes(secret))
    const second = await serveWhile([], capturedIo(home), async () => {
      const kms = await connect()
      assert.equal((await kms.describeKey({ KeyId: keyId })).KeyMetadata?.KeyId, keyId)
      kms.destroy()
    })
    assert.equal(second, 0)
    for (const file of ['keyhold.db', 'seal/key', 'client/config.json'])
      assert.equal(statSync(join(home, '.keyhold', file)).mode & 0o077, 0, file)
  })

  test('refuses every address that is not loopback', async () => {
    assert.match(await refusal(['--host', '0.0.0.0']), /^252 .*evaluation mode serves loopback/s)
    assert.match(await refusal(['--host', '::']), /^252 /)
    assert.match(await refusal(['--host', 'example.com', '--tls-self-signed']), /^252 /)
  })

  test('never initialises a database again whose key file is gone', async () => {
    const home = newHome()
    await serveWhile([], capturedIo(home), () => Promise.resolve())
    const key = join(home, '.keyhold/seal/key')
    const bytes = readFileSync(key)
    writeFileSync(key, Buffer.alloc(32, 7))
    assert.match(await refusal(['--port', '0'], home), /no seal slot opens/)
    chmodSync(key, 0o640)
    assert.match(await refusal(['--port', '0'], home), /chmod 600/)
    chmodSync(key, 0o600)
    writeFileSync(key, bytes.subarray(1))
    assert.match(await refusal(['--port', '0'], home), /exactly 32 bytes/)
    writeFileSync(key, bytes)
    assert.match(
      await refusal(['--port', '0', '--account', '999999999999'], home),
      /belongs to account 000000000000/,
    )
  })
})

describe('keyhold serve with TLS', () => {
  test('makes a CA of its own, which env hands to clients', async () => {
    const home = newHome()
    await serveWhile(['--tls-self-signed'], capturedIo(home), async (endpoint) => {
      const env = await envOf(home)
      const ca = readFileSync(env['NODE_EXTRA_CA_CERTS'] ?? '', 'utf8')
      assert.equal(env['AWS_CA_BUNDLE'], env['NODE_EXTRA_CA_CERTS'])
      assert.equal(await statusOf(`${endpoint}/healthz`, ca), 200)
      await assert.rejects(statusOf(`${endpoint}/healthz`))
    })
    const certificate = readFileSync(join(home, '.keyhold/tls/server.pem'), 'utf8')
    await serveWhile(['--tls-self-signed'], capturedIo(home), () => Promise.resolve())
    assert.equal(readFileSync(join(home, '.keyhold/tls/server.pem'), 'utf8'), certificate)
    await serveWhile(['--tls-self-signed', '--host', 'localhost'], capturedIo(home), () =>
      Promise.resolve(),
    )
    const given = ['--tls-cert', join(home, '.keyhold/tls/server.pem'), '--tls-key']
    const other = newHome()
    await serveWhile(
      [...given, join(home, '.keyhold/tls/server.key')],
      capturedIo(other),
      async (endpoint) => {
        assert.match(endpoint, /^https:/)
      },
    )
    assert.match(await refusal([...given, join(home, '.keyhold/tls/ca.key')]), /cannot be used/)
  })

  test('wants both files, and one way of doing it', async () => {
    assert.match(await refusal(['--tls-cert', 'a']), /go together/)
    assert.match(
      await refusal(['--tls-cert', 'a', '--tls-key', 'b', '--tls-self-signed']),
      /does not go/,
    )
    assert.match(
      await refusal(['--tls-cert', 'a', '--tls-key', 'b']),
      /certificate .*a cannot be read/,
    )
  })
})

describe('keyhold serve --xks-proxy', () => {
  test('listens for AWS KMS beside the service, over TLS', async () => {
    const io = capturedIo(newHome())
    await serveWhile(['--tls-self-signed', '--xks-proxy', '0'], io, () => Promise.resolve())
    assert.match(io.err(), /external key store proxy ready .*port=\d+/)
  })

  test('wants TLS, certificates that are there, and flags that go together', async () => {
    const proxy = ['--xks-proxy', '127.0.0.1:0', '--tls-self-signed']
    for (const [args, text] of [
      [['--xks-proxy', '0'], /--xks-proxy needs --tls-cert and --tls-key/],
      [['--xks-proxy', 'x'], /has to be a port/],
      [['--xks-proxy', '10.0.0.1:0', '--tls-self-signed'], /10\.0\.0\.1 is none/],
      [['--xks-proxy-client-ca', 'a'], /goes with --xks-proxy/],
      [[...proxy, '--xks-proxy-client-name', 'a'], /goes with --xks-proxy-client-ca/],
      [[...proxy, '--xks-proxy-client-ca', 'nowhere.pem'], /nowhere\.pem cannot be read/],
    ] as const)
      assert.match(await refusal(args), text)
  })
})

describe('keyhold serve with external key stores', () => {
  test('wants files that are there, and addresses with ports', async () => {
    for (const [args, text] of [
      [['--xks-ca', 'nowhere.pem'], /nowhere\.pem cannot be read/],
      [['--xks-client-cert', 'a'], /--xks-client-cert and --xks-client-key go together/],
      [['--xks-client-key', 'a'], /--xks-client-cert and --xks-client-key go together/],
      [['--xks-client-cert', 'a', '--xks-client-key', 'b'], /certificate .*a cannot be read/],
      [['--xks-connect-to', 'proxy.example'], /has to be NAME=ADDRESS:PORT/],
      [['--xks-connect-to', 'proxy.example=127.0.0.1'], /has to be NAME=ADDRESS:PORT/],
      [['--xks-connect-to', 'a=127.0.0.1:1,b=127.0.0.1:65536'], /has to be a port/],
      [['--xks-connect-to', 'a=-:1'], /has to be an address or a host name/],
    ] as const)
      assert.match(await refusal(args), text)
  })
})

describe('keyhold in production mode', () => {
  test('tells the root credential once, and keeps none for env', async () => {
    const home = newHome()
    const sealKey = join(home, 'elsewhere', 'seal.key')
    const args = ['--data-dir', join(home, 'data'), '--seal-key-file', sealKey]
    assert.match(await refusal([...args, '--log-format', 'json'], home), /run keyhold init/)
    assert(!existsSync(join(home, 'data')))
    const init = capturedIo(home)
    assert.equal(await runInit([...args, '--account', '123456789012'], init), 0, init.err())
    const [, accessKeyId = ''] = /AWS_ACCESS_KEY_ID=(\S+)/.exec(init.out()) ?? []
    const [, secretAccessKey = ''] = /AWS_SECRET_ACCESS_KEY=(\S+)/.exec(init.out()) ?? []
    assert.match(accessKeyId, /^AKIA[A-Z2-7]{16}$/)
    assert.equal(secretAccessKey.length, 44)
    const again = capturedIo(home)
    assert.notEqual(await runInit(args, again), 0)
    assert.match(again.err(), /initialised already/)
    assert.equal(again.out(), '')
    const io = capturedIo(home)
    await serveWhile([...args, '--log-format', 'json'], io, async (endpoint) => {
      const kms = new Kms({
        endpoint,
        region: 'eu-west-1',
        credentials: { accessKeyId, secretAccessKey },
      })
      const { KeyMetadata } = await kms.createKey({})
      assert.match(KeyMetadata?.Arn ?? '', /^arn:aws:kms:eu-west-1:123456789012:key\//)
      kms.destroy()
    })
    for (const line of io.out().trim().split('\n')) assert.equal(typeof JSON.parse(line), 'object')
    assert(!io.out().includes(secretAccessKey) && !io.err().includes(secretAccessKey))
    const env = capturedIo(home)
    assert.notEqual(await runEnv(['--data-dir', join(home, 'data')], env), 0)
    assert.match(env.err(), /no client configuration/)
  })

  test('wants its key file outside of the data directory', async () => {
    const home = newHome()
    const inside = join(home, '.keyhold/seal/other')
    assert.match(await refusal(['--seal-key-file', inside], home), /lies inside the data directory/)
    assert(!existsSync(inside))
  })

  test('wants TLS on an address that is not loopback, or the word that something else does it', async () => {
    const home = newHome()
    const args = ['--seal-key-file', join(home, 'key'), '--host', '0.0.0.0']
    assert.match(await refusal(args, home), /^252 .*not a loopback address/s)
  })
})

test('keyhold env prints the forms of three shells', async () => {
  const home = newHome()
  await serveWhile([], capturedIo(home), () => Promise.resolve())
  const sh = capturedIo(home)
  assert.equal(await runEnv([], sh), 0)
  assert.match(sh.out(), /^export AWS_ACCESS_KEY_ID='AKIA[A-Z2-7]{16}'$/m)
  for (const name of ['KMS', 'IAM', 'STS']) {
    const line = new RegExp(`^export AWS_ENDPOINT_URL_${name}='http://127\\.0\\.0\\.1:\\d+'$`, 'm')
    assert.match(sh.out(), line)
  }
  const powershell = capturedIo(home)
  assert.equal(await runEnv(['--format=powershell'], powershell), 0)
  assert.match(powershell.out(), /^\$env:AWS_REGION = 'us-east-1'$/m)
  const wrong = capturedIo(home)
  assert.equal(await runEnv(['--format', 'csh'], wrong), 252)
})

test('a second service on the same directory is refused', async () => {
  const home = newHome()
  await serveWhile([], capturedIo(home), async () => {
    assert.match(await refusal(['--port', '0'], home), /in use by another process/)
  })
})

for (const [name, run] of Object.entries({ serve: runServe, env: runEnv, init: runInit })) {
  test(`keyhold ${name} --help teaches`, async () => {
    const io = capturedIo(newHome())
    assert.equal(await run(['--help'], io), 0)
    assert.match(io.out(), new RegExp(`^usage: keyhold ${name}`))
    assert.match(io.out(), /--data-dir DIR/)
  })
}
