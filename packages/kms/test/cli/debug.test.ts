import assert from 'node:assert/strict'
import test, { after, before } from 'node:test'
import { bareEnv, kms, startFakeService, type FakeService } from './fake-service.ts'

const canary = 'canary-plaintext'
const base64 = Buffer.from(canary).toString('base64')
const secrets = [
  canary,
  base64,
  'canary-secret-access-key',
  'canary-session-token',
  'canary-grant-token',
  'canary-unknown',
]

let service: FakeService
before(async () => {
  service = await startFakeService({
    Encrypt: { body: { CiphertextBlob: 'AQID', KeyId: 'arn', NewMember: 'canary-unknown' } },
    Decrypt: { body: { KeyId: 'arn', Plaintext: base64 } },
    GenerateDataKey: { body: { KeyId: 'arn', Plaintext: base64, CiphertextBlob: 'AQID' } },
    GenerateRandom: { status: 400, body: { __type: 'ValidationException', message: 'no' } },
  })
})
after(() => service.close())

const env = { ...bareEnv, AWS_SESSION_TOKEN: 'canary-session-token' }

const rows = [
  ['encrypt', '--key-id', 'k', '--plaintext', base64, '--grant-tokens', 'canary-grant-token'],
  ['encrypt', '--key-id', 'k', '--plaintext', canary, '--cli-binary-format', 'raw-in-base64-out'],
  ['decrypt', '--ciphertext-blob', 'AQID'],
  ['generate-data-key', '--key-id', 'k', '--key-spec', 'AES_256'],
  ['generate-random', '--number-of-bytes', '4'],
]

for (const args of rows) {
  test(`--debug of ${args[0]} tells what went over the wire, without a secret`, async () => {
    const { stderr } = await kms(service, [...args, '--debug'], { env })
    assert.match(stderr, /debug: POST http:\/\/127\.0\.0\.1/)
    assert.match(stderr, /x-amz-target: TrentService\./)
    assert.match(stderr, /authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/.* Signature=…/)
    assert.match(stderr, /debug: answer [24]00/)
    const signature = /Signature=(\w+)/.exec(
      String(service.requests.at(-1)?.headers['authorization']),
    )?.[1]
    for (const secret of [...secrets, signature ?? 'none']) {
      assert.equal(stderr.includes(secret), false, secret)
    }
  })
}

test('without --debug nothing is told', async () => {
  const { stderr } = await kms(service, rows[2] ?? [], { env })
  assert.equal(stderr, '')
})
