import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { run as runEnv } from '../../src/cli/env.ts'
import { Kms } from '../../src/client/index.ts'
import { everyFile } from '../server/files.ts'
import { envOf, refusalOf, serveWhile } from './serving.ts'
import { capturedIo, temporaryDirectory } from './temporary.ts'

const scratch = temporaryDirectory()
let homes = 0
const newHome = (): string => {
  const home = join(scratch, String((homes += 1)))
  mkdirSync(home)
  return home
}

const accessKeyId = 'AKIATESTSUITE2222222'
const secretAccessKey = 'fixed/secret+access+key+of+a+test+suite+'
const profileOf = (id = accessKeyId, secret = secretAccessKey): string =>
  `[default]\naws_access_key_id = ${id}\naws_secret_access_key=${secret}\n`

const fileOf = (home: string, text: string, mode = 0o600): string => {
  const path = join(home, 'dev-credentials')
  writeFileSync(path, text)
  chmodSync(path, mode)
  return path
}

/** Whether the credential signs for the root of the account at the endpoint. */
const signs = async (endpoint: string, id: string, secret: string): Promise<boolean> => {
  const credentials = { accessKeyId: id, secretAccessKey: secret }
  const kms = new Kms({ endpoint, region: 'eu-west-1', credentials })
  try {
    return (await kms.createKey({})).KeyMetadata?.AWSAccountId === '000000000000'
  } catch (error) {
    assert.match((error as Error).name, /^(InvalidSignature|UnrecognizedClient)Exception$/)
    return false
  } finally {
    kms.destroy()
  }
}

/** Whether what `keyhold env` prints signs. */
const envSigns = async (home: string): Promise<boolean> => {
  const env = await envOf(home)
  return signs(
    env['AWS_ENDPOINT_URL_KMS'] ?? '',
    env['AWS_ACCESS_KEY_ID'] ?? '',
    env['AWS_SECRET_ACCESS_KEY'] ?? '',
  )
}

const outcomeIn = (log: string): string | undefined =>
  /warn development credential .*outcome="([^"]+)" warning="a fixed root credential/.exec(log)?.[1]

describe('keyhold serve with a development credentials file', () => {
  test('gives the root a fixed access key besides its own, with a warning at each start', async () => {
    const home = newHome()
    const file = fileOf(home, `# of the tests\r\n\r\n${profileOf()}; end`)
    for (const outcome of ['made', 'unchanged', 'unchanged']) {
      const io = capturedIo(home)
      await serveWhile(['--dev-credentials-file', file], io, async (endpoint) => {
        assert(await signs(endpoint, accessKeyId, secretAccessKey))
        assert(await envSigns(home))
      })
      assert.equal(outcomeIn(io.err()), outcome, io.err())
      assert.doesNotMatch(io.err() + io.out(), /fixed\/secret/)
    }
    assert.notEqual((await envOf(home))['AWS_ACCESS_KEY_ID'], accessKeyId)
    const stored = everyFile(join(home, '.keyhold')).map((path) => readFileSync(path))
    assert(stored.length > 3 && !stored.some((bytes) => bytes.includes(secretAccessKey)))
  })

  test('is named by the environment too, and the warning is JSON in a log of JSON', async () => {
    const home = newHome()
    const env = { KEYHOLD_DEV_CREDENTIALS_FILE: fileOf(home, profileOf()) }
    const io = capturedIo(home, { env })
    await serveWhile(['--log-format', 'json'], io, async (endpoint) => {
      assert(await signs(endpoint, accessKeyId, secretAccessKey))
    })
    assert.match(io.out(), /"level":"warn","event":"development credential"/)
  })

  test('replaces the secret by one that has changed, and says so', async () => {
    const home = newHome()
    const changed = secretAccessKey.replace('fixed', 'other')
    const args = ['--dev-credentials-file', fileOf(home, profileOf())]
    await serveWhile(args, capturedIo(home), () => Promise.resolve())
    fileOf(home, profileOf(accessKeyId, changed))
    const io = capturedIo(home)
    await serveWhile(args, io, async (endpoint) => {
      assert(await signs(endpoint, accessKeyId, changed))
      assert.equal(await signs(endpoint, accessKeyId, secretAccessKey), false)
    })
    assert.equal(outcomeIn(io.err()), 'secret replaced')
  })

  test('takes what keyhold env prints as JSON, and env follows a secret that is changed there', async () => {
    const home = newHome()
    await serveWhile([], capturedIo(home), () => Promise.resolve())
    const printed = capturedIo(home)
    await runEnv(['--format', 'json'], printed)
    const args = ['--tls-self-signed', '--dev-credentials-file', fileOf(home, printed.out())]
    const same = capturedIo(home)
    await serveWhile(args, same, () => Promise.resolve())
    assert.equal(outcomeIn(same.err()), 'unchanged')
    const changed = { ...(await envOf(home)), AWS_SECRET_ACCESS_KEY: secretAccessKey }
    assert.equal(typeof (changed as Record<string, string>)['AWS_CA_BUNDLE'], 'string')
    const plain = ['--dev-credentials-file', fileOf(home, JSON.stringify(changed))]
    const replaced = capturedIo(home)
    await serveWhile(plain, replaced, async () => {
      assert(await envSigns(home))
    })
    assert.equal(outcomeIn(replaced.err()), 'secret replaced')
    assert.equal((await envOf(home))['AWS_SECRET_ACCESS_KEY'], secretAccessKey)
  })

  test('leaves no trail of root keys: a third one is refused', async () => {
    const home = newHome()
    const args = ['--port', '0', '--dev-credentials-file', fileOf(home, profileOf())]
    await serveWhile(args, capturedIo(home), () => Promise.resolve())
    fileOf(home, profileOf('AKIATESTSUITE3333333'))
    assert.match(await refusalOf(args, home), /has 2 access keys already .*AKIATESTSUITE2222222/)
  })
})

describe('a development credentials file is refused', () => {
  const refusal = (args: readonly string[], home: string, text = profileOf(), mode = 0o600) =>
    refusalOf(['--port', '0', ...args, '--dev-credentials-file', fileOf(home, text, mode)], home)

  test('on every address but loopback, and in production mode, before anything is made', async () => {
    const home = newHome()
    for (const host of ['0.0.0.0', '::', '192.0.2.1', 'example.com'])
      assert.match(
        await refusal(['--host', host, '--tls-self-signed'], home),
        /^252 .*--dev-credentials-file goes with loopback addresses only/s,
      )
    const production = ['--seal-key-file', join(home, 'seal.key')]
    assert.match(await refusal(production, home), /^252 .*does not go with production mode/s)
    assert(!existsSync(join(home, '.keyhold')) && !existsSync(join(home, 'seal.key')))
  })

  test('if others may read it, and if it is no file', async () => {
    const home = newHome()
    for (const mode of [0o644, 0o640, 0o602])
      assert.match(await refusal([], home, profileOf(), mode), /may be read by others .*chmod 600/)
    for (const [path, why] of [
      [home, /is not a regular file/],
      [join(home, 'none'), /does not exist/],
    ] as const)
      assert.match(await refusalOf(['--dev-credentials-file', path], home), why)
    assert(!existsSync(join(home, '.keyhold')))
  })

  for (const [name, { text, why }] of Object.entries({
    'an id of a session': { text: profileOf('ASIATESTSUITE2222222'), why: /access key id that/ },
    'an id that is too short': { text: profileOf('AKIATEST'), why: /access key id that/ },
    'an id in small letters': {
      text: profileOf('akiatestsuite2222222'),
      why: /access key id that/,
    },
    'a secret that is no secret': {
      text: profileOf(accessKeyId, 'test'),
      why: /secret access key/,
    },
    'a secret over two lines': {
      text: profileOf(accessKeyId, 'fixed\n secret'),
      why: /line 4 is something else/,
    },
    'another profile': { text: `[ci]\n${profileOf()}`, why: /line 1 is something else/ },
    'another profile behind it': { text: `${profileOf()}[ci]\n`, why: /line 4 is something else/ },
    'a session token': {
      text: `${profileOf()}aws_session_token = a\n`,
      why: /line 4 is something else/,
    },
    'no profile': { text: 'aws_access_key_id = a\n', why: /line 1 is something else/ },
    'the profile twice': { text: profileOf() + profileOf(), why: /second \[default\] in line 4/ },
    'a setting twice': {
      text: `${profileOf()}aws_access_key_id = ${accessKeyId}\n`,
      why: /has aws_access_key_id twice/,
    },
    'half of a credential': { text: profileOf().replace(/aws_s.*/, ''), why: /no aws_secret_acc/ },
    nothing: { text: '', why: /has no aws_access_key_id/ },
    'JSON that ends early': { text: '{"AWS_ACCESS_KEY_ID":"', why: /is not valid JSON/ },
    'a member twice': {
      text: '{"AWS_ACCESS_KEY_ID":"a","AWS_ACCESS_KEY_ID":"b"}',
      why: /is not valid JSON/,
    },
    'a member that is no text': {
      text: '{"AWS_ACCESS_KEY_ID":1}',
      why: /the texts that keyhold env/,
    },
    'JSON with a session token': {
      text: '{"AWS_SESSION_TOKEN":"a"}',
      why: /such as temporary credentials/,
    },
    'half of a credential in JSON': {
      text: `{"AWS_ACCESS_KEY_ID":"${accessKeyId}"}`,
      why: /has no AWS_SECRET_ACCESS_KEY/,
    },
    'more than a credential can be': { text: '#'.repeat(4097), why: /is too long/ },
  }))
    test(`with ${name}, which is never repeated`, async () => {
      const home = newHome()
      const told = await refusal([], home, text)
      assert.match(told, why)
      assert.doesNotMatch(told, /fixed/)
      assert(!existsSync(join(home, '.keyhold')))
    })
})
