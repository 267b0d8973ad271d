import assert from 'node:assert/strict'
import test, { after, before } from 'node:test'
import { answers } from './answers.ts'
import {
  bareEnv,
  exitCode,
  keyhold,
  kms,
  startFakeService,
  type FakeService,
} from './fake-service.ts'

let service: FakeService
before(async () => {
  service = await startFakeService(answers)
})
after(() => service.close())

const encrypt = ['encrypt', '--key-id', 'k', '--plaintext', 'aGVsbG8=']

/** Whole texts of AWS's command line; those in the wrong usage begin with it. */
const rows: readonly { name: string; args: string[]; code: number; text: string | RegExp }[] = [
  {
    name: 'flags that are required and missing',
    args: ['encrypt'],
    code: exitCode.usage,
    text: /\nkeyhold: error: the following arguments are required: --key-id, --plaintext\n\n$/,
  },
  {
    name: 'no operation at all',
    args: [],
    code: exitCode.usage,
    text: /^\nusage: [^]*\n {2}keyhold <command> <subcommand> help\n[^]*error: the following arguments are required: operation\n/,
  },
  {
    name: 'an operation that is not in the API',
    args: ['encript', '--key-id', 'k'],
    code: exitCode.usage,
    text: /argument operation: Invalid choice, valid choices are:\n[^]*maybe you meant:\n\n {2}\* encrypt\n/,
  },
  {
    name: 'a flag that nothing knows',
    args: [...encrypt, '--frob'],
    code: exitCode.usage,
    text: /\nUnknown options: --frob\n\n$/,
  },
  {
    name: 'an output that nobody knows',
    args: [...encrypt, '--output', 'xml'],
    code: exitCode.usage,
    text: /argument --output: Invalid choice, valid choices are:/,
  },
  {
    name: 'a flag without its value',
    args: ['encrypt', '--key-id'],
    code: exitCode.usage,
    text: /argument --key-id: expected one argument\n/,
  },
  {
    name: 'a flag that is short for several',
    args: ['list-keys', '--m', '1'],
    code: exitCode.usage,
    text: /ambiguous option: --m could match --marker, --max-items\n/,
  },
  {
    name: 'a number that is none',
    args: ['list-keys', '--max-items', 'x'],
    code: exitCode.usage,
    text: /argument --max-items: invalid int value: 'x'\n/,
  },
  {
    name: 'a member below its bound',
    args: ['encrypt', '--key-id', '', '--plaintext', 'aGVsbG8='],
    code: exitCode.usage,
    text: '\nParameter validation failed:\nInvalid length for parameter KeyId, value: 0, valid min length: 1\n',
  },
  {
    name: 'a structure without a required member',
    args: ['tag-resource', '--key-id', 'k', '--tags', 'Foo=a'],
    code: exitCode.usage,
    text:
      '\nParameter validation failed:\nMissing required parameter in Tags[0]: "TagKey"\n' +
      'Missing required parameter in Tags[0]: "TagValue"\n' +
      'Unknown parameter in Tags[0]: "Foo", must be one of: TagKey, TagValue\n',
  },
  {
    name: 'a list where a text belongs',
    args: [...encrypt, '--encryption-context', 'a=1,2'],
    code: exitCode.usage,
    text:
      '\nParameter validation failed:\nInvalid type for parameter EncryptionContext.a, ' +
      "value: ['1', '2'], type: <class 'list'>, valid types: <class 'str'>\n",
  },
  {
    name: 'shorthand that is none',
    args: [...encrypt, '--encryption-context', 'a'],
    code: exitCode.usage,
    text: "\nError parsing parameter '--encryption-context': Expected: '=', received: 'EOF' for input:\na\n ^\n",
  },
  {
    name: 'a file that is not there',
    args: ['encrypt', '--key-id', 'k', '--plaintext', 'fileb:///nonexistent/x'],
    code: exitCode.usage,
    text:
      "\nError parsing parameter '--plaintext': Unable to load paramfile fileb:///nonexistent/x: " +
      "[Errno 2] No such file or directory: '/nonexistent/x'\n",
  },
  {
    name: 'two documents',
    args: ['encrypt', '--cli-input-json', '{}', '--cli-input-yaml', '{}'],
    code: exitCode.usage,
    text: '\nOnly one --cli-input- parameter may be specified.\n',
  },
  {
    name: 'a document that is no JSON',
    args: ['encrypt', '--cli-input-json', 'x'],
    code: exitCode.usage,
    text: "\nError parsing parameter 'cli-input-json': Invalid JSON received.\n",
  },
  {
    name: 'a query that is no JMESPath',
    args: [...encrypt, '--query', 'a['],
    code: exitCode.usage,
    text: /^\nBad value for --query a\[: Invalid jmespath expression: /,
  },
  {
    name: 'a time that is no number',
    args: ['list-keys', '--cli-read-timeout', 'x'],
    code: exitCode.failure,
    text: "\ninvalid literal for int() with base 10: 'x'\n",
  },
  {
    name: 'an endpoint that is no URL',
    args: ['list-keys', '--endpoint-url', 'nonsense'],
    code: exitCode.usage,
    text:
      '\nBad value for --endpoint-url "nonsense": scheme is missing.  Must be of the form ' +
      'http://<hostname>/ or https://<hostname>/\n',
  },
  {
    name: 'an endpoint that is not on HTTP',
    args: ['list-keys', '--endpoint-url', 'ftp://host'],
    code: exitCode.failure,
    text: '\nInvalid endpoint: ftp://host\n',
  },
  {
    name: 'a fault of the service',
    args: ['encrypt', '--key-id', 'missing', '--plaintext', 'aGVsbG8='],
    code: exitCode.service,
    text:
      '\nAn error occurred (NotFoundException) when calling the Encrypt operation: ' +
      "Key 'missing' does not exist\n",
  },
]

for (const { name, args, code, text } of rows) {
  test(`is told with exit code ${code}: ${name}`, async () => {
    const ran = await kms(service, args)
    assert.equal(ran.code, code)
    assert.equal(ran.stdout, '')
    if (typeof text === 'string') assert.equal(ran.stderr, text)
    else assert.match(ran.stderr, text)
  })
}

test('a plaintext that is not base64 is refused, and not repeated', async () => {
  for (const plaintext of ['canary plaintext', 'canary', 'aGVsbG8', '-_-_']) {
    const ran = await kms(service, ['encrypt', '--key-id', 'k', `--plaintext=${plaintext}`])
    assert.equal(ran.code, exitCode.failure)
    assert.match(ran.stderr, /^\nInvalid base64: the value of Plaintext\./)
    assert.equal(ran.stderr.includes('canary'), false)
  }
})

test('an endpoint where nothing listens', async () => {
  const closed = await startFakeService({})
  await closed.close()
  const ran = await kms(closed, encrypt)
  assert.equal(ran.code, exitCode.failure)
  assert.equal(ran.stderr, `\nCould not connect to the endpoint URL: "${closed.endpoint}"\n`)
})

test('a connection that is closed instead of an answer', async () => {
  const rude = await startFakeService({ Encrypt: { drop: true } })
  try {
    const ran = await kms(rude, encrypt)
    assert.equal(ran.code, exitCode.failure)
    assert.equal(
      ran.stderr,
      `\nConnection was closed before we received a valid response from endpoint URL: "${rude.endpoint}".\n`,
    )
  } finally {
    await rude.close()
  }
})

test('a fault that lasted through every attempt says how many there were', async () => {
  const ill = await startFakeService({
    Encrypt: { status: 500, body: { __type: 'KMSInternalException', message: 'x' } },
  })
  try {
    const ran = await kms(ill, encrypt, { env: { ...bareEnv, AWS_MAX_ATTEMPTS: '2' } })
    assert.equal(ran.code, exitCode.service)
    assert.match(ran.stderr, /Encrypt operation \(reached max retries: 1\): x\n$/)
    assert.equal(ill.requests.length, 2)
  } finally {
    await ill.close()
  }
})

test('a command that does not exist', async () => {
  const ran = await keyhold(['frob'])
  assert.equal(ran.code, exitCode.usage)
  assert.match(ran.stderr, /argument command: Invalid choice, valid choices are:\n\nkms /)
  assert.match((await keyhold([])).stderr, /the following arguments are required: command/)
  assert.match((await keyhold(['__proto__'])).stderr, /Invalid choice/)
})
