import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, watch } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { Folder } from './scene.ts'

const folder = new Folder()
folder.write('key', 32)
const launcher = join(import.meta.dirname, '../../../bin/keyhold.js')

/** Starts the command itself, by a plain Node that was told of no conditions. */
const start = (args: readonly string[]) =>
  spawn(process.execPath, [launcher, ...args], {
    cwd: folder.path,
    env: { HOME: folder.path, XDG_CACHE_HOME: folder.path },
    stdio: ['pipe', 'pipe', 'inherit'],
  })

const keys = ['--raw-key-file', 'key']

test('started as it is from a checkout, the command runs the SDK’s sources', async () => {
  const child = start(['encrypt', ...keys, '-'])
  child.stdin.end('text')
  const out = Buffer.concat(await Array.fromAsync(child.stdout as AsyncIterable<Buffer>))
  folder.write('message', out)
  assert.equal((await folder.run(['verify', ...keys, 'message'])).code, 0)
})

test('an interrupted command leaves nothing behind', { timeout: 60_000 }, async () => {
  const child = start(['encrypt', ...keys, '-i', '-', '-o', 'never'])
  const written = Promise.withResolvers<void>()
  const watcher = watch(folder.path, () => {
    if (partial().length > 0) written.resolve()
  })
  // What it has not read when it ends is lost, as it should be.
  child.stdin.on('error', () => {})
  child.stdin.write(Buffer.alloc(3_000_000))
  if (partial().length === 0) await written.promise
  watcher.close()
  child.kill('SIGTERM')
  const [, signal] = await once(child, 'exit')
  assert.equal(signal, 'SIGTERM')
  assert.deepEqual(partial(), [])
  assert.ok(!readdirSync(folder.path).includes('never'))
})

const partial = (): string[] => readdirSync(folder.path).filter((name) => name.endsWith('.partial'))
