import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const command = join(import.meta.dirname, '../../bin/keyhold.js')

/** A line of its log. */
export type LogEvent = { readonly event: string; readonly [field: string]: unknown }

/** A `keyhold serve` in a process of its own. */
export type ServeChild = {
  /** The endpoint once it serves; `undefined` if it ended before. */
  readonly ready: Promise<string | undefined>
  readonly pid: number
  /** What it has logged so far. */
  readonly log: readonly LogEvent[]
  /** Its exit code, and what it said on stderr. */
  readonly ended: Promise<{ readonly code: number | null; readonly stderr: string }>
  /** Resolves when the process is gone. */
  kill(signal: NodeJS.Signals): Promise<void>
}

/** Starts the service on a directory and any free port. Further arguments are those of `serve`. */
export const serveChild = (dataDir: string, ...args: string[]): ServeChild => {
  const child: ChildProcess = spawn(
    process.execPath,
    [command, 'serve', '--data-dir', dataDir, '--port', '0', '--log-format', 'json', ...args],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env['PATH'] } },
  )
  const { promise: ready, resolve } = Promise.withResolvers<string | undefined>()
  let stderr = ''
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const log: LogEvent[] = []
  if (child.stdout !== null)
    createInterface(child.stdout).on('line', (text) => {
      const line = JSON.parse(text) as LogEvent & { readonly endpoint?: string }
      log.push(line)
      if (line.event === 'ready') resolve(line.endpoint)
    })
  const ended = once(child, 'close').then(([code]) => {
    resolve(undefined)
    return { code: code as number | null, stderr }
  })
  return {
    ready,
    pid: child.pid ?? 0,
    log,
    ended,
    kill: async (signal) => {
      child.kill(signal)
      await ended
    },
  }
}
