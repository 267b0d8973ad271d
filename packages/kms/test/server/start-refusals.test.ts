import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { chmodSync, cpSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, describe, it } from 'node:test'
import { run } from '../../src/cli/serve.ts'
import { editDatabase } from './database.ts'
import { everyFile } from './files.ts'

const home = await mkdtemp(join(tmpdir(), 'keyhold-test-'))
after(() => rm(home, { recursive: true, force: true }))
let count = 0
const freshPath = (): string => join(home, `d${(count += 1)}`)

type Outcome = { readonly code: number; readonly stderr: string; readonly stdout: string }

/** `keyhold serve` in this process; it is told to stop as soon as it serves. */
const serve = async (
  args: readonly string[],
  meanwhile?: () => Promise<void>,
): Promise<Outcome> => {
  let [stdout, stderr] = ['', '']
  const { promise: ready, resolve } = Promise.withResolvers<void>()
  const io = {
    stdout: {
      write: (chunk: string | Uint8Array, done?: () => void) => {
        stdout += String(chunk)
        done?.()
      },
    },
    stderr: {
      write: (chunk: string | Uint8Array) => {
        stderr += String(chunk)
        if (stderr.includes(' info ready ')) resolve()
      },
    },
    stdin: (async function* () {})(),
    env: {},
    cwd: home,
  }
  const code = await run(['--port', '0', ...args], io, async () => {
    await ready
    await meanwhile?.()
    return 'test'
  })
  return { code, stdout, stderr }
}

/** Every file with its content and mode; the lock's own are of no account. */
const snapshot = (directory: string): readonly string[] =>
  everyFile(directory)
    .filter((path) => !basename(path).startsWith('lock.'))
    .map(
      (path) => `${path} ${statSync(path).mode.toString(8)} ${hash('sha256', readFileSync(path))}`,
    )
    .sort()

/** A data directory that was served once, and its seal key file, which lies outside of it. */
const directory = freshPath()
const sealKey = join(home, 'seal.key')
const first = await serve(['--data-dir', directory, '--seal-key-file', sealKey])
assert.equal(first.code, 0, first.stderr)

/** A copy of that directory. */
const copy = (): string => {
  const path = freshPath()
  cpSync(directory, path, { recursive: true })
  return path
}

const keyFile = (bytes: number, mode = 0o600): string => {
  const path = freshPath()
  writeFileSync(path, Buffer.alloc(bytes, 7), { mode })
  return path
}

/** Refused: a failure told in one sentence that matches, and every file as it was before. */
const requireRefused = async (
  path: string,
  args: readonly string[],
  tells: RegExp,
  code = 255,
): Promise<void> => {
  const before = snapshot(home)
  const outcome = await serve(['--data-dir', path, ...args])
  assert.match(outcome.stderr, tells)
  assert.match(outcome.stderr, /^(?:.*warn weak protection.*\n)*keyhold: .*\n$/)
  assert.equal(outcome.code, code)
  assert.deepEqual(snapshot(home), before)
}

describe('a start is refused, and changes nothing,', () => {
  const named = ['--seal-key-file', sealKey]

  it('with the key file of another service', () =>
    requireRefused(
      copy(),
      ['--seal-key-file', keyFile(32)],
      /no seal slot opens with the key-file seal that was given: the seal key file is not the one/,
    ))

  it('without its key file', async () => {
    const missing = freshPath()
    await requireRefused(
      copy(),
      ['--seal-key-file', missing],
      /the seal key file .* is missing, and without it/,
    )
    await requireRefused(copy(), [], /the seal key file .*seal\/key is missing, and without it/)
  })

  it('with a key file that others may read', async () => {
    for (const mode of [0o644, 0o640, 0o602]) {
      const path = freshPath()
      cpSync(sealKey, path)
      chmodSync(path, mode)
      await requireRefused(copy(), ['--seal-key-file', path], /may be read by others .* chmod 600/)
    }
  })

  it('with a key file that is none', async () => {
    for (const bytes of [0, 31, 33])
      await requireRefused(
        copy(),
        ['--seal-key-file', keyFile(bytes)],
        /has to hold exactly 32 bytes/,
      )
    const folder = freshPath()
    mkdirSync(folder)
    await requireRefused(
      copy(),
      ['--seal-key-file', folder],
      /is not a regular file|cannot be read/,
    )
  })

  it('with a key file inside the data directory', async () => {
    const path = copy()
    const inside = join(path, 'seal.key')
    cpSync(sealKey, inside)
    await requireRefused(path, ['--seal-key-file', inside], /lies inside the data directory/)
  })

  it('on a directory that another service holds', async () => {
    const path = copy()
    const running = await serve(['--data-dir', path, ...named], async () => {
      const refused = await serve(['--data-dir', path, ...named])
      assert.match(refused.stderr, /is in use by another process \(pid [0-9]+\)/)
      assert.equal(refused.code, 255)
    })
    assert.equal(running.code, 0, running.stderr)
  })

  it('on a database of a newer release', async () => {
    const path = copy()
    editDatabase(join(path, 'keyhold.db'), 'pragma user_version = 99')
    await requireRefused(path, named, /has format version 99, .* written by a newer release/)
  })

  it('on a database of another application, or what is none', async () => {
    const path = copy()
    const file = join(path, 'keyhold.db')
    writeFileSync(file, 'this is no database, however long it is looked at '.repeat(100))
    await requireRefused(path, named, /cannot be read as a SQLite database/)
    await rm(file)
    const db = new DatabaseSync(file)
    db.exec('create table other (a)')
    db.close()
    await requireRefused(path, named, /is another application's SQLite database/)
  })

  it('in a directory with files of someone else', async () => {
    const path = freshPath()
    mkdirSync(path)
    chmodSync(path, 0o755)
    writeFileSync(join(path, 'thesis.odt'), 'x')
    await requireRefused(path, named, /holds files that are not Keyhold's \(thesis\.odt, for one\)/)
    await requireRefused(path, [], /holds files that are not Keyhold's/)
    assert.equal(statSync(path).mode & 0o777, 0o755)
    const file = keyFile(1)
    await requireRefused(file, named, /EEXIST|ENOTDIR|is not a directory/)
  })

  it('for another account', () =>
    requireRefused(
      copy(),
      [...named, '--account', '999999999999'],
      /belongs to account 000000000000/,
    ))

  it('in evaluation mode on an address that others reach', () =>
    requireRefused(freshPath(), ['--host', '0.0.0.0'], /evaluation mode serves loopback/, 252))
})

describe('a start succeeds', () => {
  it('on the directory as it was, again and again', async () => {
    const path = copy()
    for (let n = 0; n < 2; n += 1) {
      const outcome = await serve(['--data-dir', path, '--seal-key-file', sealKey])
      assert.equal(outcome.code, 0, outcome.stderr)
      assert.equal(outcome.stdout, '')
    }
  })

  it('the first time on an empty directory, and prints the credential only then', () => {
    assert.match(first.stdout, /AKIA[A-Z2-7]{16}/)
  })
})
