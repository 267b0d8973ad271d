/**
 * The main job before the reader's eyes: starts the service, makes a key, encrypts and decrypts a
 * file, then prints what to paste into other tools. Stays up until Ctrl-C; with --exit it ends.
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve as absolute } from 'node:path'
import { parseArgs } from 'node:util'

const options = {
  exit: { type: 'boolean', default: false },
  port: { type: 'string', default: '4599' },
  'data-dir': { type: 'string' },
} as const

const readArguments = () => {
  try {
    return parseArgs({ options }).values
  } catch (error) {
    console.error(
      `${(error as Error).message}\nusage: quickstart [--exit] [--port N] [--data-dir DIR]`,
    )
    process.exit(252)
  }
}
const values = readArguments()

const root = join(import.meta.dirname, '..')
const command = join(root, 'packages/kms/bin/keyhold.js')
const dataDirArgs =
  values['data-dir'] === undefined ? [] : ['--data-dir', absolute(values['data-dir'])]
const scratch = mkdtempSync(join(tmpdir(), 'keyhold-quickstart-'))
const out = (text: string): void => {
  process.stdout.write(text)
}

const service = spawn(
  process.execPath,
  [command, 'serve', '--log-format', 'json', '--port', values.port, ...dataDirArgs],
  { stdio: ['ignore', 'pipe', 'inherit'] },
)
const ended = new Promise<number>((resolve) =>
  service.on('exit', (code) => {
    resolve(code ?? 1)
  }),
)

const endpoint = await new Promise<string>((resolve) => {
  let text = ''
  service.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString()
    for (const line of text.split('\n').slice(0, -1)) {
      const entry = JSON.parse(line) as { event: string; endpoint?: string }
      if (entry.event === 'ready' && entry.endpoint !== undefined) resolve(entry.endpoint)
    }
    text = text.slice(text.lastIndexOf('\n') + 1)
  })
  void ended.then((code) => {
    if (code !== 0)
      out('\nThe service did not start: see above. If one is up already, end it first.\n')
    rmSync(scratch, { recursive: true, force: true })
    process.exit(code)
  })
})

const environment = keyhold(['env', ...dataDirArgs, '--format', 'json'])
const env = { ...process.env, ...(JSON.parse(environment) as Record<string, string>) }

out(`\nThe service is up at ${endpoint}\n\n`)
const secret = join(scratch, 'secret.txt')
const sealed = join(scratch, 'secret.enc')
writeFileSync(secret, 'Meet me at the harbour at noon.\n')

const alias = `alias/quickstart-${Date.now().toString(36)}`
const keyId = show('kms create-key --query KeyMetadata.KeyId --output text').trim()
show(`kms create-alias --alias-name ${alias} --target-key-id ${keyId}`)
out(`$ cat secret.txt\n${readFileSync(secret, 'utf8')}\n`)
const blob = show(
  `kms encrypt --key-id ${alias} --plaintext fileb://secret.txt --output text --query CiphertextBlob`,
)
writeFileSync(sealed, Buffer.from(blob, 'base64'))
out('  … | base64 -d > secret.enc\n\n')
const plain = show(
  'kms decrypt --ciphertext-blob fileb://secret.enc --output text --query Plaintext',
)
const decrypted = Buffer.from(plain, 'base64').toString()
out(`  … | base64 -d\n${decrypted}\n`)
if (decrypted !== readFileSync(secret, 'utf8')) throw new Error('the file came back changed')

out(`It works. Now from your own tools, in another terminal:

  # credentials and endpoint, for everything below
  eval "$(${['npx keyhold env', ...dataDirArgs].join(' ')})"

  # the aws command
  aws kms create-key --endpoint-url ${endpoint}
  aws kms list-keys --endpoint-url ${endpoint}
  aws kms generate-data-key --endpoint-url ${endpoint} --key-id ${alias} --key-spec AES_256

  # AWS SDK for JavaScript
  new KMSClient({ endpoint: '${endpoint}', region: '${env['AWS_REGION']}' })

  # boto3
  boto3.client('kms', endpoint_url='${endpoint}', region_name='${env['AWS_REGION']}')

  # Terraform
  provider "aws" {
    region                      = "${env['AWS_REGION']}"
    skip_credentials_validation = true
    skip_requesting_account_id  = true
    skip_metadata_api_check     = true
    endpoints { kms = "${endpoint}" }
  }
`)

const stop = (): void => {
  service.kill('SIGTERM')
}
if (values.exit) {
  out('\nStopping, as --exit asks; start it again with npx keyhold serve.\n')
  stop()
} else {
  out('\nThe service stays up. Press Ctrl-C to stop it.\n')
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
}

/** Shows a command as a reader would type it in this repository, runs it, and shows its output. */
function show(line: string): string {
  out(`$ npx keyhold ${line}\n`)
  const text = keyhold([...line.split(' '), '--endpoint-url', endpoint], env)
  out(text === '' ? '\n' : `${text.trimEnd()}\n\n`)
  return text
}

function keyhold(args: readonly string[], environmentOf = process.env): string {
  const run = spawnSync(process.execPath, [command, ...args], {
    cwd: scratch,
    env: environmentOf,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (run.status === 0) return run.stdout
  stop()
  throw new Error(`keyhold ${args.join(' ')} ended with ${run.status}`)
}
