import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after, before, beforeEach } from 'node:test'
import { answers } from './answers.ts'
import { exitCode, keyhold, startFakeService, type FakeService, type Ran } from './fake-service.ts'

let service: FakeService
let home: string
before(async () => {
  service = await startFakeService(answers)
})
beforeEach(async () => {
  service.requests.length = 0
  home = await mkdtemp(join(tmpdir(), 'keyhold-home-'))
})
after(() => service.close())

type Env = Record<string, string>

const list = async (env: Env, ...flags: string[]): Promise<Ran> => {
  try {
    return await keyhold(['kms', 'list-key-policies', '--key-id', 'k', ...flags], {
      env: { HOME: home, AWS_MAX_ATTEMPTS: '1', AWS_EC2_METADATA_DISABLED: 'true', ...env },
    })
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}

/** The access key and Region that the last request was signed with. */
const signedAs = (): string => {
  const header = String(service.requests.at(-1)?.headers['authorization'])
  const scope = /Credential=([^/]+)\/\d+\/([^/]+)\//.exec(header)
  return `${scope?.[1]} ${scope?.[2]}`
}

const keys = { AWS_ACCESS_KEY_ID: 'AKIDENV', AWS_SECRET_ACCESS_KEY: 's' }

const writeAws = async (config: string, credentials: string): Promise<void> => {
  await mkdir(join(home, '.aws'))
  await writeFile(join(home, '.aws/config'), config)
  await writeFile(join(home, '.aws/credentials'), credentials)
}

const writeLocal = async (folder: string, region = 'eu-north-1'): Promise<void> => {
  await mkdir(join(folder, 'client'), { recursive: true })
  const config = {
    endpoint: service.endpoint,
    region,
    accessKeyId: 'AKIDLOCAL',
    secretAccessKey: 's',
  }
  await writeFile(join(folder, 'client/config.json'), JSON.stringify(config))
}

test('without any endpoint nothing is called, AWS least of all', async () => {
  const ran = await list({ ...keys, AWS_REGION: 'us-east-1' })
  assert.equal(ran.code, exitCode.configuration)
  assert.match(
    ran.stderr,
    /^\nNo endpoint is configured\. Start a service with "keyhold serve", or/,
  )
})

test('the endpoint of KMS goes before the endpoint of everything', async () => {
  const ran = await list({
    ...keys,
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:9/',
    AWS_ENDPOINT_URL_KMS: service.endpoint,
  })
  assert.equal(ran.code, 0, ran.stderr)
})

test('the flag goes before the environment', async () => {
  const env = { ...keys, AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL: 'http://127.0.0.1:9/' }
  const flags = ['--endpoint-url', service.endpoint, '--region', 'sa-east-1']
  assert.equal((await list(env, ...flags)).code, 0)
  assert.equal(signedAs(), 'AKIDENV sa-east-1')
})

test('a service of this machine is found with its Region and credentials', async () => {
  await writeLocal(join(home, '.keyhold'))
  const ran = await list({})
  assert.equal(ran.code, 0, ran.stderr)
  assert.equal(signedAs(), 'AKIDLOCAL eu-north-1')
})

test('KEYHOLD_DATA_DIR names the data directory, and credentials of the environment win', async () => {
  await writeLocal(join(home, 'elsewhere'))
  const ran = await list({ ...keys, KEYHOLD_DATA_DIR: join(home, 'elsewhere') })
  assert.equal(ran.code, 0, ran.stderr)
  assert.equal(signedAs(), 'AKIDENV eu-north-1')
})

test('a profile gives endpoint, Region, credentials and output', async () => {
  await writeAws(
    '[profile dev]\nregion = ca-central-1\noutput = text\nservices = mine\n' +
      `[services mine]\nkms =\n  endpoint_url = ${service.endpoint}\n`,
    '[dev]\naws_access_key_id = AKIDPROFILE\naws_secret_access_key = s\n',
  )
  const ran = await list({}, '--profile', 'dev')
  assert.deepEqual(ran, { code: 0, stdout: 'POLICYNAMES\tdefault\n', stderr: '' })
  assert.equal(signedAs(), 'AKIDPROFILE ca-central-1')
})

test('--profile goes before the credentials of the environment, AWS_PROFILE does not', async () => {
  const config = `[profile dev]\nregion = ca-central-1\nendpoint_url = ${service.endpoint}\n`
  const credentials = '[dev]\naws_access_key_id = AKIDPROFILE\naws_secret_access_key = s\n'
  await writeAws(config, credentials)
  assert.equal((await list({ ...keys, AWS_PROFILE: 'dev' })).code, 0)
  assert.equal(signedAs(), 'AKIDENV ca-central-1')
  await mkdir(home)
  await writeAws(config, credentials)
  assert.equal((await list(keys, '--profile', 'dev')).code, 0)
  assert.equal(signedAs(), 'AKIDPROFILE ca-central-1')
})

test('the default profile of AWS does not reach the service of this machine', async () => {
  await writeLocal(join(home, '.keyhold'))
  await writeAws('', '[default]\naws_access_key_id = AKIDAWS\naws_secret_access_key = s\n')
  assert.equal((await list({})).code, 0)
  assert.equal(signedAs(), 'AKIDLOCAL eu-north-1')
})

test('a session token goes with its credentials', async () => {
  const env = { ...keys, AWS_SESSION_TOKEN: 'token', AWS_REGION: 'us-east-1' }
  assert.equal((await list(env, '--endpoint-url', service.endpoint)).code, 0)
  assert.equal(service.requests.at(-1)?.headers['x-amz-security-token'], 'token')
})

test('what is missing is told with its own exit code', async () => {
  const endpoint = ['--endpoint-url', service.endpoint]
  const region = await list(keys, ...endpoint)
  assert.equal(region.code, exitCode.configuration)
  assert.match(region.stderr, /^\nYou must specify a region\./)
  const credentials = await list({ AWS_REGION: 'us-east-1' }, ...endpoint)
  assert.equal(credentials.code, exitCode.configuration)
  assert.match(credentials.stderr, /^\nUnable to locate credentials\./)
  const profile = await list(keys, '--profile', 'nope', ...endpoint)
  assert.equal(profile.code, exitCode.failure)
  assert.equal(profile.stderr, '\nThe config profile (nope) could not be found\n')
  const url = await list(keys, '--endpoint-url', 'localhost:1')
  assert.equal(url.code, exitCode.failure)
  assert.equal(url.stderr, '\nInvalid endpoint: localhost:1\n')
})

test('half of a pair of keys is told as such, wherever it stands', async () => {
  const target = ['--endpoint-url', service.endpoint, '--region', 'us-east-1']
  const half = await list({ AWS_ACCESS_KEY_ID: 'AKIDENV' }, ...target)
  assert.equal(half.code, exitCode.failure)
  assert.equal(half.stderr, '\nPartial credentials found in env, missing: AWS_SECRET_ACCESS_KEY\n')
  for (const [source, config, credentials] of [
    ['config-file', '[profile half]\naws_access_key_id = AKID\n', ''],
    ['shared-credentials-file', '', '[half]\naws_access_key_id = AKID\n'],
  ] as const) {
    home = await mkdtemp(join(tmpdir(), 'keyhold-home-'))
    await writeAws(config, credentials)
    const ran = await list(keys, '--profile', 'half', ...target)
    assert.equal(ran.code, exitCode.failure)
    assert.equal(
      ran.stderr,
      `\nPartial credentials found in ${source}, missing: aws_secret_access_key\n`,
    )
  }
})

test('a profile that was asked for and has no credentials takes none from elsewhere', async () => {
  await writeAws(`[profile bare]\nregion = eu-west-1\nendpoint_url = ${service.endpoint}\n`, '')
  const ran = await list(keys, '--profile', 'bare')
  assert.equal(ran.code, exitCode.configuration)
  assert.match(ran.stderr, /^\nUnable to locate credentials\. /)
  assert.equal(service.requests.length, 0)
})

test('credentials may come from a process that the profile names', async () => {
  const script = join(home, 'print-keys')
  const answer = { Version: 1, AccessKeyId: 'AKIDPROCESS', SecretAccessKey: 's' }
  await writeFile(script, `#!/bin/sh\necho '${JSON.stringify(answer)}'\n`, { mode: 0o700 })
  await writeAws(
    `[profile process]\nregion = eu-west-1\nendpoint_url = ${service.endpoint}\n` +
      `credential_process = ${script}\n`,
    '',
  )
  const ran = await list(keys, '--profile', 'process')
  assert.equal(ran.code, 0, ran.stderr)
  assert.equal(signedAs(), 'AKIDPROCESS eu-west-1')
})

test('--no-sign-request sends no signature, and asks for no credentials', async () => {
  const target = ['--endpoint-url', service.endpoint, '--region', 'us-east-1']
  const ran = await list({}, '--no-sign-request', ...target)
  assert.equal(ran.code, 0, ran.stderr)
  assert.equal(service.requests.at(-1)?.headers['authorization'], undefined)
})

test("what only AWS's command line needs of a profile does no harm", async () => {
  await writeAws(
    `[profile full]\nregion = eu-west-1\nendpoint_url = ${service.endpoint}\noutput = yaml\n` +
      'cli_pager = less\ncli_auto_prompt = on\ncli_history = enabled\nretry_mode = adaptive\n' +
      'max_attempts = many\nca_bundle = /nonexistent\ncli_timestamp_format = wire\n' +
      's3 =\n  max_concurrent_requests = 20\n',
    '[full]\naws_access_key_id = AKID\naws_secret_access_key = s\n',
  )
  const ran = await list({}, '--profile', 'full')
  assert.deepEqual(ran, { code: 0, stdout: 'PolicyNames:\n- default\n', stderr: '' })
})

test('cli_timestamp_format says whether instants are made readable', async () => {
  const run = async (format: string): Promise<Ran> => {
    await rm(home, { recursive: true, force: true })
    home = await mkdtemp(join(tmpdir(), 'keyhold-home-'))
    await writeAws(
      `[default]\nregion = eu-west-1\nendpoint_url = ${service.endpoint}\n` +
        `cli_timestamp_format = ${format}\n`,
      '',
    )
    const args = ['kms', 'list-aliases', '--query', 'Aliases[0].CreationDate']
    try {
      return await keyhold(args, { env: { HOME: home, ...keys } })
    } finally {
      await rm(home, { recursive: true, force: true })
    }
  }
  assert.equal((await run('wire')).stdout, '1795479599.123\n')
  assert.match((await run('iso8601')).stdout, /^"2026-11-2\dT/)
  const odd = await run('odd')
  assert.equal(odd.code, exitCode.configuration)
  assert.equal(
    odd.stderr,
    '\nUnknown cli_timestamp_format value: odd, valid values are "wire" or "iso8601"\n',
  )
})

test('a Region that is no name of a Region is refused before it is signed', async () => {
  const ran = await list({ ...keys, AWS_REGION: 'us/east' }, '--endpoint-url', service.endpoint)
  assert.equal(ran.code, exitCode.failure)
  assert.equal(service.requests.length, 0)
})
