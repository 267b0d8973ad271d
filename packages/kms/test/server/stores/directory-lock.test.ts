import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { lockDirectory } from '../../../src/server/stores/directory-lock.ts'
import { temporaryDirectory } from './places.ts'

const holdInChild = async (directory: string) => {
  const module = join(import.meta.dirname, '../../../src/server/stores/directory-lock.ts')
  const script = `
    const { lockDirectory } = await import(process.argv[1])
    await lockDirectory(process.argv[2])
    process.stdout.write('held')
    process.stdin.resume()`
  const args = ['--input-type=module', '-e', script, module, directory]
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  return child
}

describe('the lock of a data directory', () => {
  test('refuses a second process, naming the first, until that one is killed', async () => {
    await using directory = await temporaryDirectory()
    const child = await holdInChild(directory.path)
    const refusal = new RegExp(`in use by another process \\(pid ${child.pid}\\)`)
    await assert.rejects(lockDirectory(directory.path), refusal)
    await assert.rejects(lockDirectory(directory.path), refusal)
    child.kill('SIGKILL')
    await once(child, 'close')
    await (await lockDirectory(directory.path)).release()
  })

  test('refuses the same process too, until it is released', async () => {
    await using directory = await temporaryDirectory()
    const lock = await lockDirectory(directory.path)
    await assert.rejects(lockDirectory(directory.path), /is in use/)
    await lock.release()
    await lock.release()
    await (await lockDirectory(directory.path)).release()
  })

  test('a directory that is not there is an error of its own', async () => {
    await using directory = await temporaryDirectory()
    await assert.rejects(lockDirectory(join(directory.path, 'none')), { code: 'ENOENT' })
  })
})
