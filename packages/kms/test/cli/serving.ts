import assert from 'node:assert/strict'
import { run as runEnv } from '../../src/cli/env.ts'
import type { Io } from '../../src/cli/io.ts'
import { run as runServe } from '../../src/cli/serve.ts'
import { type CapturedIo, capturedIo } from './temporary.ts'

/** Serves until `use` is done with the endpoint; resolves to the exit code. */
export const serveWhile = async (
  args: readonly string[],
  io: CapturedIo,
  use: (endpoint: string) => Promise<void>,
): Promise<number> => {
  const stop = Promise.withResolvers<string>()
  const ready = Promise.withResolvers<string>()
  const watch =
    (write: Io['stdout']['write']): Io['stdout']['write'] =>
    (chunk, done) => {
      const [, endpoint] = /ready.*endpoint"?[=:]"(https?:[^"]+)"/.exec(String(chunk)) ?? []
      if (endpoint !== undefined) ready.resolve(endpoint)
      return write(chunk, done)
    }
  const watched = {
    ...io,
    stdout: { ...io.stdout, write: watch((chunk, done) => io.stdout.write(chunk, done)) },
    stderr: { ...io.stderr, write: watch((chunk, done) => io.stderr.write(chunk, done)) },
  }
  const code = runServe(['--port', '0', ...args], watched, () => stop.promise)
  const endpoint = await Promise.race([
    ready.promise,
    code.then((value) => Promise.reject(new Error(`ended with ${value}: ${io.err()}`))),
  ])
  try {
    await use(endpoint)
  } finally {
    stop.resolve('SIGTERM')
  }
  return code
}

/** Exit code and error text of a service that does not start. */
export const refusalOf = async (args: readonly string[], home: string): Promise<string> => {
  const io = capturedIo(home)
  const code = await runServe(args, io, () => Promise.resolve('never'))
  assert.notEqual(code, 0)
  return `${code} ${io.err()}`
}

/** What `keyhold env` prints for the default data directory. */
export const envOf = async (home: string): Promise<Record<string, string>> => {
  const io = capturedIo(home)
  assert.equal(await runEnv(['--format', 'json'], io), 0, io.err())
  return JSON.parse(io.out()) as Record<string, string>
}
