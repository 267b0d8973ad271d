import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const startMsMax = 20_000

/** A running `keyhold serve`, and what a client needs to talk to it. */
export type Service = {
  readonly endpoint: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** The CA to trust; absent without TLS. */
  readonly caFile?: string
  /** Where it keeps keys for others; absent without `--xks-proxy`. */
  readonly xksProxyPort?: number
  readonly dataDir: string
  readonly pid: number
  /** Stops the process. Throws unless it ended by itself, and well. */
  stop(): Promise<void>
}

type ClientConfig = Omit<Service, 'stop' | 'xksProxyPort' | 'dataDir' | 'pid'>

/** Starts the service on a free port of 127.0.0.1, in a process of its own, on `dataDir`. */
export const startService = async (
  keyhold: readonly string[],
  dataDir: string,
  env: NodeJS.ProcessEnv,
  options: readonly string[] = [],
): Promise<Service> => {
  const [program = '', ...first] = keyhold
  const args = ['serve', '--data-dir', dataDir, '--port', '0', '--log-format', 'json', ...options]
  const child = spawn(program, [...first, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit') as Promise<[number | null, string | null]>
  // Whoever started it may end without having stopped it.
  const kill = (): void => {
    child.kill('SIGKILL')
  }
  process.once('exit', kill)
  child.once('exit', () => process.off('exit', kill))
  const { endpoint, xksProxyPort } = await untilReady(child, ended)
  const text = await readFile(join(dataDir, 'client/config.json'), 'utf8')
  const config = JSON.parse(text) as ClientConfig
  if (config.endpoint !== endpoint) throw new Error('the log and the client configuration differ')
  return {
    ...config,
    ...(xksProxyPort === undefined ? {} : { xksProxyPort }),
    dataDir,
    pid: child.pid ?? 0,
    async stop() {
      child.kill('SIGTERM')
      const [code, signal] = await ended
      if (code !== 0) throw new Error(`the service ended with ${code ?? signal}`)
    },
  }
}

type LogLine = {
  readonly level: string
  readonly event: string
  readonly endpoint?: string
  readonly port?: number
}

type Ready = { readonly endpoint: string; readonly xksProxyPort: number | undefined }

const untilReady = async (
  child: ChildProcess,
  ended: Promise<[number | null, string | null]>,
): Promise<Ready> => {
  if (child.stdout === null) throw new TypeError('the service has no output')
  const lines = createInterface({ input: child.stdout })
  const ready = Promise.withResolvers<Ready>()
  let xksProxyPort: number | undefined
  lines.on('line', (text) => {
    const line = JSON.parse(text) as LogLine
    if (line.event === 'external key store proxy ready') xksProxyPort = line.port
    if (line.event === 'ready' && line.endpoint !== undefined)
      ready.resolve({ endpoint: line.endpoint, xksProxyPort })
    // A fault of the service is worth seeing beside the test that provoked it.
    if (line.level === 'error') process.stderr.write(`service: ${text}\n`)
  })
  const timer = setTimeout(() => {
    ready.reject(new Error('the service did not become ready'))
  }, startMsMax)
  const failed = ended.then(([code]) => {
    throw new Error(`the service ended with ${code} before it was ready`)
  })
  try {
    return await Promise.race([ready.promise, failed])
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  } finally {
    clearTimeout(timer)
    failed.catch(() => {})
  }
}
