import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { systemRandom } from '../../../src/server/system.ts'
import { selfSignedTls } from '../../../src/server/tls.ts'
import { startTestService, type TestService, region } from '../../server/harness.ts'
import { keyhold, type Ran, startFakeService } from '../fake-service.ts'
import { temporaryDirectory } from '../temporary.ts'

const directory = temporaryDirectory()

type Report = {
  readonly operation: string
  readonly loop: string
  readonly requests: number
  readonly failed: number
  readonly failures: Readonly<Record<string, number>>
  readonly perSecond: number
  readonly latencyMs: Readonly<Record<string, number>>
}

let service: TestService
before(async () => (service = await startTestService()))
after(() => service[Symbol.asyncDispose]())

const keyOf = async (input: object): Promise<string> => {
  const { json } = await service.call('CreateKey', input)
  return (json['KeyMetadata'] as { KeyId: string }).KeyId
}

/** Few requests, so that no test waits for a clock. */
const few = ['--warm-up', '0', '--requests', '20', '--connections', '4']

const bench = (args: readonly string[], endpoint = service.endpoint): Promise<Ran> =>
  keyhold(['bench', '--endpoint-url', endpoint, ...few, ...args], {
    env: {
      HOME: '/nonexistent',
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: service.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: service.credentials.secretAccessKey,
      AWS_MAX_ATTEMPTS: '1',
    },
    nowMs: () => service.clock.nowMs(),
  })

const reportOf = async (args: readonly string[]): Promise<Report> => {
  const { code, stdout, stderr } = await bench([...args, '--output', 'json'])
  assert.equal(code, 0, stderr)
  return JSON.parse(stdout) as Report
}

describe('keyhold bench', () => {
  test('measures each operation with signed requests, and prints one line of JSON', async () => {
    const symmetric = await keyOf({})
    const signing = await keyOf({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })
    const rows = [
      ['encrypt', 'Encrypt', symmetric],
      ['decrypt', 'Decrypt', symmetric],
      ['generate-data-key', 'GenerateDataKey', symmetric],
      ['sign', 'Sign', signing],
    ] as const
    for (const [name, operation, keyId] of rows) {
      const report = await reportOf(['--key-id', keyId, '--operation', name])
      assert.equal(report.operation, operation)
      assert.equal(report.requests, 20)
      assert.equal(report.failed, 0)
      const { p50, p90, p99, p999, max } = report.latencyMs
      assert(p50! > 0 && p50! <= p90! && p90! <= p99! && p99! <= p999! && p999! <= max!)
    }
  })

  test('sends at a rate where one is given', async () => {
    const report = await reportOf(['--key-id', await keyOf({}), '--rate', '1000'])
    assert.deepEqual([report.loop, report.requests], ['open', 20])
  })

  test('tells a person the rate and the percentiles', async () => {
    const { stdout, code } = await bench(['--key-id', await keyOf({}), '--bytes', '100'])
    assert.equal(code, 0)
    for (const word of ['requests/s', 'p50', 'p90', 'p99', 'p99.9', 'max'])
      assert.match(stdout, new RegExp(`^ +${word.replace('.', '\\.')} `, 'm'))
    assert.doesNotMatch(stdout, /FAILED|BEHIND/)
  })

  test('makes no key, and sends the encryption context that it is given', async () => {
    const keyId = await keyOf({})
    const { json } = await service.call('ListKeys', {})
    await reportOf(['--key-id', keyId, '--encryption-context', 'tenant=blue'])
    assert.deepEqual((await service.call('ListKeys', {})).json, json)
    const fake = await startFakeService({ Encrypt: { body: { CiphertextBlob: 'AAAA' } } })
    await bench(['--key-id', 'k', '--encryption-context', 'a=b', 'c=d'], fake.endpoint)
    await fake.close()
    const { body } = fake.requests.at(-1)!
    assert.deepEqual((body as Record<string, unknown>)['EncryptionContext'], { a: 'b', c: 'd' })
  })

  test('counts what fails by its code, and says so in its exit code', async () => {
    const throttled = { status: 400, body: { __type: 'ThrottlingException' } }
    const done = { body: { CiphertextBlob: 'AAAA' } }
    const ranWith = async (...args: readonly string[]): Promise<Ran> => {
      const fake = await startFakeService({
        Encrypt: (_body, count) => (count % 2 === 0 ? throttled : done),
      })
      const ran = await bench(['--key-id', 'k', ...args], fake.endpoint)
      await fake.close()
      return ran
    }
    const json = await ranWith('--output', 'json')
    const text = await ranWith()
    assert.equal(json.code, 255)
    assert.deepEqual((JSON.parse(json.stdout) as Report).failures, { ThrottlingException: 10 })
    assert.match(text.stdout, /FAILED: 10, not counted above\n +10 {2}ThrottlingException/)
  })

  test('reaches a service by TLS, if it trusts its certificate', async () => {
    const clock = { nowMs: () => Date.now() }
    const { cert, key, caFile } = await selfSignedTls(directory, '127.0.0.1', clock, systemRandom())
    const server = createServer({ cert, key }, (request, response) => {
      request.resume().on('end', () => response.end('{"CiphertextBlob":"AAAA"}'))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const endpoint = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
    const args = ['--key-id', 'k']
    const trusted = await bench([...args, '--ca-bundle', caFile ?? ''], endpoint)
    const strange = await bench(args, endpoint)
    const careless = await bench([...args, '--no-verify-ssl'], endpoint)
    server.closeAllConnections()
    server.close()
    assert.deepEqual([trusted.code, strange.code, careless.code], [0, 255, 0], trusted.stderr)
    assert.match(strange.stderr, /SSL validation failed/)
  })

  test('opens a lost connection anew, and counts the request that was lost', async () => {
    const fake = await startFakeService({
      Encrypt: (_body, count) =>
        count === 5 ? { drop: true } : { body: { CiphertextBlob: 'AAAA' } },
    })
    const { stdout } = await bench(['--key-id', 'k', '--output', 'json'], fake.endpoint)
    await fake.close()
    const { requests, failed } = JSON.parse(stdout) as Report
    assert.deepEqual([requests, failed], [19, 1])
  })

  test('measures nothing where the first call is refused', async () => {
    const { code, stderr, stdout } = await bench(['--key-id', 'alias/none'])
    assert.deepEqual([code, stdout], [254, ''])
    assert.match(stderr, /NotFoundException\) when calling the Encrypt operation/)
  })

  test('refuses a key that does not sign, and a service that is not there', async () => {
    const { code, stderr } = await bench(['--key-id', await keyOf({}), '--operation', 'sign'])
    assert.deepEqual([code, /is no key that signs/.test(stderr)], [255, true])
    const nowhere = await bench(['--key-id', 'k'], 'http://127.0.0.1:1')
    assert.deepEqual([nowhere.code, /Could not connect/.test(nowhere.stderr)], [255, true])
  })

  test('refuses what makes no sense, and sends nothing', async () => {
    const rows: readonly (readonly [readonly string[], RegExp])[] = [
      [[], /name the key to work with/],
      [['--key-id', ''], /name the key to work with/],
      [['--key-id', 'k', '--operation', 'list-keys'], /invalid choice|Invalid choice/i],
      [['--key-id', 'k', '--connections', '0'], /--connections has to be a number from 1 to 4096/],
      [['--key-id', 'k', '--rate', '1e3'], /--rate has to be a number/],
      [['--key-id', 'k', '--duration', '3601'], /--duration has to be a number from 0\.1 to 3600/],
      [['--key-id', 'k', '--duration=-1'], /--duration has to be/],
      [['--key-id', 'k', '--warm-up', '61'], /--warm-up has to be/],
      [['--key-id', 'k', '--bytes', '4097'], /--bytes has to be a number from 1 to 4096/],
      [['--key-id', 'k', '--timeout', '0'], /--timeout has to be/],
      [['--key-id', 'k', '--encryption-context', 'tenant'], /has to be NAME=VALUE; not tenant/],
      [
        ['--key-id', 'k', '--operation', 'sign', '--encryption-context', 'a=b'],
        /means nothing to sign/,
      ],
      [
        ['--key-id', 'k', '--operation', 'generate-data-key', '--algorithm', 'X'],
        /--algorithm means nothing/,
      ],
      [['--key-id', 'k', '--forever'], /Unknown options: --forever/],
      [['--key-id', 'k', '--endpoint-url', 'ftp://example.org'], /Invalid endpoint/],
    ]
    for (const [args, text] of rows) {
      const { code, stderr, stdout } = await bench(args, 'http://127.0.0.1:1')
      assert.notEqual(code, 0)
      assert.equal(stdout, '')
      assert.match(stderr, text, args.join(' '))
    }
  })

  test('teaches itself, in lines of 100 columns', async () => {
    const { stdout, code } = await keyhold(['bench', '--help'])
    assert.equal(code, 0)
    assert.deepEqual(await keyhold(['bench', 'help']), { code, stdout, stderr: '' })
    for (const line of stdout.split('\n')) assert(line.length <= 100, line)
  })
})
