import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import type { Io } from '../../src/cli/io.ts'

/** A directory of a test file's own, removed when its tests are done. */
export const temporaryDirectory = (): string => {
  const path = mkdtempSync(join(tmpdir(), 'keyhold-test-'))
  after(() => {
    rmSync(path, { recursive: true, force: true })
  })
  return path
}

export type CapturedIo = Io & { readonly out: () => string; readonly err: () => string }

/** An Io whose output is read afterwards. `home` is where the default data directory would lie. */
export const capturedIo = (home: string, options: { env?: object; isTty?: boolean } = {}) => {
  let out = ''
  let err = ''
  const io: CapturedIo = {
    stdout: {
      write: (chunk, done) => {
        out += Buffer.from(chunk).toString()
        done?.()
      },
      isTTY: options.isTty === true,
    },
    stderr: {
      write: (chunk) => {
        err += Buffer.from(chunk).toString()
      },
    },
    stdin: (async function* nothing() {})(),
    env: { HOME: home, ...options.env },
    cwd: home,
    out: () => out,
    err: () => err,
  }
  return io
}
