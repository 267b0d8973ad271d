import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, mkdirSync, readFileSync, watch, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { Kms } from '../../src/client/index.ts'
import { temporaryDirectory } from '../cli/temporary.ts'

const scratch = temporaryDirectory()
const heapDir = join(scratch, 'heap')
mkdirSync(heapDir)

const credentials = {
  accessKeyId: 'AKIATESTSUITE2222222',
  secretAccessKey: 'fixed/secret+access+key+of+a+test+suite+',
}
const credentialsFile = join(scratch, 'dev-credentials')
writeFileSync(
  credentialsFile,
  JSON.stringify({
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  }),
  { mode: 0o600 },
)

/** A service that writes its heap to a file when it is told to. */
const startService = async () => {
  const command = join(import.meta.dirname, '../../bin/keyhold.js')
  const node = ['--heapsnapshot-signal=SIGUSR2', `--diagnostic-dir=${heapDir}`]
  const data = ['--data-dir', join(scratch, 'data'), '--port', '0', '--log-format', 'json']
  const child = spawn(
    process.execPath,
    [...node, command, 'serve', ...data, '--dev-credentials-file', credentialsFile],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { PATH: process.env['PATH'] } },
  )
  const ended = once(child, 'close')
  for await (const line of createInterface(child.stdout)) {
    const { event, endpoint } = JSON.parse(line) as { event: string; endpoint?: string }
    if (event === 'ready' && endpoint !== undefined) return { child, ended, endpoint }
  }
  throw new Error('the service ended')
}

test('the heap of a service that is at rest holds none of the secrets that went through it', async () => {
  const { child, ended, endpoint } = await startService()
  const secrets = new Map<string, string>([['access key', credentials.secretAccessKey]])
  const config = readFileSync(join(scratch, 'data/client/config.json'), 'utf8')
  const own = JSON.parse(config) as { readonly secretAccessKey: string }
  secrets.set('first access key', own.secretAccessKey)
  const sealKey = readFileSync(join(scratch, 'data/seal/key'))
  secrets.set('seal key in Base64', sealKey.toString('base64'))
  secrets.set('seal key in hex', sealKey.toString('hex'))
  const kms = new Kms({ endpoint, region: 'eu-west-1', credentials })
  try {
    const { KeyMetadata } = await kms.createKey({})
    const KeyId = KeyMetadata?.KeyId ?? ''
    const { Plaintext } = await kms.generateDataKey({ KeyId, KeySpec: 'AES_256' })
    secrets.set('data key', Buffer.from(Plaintext ?? []).toString('base64'))
    const canary = Buffer.from('canary-in-a-coal-mine-4711')
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: canary })
    await kms.decrypt({ CiphertextBlob: CiphertextBlob ?? new Uint8Array() })
    secrets.set('plaintext', canary.toString('base64'))
    // Later calls take the place of whatever the last one has left in buffers.
    for (let times = 0; times < 3; times += 1) await kms.listKeys({})
    const watcher = watch(heapDir)
    const written = once(watcher, 'change')
    child.kill('SIGUSR2')
    await written
    watcher.close()
    // The process does nothing else while it writes: an answer means that it is done.
    await kms.listKeys({})
  } finally {
    kms.destroy()
    child.kill('SIGTERM')
    await ended
  }
  const [file = 'none'] = globSync('*.heapsnapshot', { cwd: heapDir })
  const heap = readFileSync(join(heapDir, file))
  assert(heap.includes(credentials.accessKeyId), 'the heap is that of the service')
  const found = [...secrets].filter(([, text]) => heap.includes(text)).map(([name]) => name)
  assert.deepEqual(found, [])
})
