/** `keyhold kms` beside `aws kms`: the same arguments, the same answers. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { parse as parseYaml } from 'yaml'
import { aws, keyhold, normalise, openBench } from './cli.mjs'
import {
  answerSkeletons,
  commandsOf,
  mistakes,
  otherWords,
  scenario,
  skeletons,
} from './cli-commands.mjs'
import { credentials, runProgram, setting, unknownKeyId } from './setting.mjs'

const region = 'eu-north-1'
const bench = await openBench(region)
const scene = await openBench('eu-central-2')

/** What all the reading commands look at: made once, so that both tell of the same. */
const makeKeys = async () => {
  const { KMSClient, ...kms } = await import('@aws-sdk/client-kms')
  const client = new KMSClient({ endpoint: setting.plain.endpoint, region, credentials })
  const send = (name, input) => client.send(new kms[`${name}Command`](input))
  const keys = []
  for (const Description of ['first of "them"', 'größer ✓', '', '', 'last'])
    keys.push((await send('CreateKey', { Description })).KeyMetadata)
  const [first, second] = keys
  const tags = { team: 'one', 'cost:centre': 'ü 7', empty: '' }
  await send('TagResource', {
    KeyId: first.KeyId,
    Tags: Object.entries(tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue })),
  })
  for (const name of ['a', 'b', 'longer/name'])
    await send('CreateAlias', { AliasName: `alias/${name}`, TargetKeyId: first.KeyId })
  await send('CreateAlias', { AliasName: 'alias/other', TargetKeyId: second.KeyId })
  await send('DisableKey', { KeyId: keys[3].KeyId })
  await send('ScheduleKeyDeletion', { KeyId: keys[4].KeyId, PendingWindowInDays: 7 })
  const { CiphertextBlob } = await send('Encrypt', {
    KeyId: first.KeyId,
    Plaintext: new TextEncoder().encode('made elsewhere'),
    EncryptionContext: { a: '1' },
  })
  client.destroy()
  writeFileSync(join(bench.folder, 'sealed'), CiphertextBlob)
  return {
    id: first.KeyId,
    arn: first.Arn,
    other: second.KeyId,
    disabled: keys[3].KeyId,
    pending: keys[4].KeyId,
    sealed: Buffer.from(CiphertextBlob).toString('base64'),
    unknown: unknownKeyId,
  }
}

const files = {
  'secret.txt': 'a secret\n',
  'input.json': JSON.stringify({ KeyId: 'alias/a' }),
  'input.yaml': 'KeyId: alias/b\n',
  'broken.json': '{"KeyId": ',
  'tags.json': JSON.stringify([{ TagKey: 'from', TagValue: 'file' }]),
  config:
    '[default]\noutput = text\n[profile yaml]\noutput = yaml\nregion = eu-north-1\n' +
    '[profile raw]\ncli_binary_format = raw-in-base64-out\nregion = eu-north-1\n',
}
for (const { folder } of [bench, scene])
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)

const known = await makeKeys()

const fill = (args, values) =>
  args.map((arg) => arg.replaceAll(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole))

/** Both at the same time: on two processors that is as fast as one of them alone. */
const runBoth = async (where, argsOfAws, argsOfKeyhold, options) => {
  const [theirs, ours] = await Promise.all([
    aws(where, argsOfAws, options),
    keyhold(where, argsOfKeyhold, options),
  ])
  return { theirs, ours }
}

const titleOf = (args, env) =>
  [
    ...Object.entries(env ?? {}).map(([name, value]) => `${name}=${value ?? ''}`),
    ...args.map((arg) => (arg.length > 90 ? `${arg.slice(0, 87)}...` : arg || "''")),
  ].join(' ')

describe('keyhold kms answers as aws kms does', { concurrency: 2 }, () => {
  for (const { args, input, env, random = false, succeeds = false } of [
    ...commandsOf(),
    ...answerSkeletons,
  ]) {
    test(titleOf(args, env), async () => {
      const filled = fill(args, known)
      const { theirs, ours } = await runBoth(bench, filled, filled, { input, env })
      const shown = random
        ? ({ stdout, ...rest }) => ({ ...rest, stdout: normalise(stdout) })
        : (answer) => answer
      assert.deepEqual(shown(ours), shown(theirs))
      if (succeeds) assert.equal(theirs.code, 0)
    })
  }
})

describe('keyhold kms refuses a wrong command line as aws kms does', { concurrency: 2 }, () => {
  const lastLine = (text) =>
    text
      .trimEnd()
      .split('\n')
      .at(-1)
      .replace(/^(aws|keyhold): error: /, 'error: ')
  for (const { args, env } of mistakes) {
    test(titleOf(args, env), async () => {
      const filled = fill(args, known)
      const { theirs, ours } = await runBoth(bench, filled, filled, { env })
      assert.equal(ours.stdout, theirs.stdout)
      assert.equal(lastLine(ours.stderr), lastLine(theirs.stderr))
      assert.equal(ours.code, theirs.code)
    })
  }
})

describe('keyhold kms refuses as aws kms does, though in other words', { concurrency: 2 }, () => {
  for (const { args, env, begins } of otherWords) {
    test(titleOf(args, env), async () => {
      const { theirs, ours } = await runBoth(bench, args, args, { env })
      assert.equal(ours.code, theirs.code)
      assert.equal(ours.stdout, '')
      for (const { stderr } of [theirs, ours])
        assert.equal(stderr.trim().indexOf(begins), 0, stderr)
    })
  }
})

describe('keyhold kms writes the same blank documents as aws kms', { concurrency: 2 }, () => {
  // Members that AWS has and this service has not: a blank document that named them would mislead.
  const unbuilt = ['CustomKeyStoreId', 'Recipient', 'ResourceOwners', 'XksKeyId']
  const builtMembers = (text) => {
    const document = parseYaml(text)
    for (const name of unbuilt) delete document[name]
    return Object.entries(document)
  }
  const withoutWords = (text) => text.replaceAll(/ +#.*$/gm, '')
  for (const { args } of skeletons) {
    test(titleOf(args), async () => {
      const { theirs, ours } = await runBoth(bench, args, args)
      assert.equal(ours.stderr, '')
      assert.equal(ours.code, 0)
      const hasUnbuilt = unbuilt.some((name) => theirs.stdout.includes(name))
      if (hasUnbuilt) assert.deepEqual(builtMembers(ours.stdout), builtMembers(theirs.stdout))
      else assert.equal(withoutWords(ours.stdout), withoutWords(theirs.stdout))
    })
  }
})

describe('keyhold kms changes things as aws kms does', () => {
  const values = { theirs: {}, ours: {} }
  for (const { args, input, keep, fails = false } of scenario) {
    test(titleOf(args), async () => {
      const own = (who) => fill(args, { ...values[who], who })
      const { theirs, ours } = await runBoth(scene, own('theirs'), own('ours'), { input })
      const shown = ({ stdout, stderr, code }) => ({
        code,
        stdout: normalise(stdout).replaceAll(/theirs|ours/g, '<who>'),
        stderr: normalise(stderr).replaceAll(/theirs|ours/g, '<who>'),
      })
      assert.deepEqual(shown(ours), shown(theirs))
      assert.equal(theirs.code !== 0, fails, theirs.stderr)
      if (keep !== undefined) {
        values.theirs[keep] = theirs.stdout.trim()
        values.ours[keep] = ours.stdout.trim()
      }
    })
  }
})

/** Runs a script in a shell that knows both programs by their names. */
const shell = async (script) => {
  const [node, program] = setting.keyhold
  const functions = `keyhold() { '${node}' '${program}' "$@"; }\naws() { '${setting.aws}' "$@"; }\n`
  const env = { ...bench.env, AWS_ENDPOINT_URL_KMS: setting.plain.endpoint }
  return runProgram('/bin/sh', ['-euc', functions + script], { cwd: bench.folder, env })
}

describe('keyhold kms in a pipe', () => {
  test('what it encrypts goes through base64 to a file, and comes back', async () => {
    const { stdout, stderr, code } = await shell(`
keyhold kms encrypt --key-id alias/a --plaintext fileb://secret.txt --output text \\
  --query CiphertextBlob --region ${region} | base64 -d > secret.enc
keyhold kms decrypt --ciphertext-blob fileb://secret.enc --output text --query Plaintext \\
  --region ${region} | base64 -d
`)
    assert.equal(stderr, '')
    assert.equal(code, 0)
    assert.equal(stdout, files['secret.txt'])
  })

  test('what one encrypts, the other decrypts', async () => {
    const { stdout, stderr, code } = await shell(`
at="--region ${region} --output text"
there="--endpoint-url $AWS_ENDPOINT_URL_KMS"
aws kms encrypt --key-id alias/a --plaintext fileb://secret.txt --query CiphertextBlob $at $there |
  base64 -d > by-aws.enc
keyhold kms decrypt --ciphertext-blob fileb://by-aws.enc --query Plaintext $at | base64 -d
keyhold kms encrypt --key-id alias/a --plaintext fileb://secret.txt --query CiphertextBlob $at |
  base64 -d > by-keyhold.enc
aws kms decrypt --ciphertext-blob fileb://by-keyhold.enc --query Plaintext $at $there | base64 -d
`)
    assert.equal(stderr, '')
    assert.equal(code, 0)
    assert.equal(stdout, files['secret.txt'].repeat(2))
  })

  test('what is to be encrypted may come through a pipe', async () => {
    const { stdout, stderr } = await shell(`
at="--region ${region} --output text"
printf piped | keyhold kms encrypt --key-id alias/a --plaintext fileb:///dev/stdin \\
  --query CiphertextBlob $at | base64 -d > piped.enc
keyhold kms decrypt --ciphertext-blob fileb://piped.enc --query Plaintext $at | base64 -d
`)
    assert.equal(stderr, '')
    assert.equal(stdout, 'piped')
  })

  test('a reader that stops early is no fault', async () => {
    const { stdout } = await shell('keyhold kms list-keys | head -1')
    assert.equal(stdout, '{\n')
  })
})

describe('keyhold kms over TLS', () => {
  test('both trust the CA that they are given, and no other', async () => {
    const { tls } = setting
    const env = {
      AWS_ACCESS_KEY_ID: tls.accessKeyId,
      AWS_SECRET_ACCESS_KEY: tls.secretAccessKey,
    }
    const options = { env, endpoint: tls.endpoint }
    for (const args of [
      ['list-keys', '--ca-bundle', tls.caFile],
      ['list-keys', '--no-verify-ssl', '--query', 'Keys'],
    ]) {
      const { theirs, ours } = await runBoth(bench, args, args, options)
      assert.equal(ours.stdout, theirs.stdout)
      assert.equal(ours.code, 0)
      assert.equal(theirs.code, 0)
    }
    const trusting = { ...options, env: { ...env, AWS_CA_BUNDLE: tls.caFile } }
    assert.equal((await keyhold(bench, ['list-keys'], trusting)).code, 0)
    const { theirs, ours } = await runBoth(bench, ['list-keys'], ['list-keys'], options)
    assert.equal(ours.code, theirs.code)
    assert.match(ours.stderr, /SSL validation failed/)
    assert.match(theirs.stderr, /SSL validation failed/)
  })
})
