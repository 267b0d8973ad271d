import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdir, readdir, readFile, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import {
  readCheckpointFile,
  replaceCheckpointFile,
} from '../../../src/server/stores/checkpoint-file.ts'
import { temporaryDirectory } from './places.ts'

const module = new URL('../../../src/server/stores/checkpoint-file.ts', import.meta.url)

const place = async () => {
  const directory = await temporaryDirectory()
  return { directory, path: join(directory.path, 'checkpoint') }
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const textIn = async (path: string): Promise<string | undefined> => {
  const found = await readCheckpointFile(path)
  return found && new TextDecoder().decode(found)
}

describe('a checkpoint file', () => {
  it('is what was written last, and for its owner alone', async () => {
    const { directory, path } = await place()
    await using _ = directory
    assert.equal(await readCheckpointFile(path), undefined)
    await replaceCheckpointFile(path, [bytes('one '), bytes('two')])
    assert.equal(await textIn(path), 'one two')
    await replaceCheckpointFile(path, [])
    assert.equal(await textIn(path), '')
    assert.equal((await stat(path)).mode & 0o777, 0o600)
    assert.deepEqual(await readdir(directory.path), ['checkpoint'])
  })

  it('may be long, and is asked for piece by piece', async () => {
    const { directory, path } = await place()
    await using _ = directory
    let turns = 0
    const timer = setImmediate(function turn() {
      turns += 1
      setImmediate(turn).unref()
    })
    const pieces = function* () {
      for (let n = 0; n < 100; n += 1) yield new Uint8Array(50_000).fill(n)
    }
    await replaceCheckpointFile(path, pieces())
    clearImmediate(timer)
    const read = await readCheckpointFile(path)
    assert.equal(read?.length, 5_000_000)
    for (let n = 0; n < 100; n += 1) assert.equal(read[n * 50_000 + 49_999], n)
    assert(turns > 5, `others had ${turns} turns meanwhile`)
  })

  it('stays as it was when the new one is not finished', async () => {
    const { directory, path } = await place()
    await using _ = directory
    await replaceCheckpointFile(path, [bytes('old')])
    const breaking = function* () {
      yield new Uint8Array(500_000)
      throw new Error('no more')
    }
    await assert.rejects(replaceCheckpointFile(path, breaking()), /no more/)
    assert.equal(await textIn(path), 'old')
    assert.deepEqual(await readdir(directory.path), ['checkpoint'], 'it takes no room')
    await replaceCheckpointFile(path, [bytes('new')])
    assert.equal(await textIn(path), 'new')
    assert.deepEqual(await readdir(directory.path), ['checkpoint'])
  })

  it('leaves nothing unfinished where it cannot take its name', async () => {
    const { directory, path } = await place()
    await using _ = directory
    await mkdir(path)
    await assert.rejects(replaceCheckpointFile(path, [bytes('new')]), { code: 'EISDIR' })
    assert.deepEqual(await readdir(directory.path), ['checkpoint'])
  })

  it('is not written where a directory has its other name, which stays', async () => {
    const { directory, path } = await place()
    await using _ = directory
    await mkdir(`${path}.new/of somebody else`, { recursive: true })
    await assert.rejects(replaceCheckpointFile(path, [bytes('new')]), { code: 'ERR_FS_EISDIR' })
    assert.deepEqual(await readdir(directory.path, { recursive: true }), [
      'checkpoint.new',
      'checkpoint.new/of somebody else',
    ])
  })

  it('stays as it was when the process is killed in the middle', async () => {
    const { directory, path } = await place()
    await using _ = directory
    await replaceCheckpointFile(path, [bytes('old')])
    const program = `
      import { replaceCheckpointFile } from ${JSON.stringify(module.href)}
      const pieces = function* () {
        yield new Uint8Array(500_000)
        yield new Uint8Array(500_000)
        process.kill(process.pid, 'SIGKILL')
        yield new Uint8Array(500_000)
      }
      await replaceCheckpointFile(${JSON.stringify(path)}, pieces())`
    const args = ['--input-type=module', '--eval', program]
    assert.equal(spawnSync(process.execPath, args).signal, 'SIGKILL')
    assert.deepEqual((await readdir(directory.path)).sort(), ['checkpoint', 'checkpoint.new'])
    assert.equal(await textIn(path), 'old')
    await replaceCheckpointFile(path, [bytes('new')])
    assert.deepEqual(await readdir(directory.path), ['checkpoint'])
  })

  it('is not written through a link, nor read through one', async () => {
    const { directory, path } = await place()
    await using _ = directory
    const other = join(directory.path, 'other')
    await writeFile(other, 'of somebody else')
    await symlink(other, path)
    await symlink(other, `${path}.new`)
    await assert.rejects(readCheckpointFile(path), { code: 'ELOOP' })
    await replaceCheckpointFile(path, [bytes('new')])
    assert.equal(await textIn(path), 'new')
    assert.equal(await readFile(other, 'utf8'), 'of somebody else')
  })

  it('that is a pipe or a directory keeps nobody waiting, and is not read', async () => {
    const { directory, path } = await place()
    await using _ = directory
    assert.equal(spawnSync('mkfifo', [path]).status, 0)
    await assert.rejects(readCheckpointFile(path), /is not a regular file/)
    await replaceCheckpointFile(path, [bytes('new')])
    assert.equal(await textIn(path), 'new')
    const other = join(directory.path, 'other')
    await mkdir(other)
    await assert.rejects(readCheckpointFile(other), /is not a regular file/)
  })

  it('is read in parts where it is longer than one of them', async () => {
    const { directory, path } = await place()
    await using _ = directory
    const written = new Uint8Array(10_000).map((zero, at) => zero + (at % 251))
    await replaceCheckpointFile(path, [written])
    const read = await readCheckpointFile(path, { readBytesMax: 999 })
    assert.deepEqual(read, written)
  })

  it('takes no memory if its head is another, however long it is', async () => {
    const { directory, path } = await place()
    await using _ = directory
    await writeFile(path, 'head of something else')
    await truncate(path, 3 * 2 ** 30)
    let beginning = ''
    const requireHead = (found: Uint8Array): never => {
      beginning = new TextDecoder().decode(found.subarray(0, 22))
      throw new Error('not ours')
    }
    const before = process.memoryUsage().arrayBuffers
    await assert.rejects(readCheckpointFile(path, { requireHead }), /not ours/)
    assert.equal(beginning, 'head of something else')
    assert(process.memoryUsage().arrayBuffers - before < 2 ** 20)
  })
})
