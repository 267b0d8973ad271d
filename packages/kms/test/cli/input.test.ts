import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after, before } from 'node:test'
import { answers } from './answers.ts'
import { kms, startFakeService, type FakeService } from './fake-service.ts'

let service: FakeService
let folder: string
before(async () => {
  service = await startFakeService(answers)
  folder = await mkdtemp(join(tmpdir(), 'keyhold-cli-'))
  await writeFile(join(folder, 'raw'), 'hello')
  await writeFile(join(folder, 'bytes'), Uint8Array.of(0xff, 0x00, 0xfe))
  await writeFile(join(folder, 'base64'), 'aGVs\nbG8=\n')
  await writeFile(join(folder, 'policy.json'), '{\r\n}\r\n')
  await writeFile(join(folder, 'input.json'), '{"KeyId": "from-file", "Plaintext": "aGVsbG8="}')
})
after(async () => {
  await service.close()
  await rm(folder, { recursive: true })
})

/** The body that a command line sends. */
const sent = async (...args: string[]): Promise<unknown> => {
  service.requests.length = 0
  const ran = await kms(service, args, { cwd: folder })
  assert.equal(ran.code, 0, ran.stderr)
  return service.requests[0]?.body
}

const encrypt = (...args: string[]): Promise<unknown> =>
  sent('encrypt', '--key-id', 'k', '--plaintext', 'aGVsbG8=', ...args)
const encrypted = { KeyId: 'k', Plaintext: 'aGVsbG8=' }

test('a blob is base64, the bytes of fileb://, or base64 in a file://', async () => {
  for (const value of ['aGVsbG8=', 'fileb://raw', 'file://base64']) {
    assert.deepEqual(await sent('encrypt', '--key-id', 'k', '--plaintext', value), encrypted)
  }
  assert.deepEqual(await sent('decrypt', '--ciphertext-blob', 'fileb://bytes'), {
    CiphertextBlob: '/wD+',
  })
})

test('raw-in-base64-out takes blobs as they are, and fileb:// as before', async () => {
  const raw = ['--cli-binary-format', 'raw-in-base64-out']
  for (const value of ['hello', 'file://raw', 'fileb://raw']) {
    assert.deepEqual(
      await sent('encrypt', '--key-id', 'k', '--plaintext', value, ...raw),
      encrypted,
    )
  }
})

test('a map is given in shorthand or in JSON', async () => {
  const expected = { ...encrypted, EncryptionContext: { a: 'b', c: 'd, e' } }
  assert.deepEqual(await encrypt('--encryption-context', 'a=b,c="d, e"'), expected)
  assert.deepEqual(await encrypt('--encryption-context', '{"a":"b","c":"d, e"}'), expected)
})

test('__proto__ reaches the service as a name', async () => {
  const body = await encrypt('--encryption-context', '{"__proto__":"x"}')
  assert.equal(
    JSON.stringify(body),
    '{"KeyId":"k","Plaintext":"aGVsbG8=","EncryptionContext":{"__proto__":"x"}}',
  )
})

test('a list of structures is given in shorthand or in JSON', async () => {
  const expected = {
    KeyId: 'k',
    Tags: [
      { TagKey: 'a', TagValue: 'b' },
      { TagKey: 'c', TagValue: '' },
    ],
  }
  const tag = (...values: string[]): Promise<unknown> =>
    sent('tag-resource', '--key-id', 'k', '--tags', ...values)
  assert.deepEqual(await tag('TagKey=a,TagValue=b', 'TagKey=c,TagValue='), expected)
  assert.deepEqual(await tag(JSON.stringify(expected.Tags)), expected)
  assert.deepEqual(await tag(...expected.Tags.map((each) => JSON.stringify(each))), expected)
})

test('a list of texts is given word by word or in JSON', async () => {
  const expected = { KeyId: 'k', TagKeys: ['a', 'b'] }
  assert.deepEqual(await sent('untag-resource', '--key-id', 'k', '--tag-keys', 'a', 'b'), expected)
  assert.deepEqual(
    await sent('untag-resource', '--key-id', 'k', '--tag-keys', '["a","b"]'),
    expected,
  )
})

test('of a boolean and its negation the last one counts', async () => {
  assert.deepEqual(await encrypt('--dry-run'), { ...encrypted, DryRun: true })
  assert.deepEqual(await encrypt('--no-dry-run'), { ...encrypted, DryRun: false })
  assert.deepEqual(await encrypt('--dry-run', '--no-dry-run', '--dry-run'), {
    ...encrypted,
    DryRun: true,
  })
})

test('numbers are numbers, and texts are read from files with their line ends made alike', async () => {
  assert.deepEqual(await sent('generate-random', '--number-of-bytes', '32'), { NumberOfBytes: 32 })
  assert.deepEqual(
    await sent('put-key-policy', '--key-id', 'k', '--policy', 'file://policy.json'),
    {
      KeyId: 'k',
      Policy: '{\n}\n',
    },
  )
})

test('flags may be shortened, joined by =, and stand anywhere', async () => {
  assert.deepEqual(
    await sent('encrypt', '--key=k', '--plain', 'aGVsbG8=', '--out', 'text'),
    encrypted,
  )
  service.requests.length = 0
  const args = ['--output', 'text', 'decrypt', '--region', 'eu-west-1', '--ciphertext-blob=AQID']
  assert.equal((await kms(service, args)).code, 0)
  assert.match(String(service.requests[0]?.headers['authorization']), /\/eu-west-1\/kms\//)
})

test('a document gives the whole input, and flags win over it', async () => {
  const json = '{"KeyId": "k", "Plaintext": "aGVsbG8="}'
  assert.deepEqual(await sent('encrypt', '--cli-input-json', json), encrypted)
  assert.deepEqual(
    await sent('encrypt', '--cli-input-json', 'file://input.json', '--key-id', 'k'),
    encrypted,
  )
  const yaml = 'KeyId: k\nPlaintext: !!binary aGVsbG8=\n'
  assert.deepEqual(await sent('encrypt', '--cli-input-yaml', yaml), encrypted)
})

test('the skeleton of an input is accepted once it is filled in', async () => {
  const ran = await kms(service, ['tag-resource', '--generate-cli-skeleton'])
  const skeleton = JSON.parse(ran.stdout) as Record<string, unknown>
  assert.deepEqual(skeleton, { KeyId: '', Tags: [{ TagKey: '', TagValue: '' }] })
  const filled = { KeyId: 'k', Tags: [{ TagKey: 'a', TagValue: 'b' }] }
  assert.deepEqual(await sent('tag-resource', '--cli-input-json', JSON.stringify(filled)), filled)
})

test('the YAML skeleton says what each member is for', async () => {
  const ran = await kms(service, ['tag-resource', '--generate-cli-skeleton', 'yaml-input'])
  // Two spaces before the note of a structure's first member, as AWS's command line has it.
  assert.match(ran.stdout, /^KeyId: '' {2}# \[REQUIRED\] /)
  assert.match(ran.stdout, /^Tags: # \[REQUIRED\] .*\n- TagKey: '' {2}#.*\n {2}TagValue: '' #/m)
  const key = await kms(service, ['create-key', '--generate-cli-skeleton', 'yaml-input'])
  assert.match(key.stdout, /^MultiRegion: true # /m)
})

test('a YAML document means what YAML 1.2 says: yes is a text there', async () => {
  const document = 'KeyId: yes\nDescription: on\n'
  assert.deepEqual(await sent('update-key-description', '--cli-input-yaml', document), {
    KeyId: 'yes',
    Description: 'on',
  })
})

test('requests are signed for the service and name their operation', async () => {
  await encrypt()
  const headers = service.requests[0]?.headers
  assert.equal(headers?.['x-amz-target'], 'TrentService.Encrypt')
  assert.equal(headers['content-type'], 'application/x-amz-json-1.1')
  assert.match(
    String(headers['authorization']),
    /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/us-east-1\/kms\/aws4_request, /,
  )
})
