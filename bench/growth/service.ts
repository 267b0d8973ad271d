import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient, type KmsClient } from '../../packages/kms/src/client/client.ts'
import { cpuMicrosOf } from '../cpu-time.ts'
import type { BenchPlace } from '../keyhold-bench.ts'
import { endChild, firstLine, Scope } from '../children.ts'

const root = join(import.meta.dirname, '../..')
const launcher = join(root, 'packages/kms/bin/keyhold.js')
const serverCpu = 0

/** A running service on a data directory, and how it started. */
export type Started = {
  readonly pid: number
  readonly place: BenchPlace
  readonly client: KmsClient
  /** From the start of the process until it is ready. */
  readonly readyMs: number
  /** CPU time until then, of all its threads: what counts on a busy machine. */
  readonly readyCpuMs: number
  readonly readyMib: number
  /** The verification of the whole state, which runs beside requests from then on. */
  readonly verified: Promise<Verified>
}

export type Verified = {
  /** From when the service was ready. */
  readonly afterMs: number
  /** CPU time since then, whatever else was done meanwhile. */
  readonly cpuMs: number
}

/** Serves `directory` while `use` runs. */
export const serving = async <T>(
  directory: string,
  use: (service: Started) => Promise<T>,
): Promise<T> => {
  await using scope = new Scope()
  const startMs = performance.now()
  const args = ['serve', '--data-dir', directory, '--port', '0', '--log-format', 'json']
  // The usual limit is a tenth of what is measured.
  args.push('--quotas', 'keys-per-region=10000000')
  const child = scope.child([launcher, ...args], { cpu: serverCpu })
  const event = (name: string) =>
    firstLine(child, (line) => (line.includes(`"event":"${name}"`) ? true : undefined))
  const verifying = event('state verified')
  // Whoever does not wait for it may end the service before.
  verifying.catch(() => undefined)
  await event('ready')
  const readyMs = performance.now() - startMs
  const config = await readFile(join(directory, 'client/config.json'), 'utf8')
  const place = JSON.parse(config) as BenchPlace
  const client = createClient({ ...place, credentials: () => Promise.resolve(place) })
  const readyCpuMs = (await cpuMicrosOf(child.pid!)) / 1000
  const readyMib = await residentMib(child.pid!)
  const verified = verifying.then(async () => ({
    afterMs: performance.now() - startMs - readyMs,
    cpuMs: (await cpuMicrosOf(child.pid!)) / 1000 - readyCpuMs,
  }))
  verified.catch(() => undefined)
  const service = { pid: child.pid!, place, client, readyMs, readyCpuMs, readyMib, verified }
  try {
    return await use(service)
  } finally {
    client.close()
    await endChild(child)
  }
}

/** What a process has in memory (proc(5), VmRSS), in MiB. */
export const residentMib = async (pid: number): Promise<number> => {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+([0-9]+) kB/m.exec(status)?.[1]) / 1024
}

/** Runs a program of this folder. Rejects unless it succeeds. */
export const runChild = async (file: string, args: readonly string[]): Promise<void> => {
  const child = spawn(process.execPath, [join(import.meta.dirname, file), ...args], {
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`${file} ended with ${code}`)
}
