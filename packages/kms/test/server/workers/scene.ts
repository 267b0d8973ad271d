import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import type { SigningCredentials } from '../../../src/client/sign.ts'
import { readClientConfig } from '../../../src/server/client-config.ts'
import { type DataDirectory, layout } from '../../../src/server/data-directory.ts'
import { systemClock } from '../../../src/server/system.ts'
import { succeeded } from '../expect.ts'
import type { AuditRecord } from '../files.ts'
import { exchange } from '../harness.ts'
import type { FormService } from '../identity/query.ts'
import { type Caller, callerOf } from '../killing.ts'
import { type ServeChild, serveChild } from '../serve-child.ts'

/** One connection that is kept, and so one worker that answers all of its calls. */
export type Connection = FormService & {
  /** The number of the worker. */
  readonly worker: number
  readonly call: Caller
  /** The same connection for someone else. */
  as(credentials: SigningCredentials): Caller
}

/** A service with worker processes, in processes of its own. */
export type Scene = {
  readonly child: ServeChild
  readonly directory: DataDirectory
  readonly endpoint: string
  readonly credentials: SigningCredentials
  /** A connection to each worker, in their order. */
  readonly workers: readonly Connection[]
  /** Opens one more to each. */
  connect(): Promise<readonly Connection[]>
} & AsyncDisposable

export type SceneOptions = {
  readonly count?: number
  /** Absent: a new one, which is removed in the end. */
  readonly dataDir?: string
}

/** Starts `serve` with so many workers on a directory, and connects to each. */
export const startWorkers = async ({ count = 2, dataDir }: SceneOptions = {}): Promise<Scene> => {
  const dir = dataDir ?? (await newDirectory())
  const child = serveChild(dir, '--workers', String(count))
  const agents: Agent[] = []
  const release = async (): Promise<void> => {
    for (const agent of agents) agent.destroy()
    await child.kill('SIGKILL')
    if (dataDir === undefined) await rm(dir, { recursive: true, force: true })
  }
  try {
    const endpoint = await child.ready
    if (endpoint === undefined) assert.fail((await child.ended).stderr)
    const directory = layout(dir)
    const credentials = await readClientConfig(directory.client)
    assert(credentials !== undefined)
    const connect = () => connectToEach({ directory, endpoint, credentials }, count, agents)
    const workers = await connect()
    const dispose = { [Symbol.asyncDispose]: release }
    return { child, directory, endpoint, credentials, workers, connect, ...dispose }
  } catch (error) {
    await release()
    throw error
  }
}

export const newDirectory = (): Promise<string> => mkdtemp(join(tmpdir(), 'keyhold-workers-'))

/** Opens connections until each of the workers has one. */
const connectToEach = async (
  { directory, endpoint, credentials }: Pick<Scene, 'directory' | 'endpoint' | 'credentials'>,
  count: number,
  agents: Agent[],
): Promise<readonly Connection[]> => {
  const found = new Map<number, Connection>()
  while (found.size < count) {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    agents.push(agent)
    const call = callerOf(endpoint, credentials, agent)
    const reply = await call('ListKeys', {})
    succeeded(reply)
    const worker = slotOf(directory, String(reply.headers['x-amzn-requestid']))
    const connection = {
      endpoint,
      credentials,
      clock: systemClock,
      worker,
      call,
      send: (method, path, headers, body) =>
        exchange(new URL(path, endpoint), method, headers, body, agent),
      as: (others) => callerOf(endpoint, others, agent),
    } satisfies Connection
    if (found.has(worker)) agent.destroy()
    else found.set(worker, connection)
  }
  return [...found.values()].sort((a, b) => a.worker - b.worker)
}

/** The records of the process with this number; 0 is the one that makes changes. */
export const recordsOf = ({ audit }: Pick<DataDirectory, 'audit'>, slot: number): AuditRecord[] => {
  const cwd = slot === 0 ? audit : join(audit, `worker-${slot}`)
  return globSync('audit-*.jsonl', { cwd })
    .sort()
    .flatMap((name) => readFileSync(join(cwd, name), 'utf8').split('\n').filter(Boolean))
    .map((line) => JSON.parse(line) as AuditRecord)
}

const slotOf = (directory: DataDirectory, requestId: string): number => {
  for (const name of globSync('worker-*', { cwd: directory.audit })) {
    const slot = Number(name.slice('worker-'.length))
    if (recordsOf(directory, slot).some(({ requestID }) => requestID === requestId)) return slot
  }
  return assert.fail('no worker has a record of the request')
}

/** The process that is, or was last, the worker with this number. */
export const pidOf = ({ child }: Scene, worker: number): number => {
  const ready = child.log.filter(
    (line) => line.event === 'worker ready' && line['worker'] === worker,
  )
  return Number(ready.at(-1)?.['pid'])
}

/** Resolves once it is so; the test's own time limit is the end of it. */
export const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await after(10)
}

/** Whether there is such a process, one that has ended and waits for its parent not counted. */
export const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch (error) {
    // Without /proc the signal alone has to tell.
    return (error as NodeJS.ErrnoException).code === 'ENOENT' && !isLinux
  }
}

const isLinux = process.platform === 'linux'
