/**
 * Black-box tests: clients that nobody here wrote, against a running service. Installs the clients,
 * starts the service with and without TLS on temporary data, runs `clients/*.test.mjs`, and ends as
 * they end. Names of files after the command run those alone.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { installClients, type Tools } from './install.ts'
import { type Service, startService } from './service.ts'

const here = import.meta.dirname
const keyhold = [process.execPath, join(here, '../packages/kms/bin/keyhold.js')]

/** Nothing of the caller's AWS settings, and no way out to AWS, reaches a client. */
const cleanEnv = (home: string): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: home,
  TMPDIR: home,
  LANG: 'C.UTF-8',
  TZ: 'UTC',
  COLUMNS: '80',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_PAGER: '',
  NO_PROXY: '127.0.0.1,localhost',
})

const testFiles = (wanted: readonly string[]): readonly string[] => {
  const all = globSync('clients/*.test.mjs', { cwd: here }).sort()
  const named = (file: string): boolean =>
    wanted.some((name) => basename(file).startsWith(basename(name)))
  const files = wanted.length === 0 ? all : all.filter(named)
  if (files.length === 0) throw new Error(`no tests are named ${wanted.join(', ')}`)
  return files
}

const runTests = async (
  files: readonly string[],
  tools: Tools,
  services: { readonly plain: Service; readonly tls: Service },
  env: NodeJS.ProcessEnv,
): Promise<number> => {
  const setting = { ...tools, keyhold, ...services }
  const child = spawn(
    process.execPath,
    [
      // The packages of this repository are run from their sources, as the command line is.
      '--conditions=keyhold-source',
      '--test',
      '--test-reporter=spec',
      `--test-concurrency=${Math.min(4, availableParallelism())}`,
      '--test-timeout=420000',
      ...files,
    ],
    {
      cwd: here,
      stdio: 'inherit',
      env: { ...env, KEYHOLD_CONFORMANCE: JSON.stringify(setting) },
    },
  )
  const stop = (): void => {
    child.kill('SIGTERM')
  }
  // An interrupted run ends as any other: the services are stopped, and their data removed.
  process.on('SIGINT', stop).on('SIGTERM', stop)
  const [code] = (await once(child, 'exit')) as [number | null]
  return code ?? 1
}

/** Stops every service, and then tells if one of them ended badly. */
const stopAll = async (services: readonly Service[]): Promise<void> => {
  const stops = await Promise.allSettled(services.map((service) => service.stop()))
  const failed = stops.find((stop) => stop.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

const main = async (wanted: readonly string[]): Promise<number> => {
  const files = testFiles(wanted)
  const tools = await installClients()
  const scratch = await mkdtemp(join(tmpdir(), 'keyhold-conformance-'))
  const started: Service[] = []
  try {
    const home = join(scratch, 'home')
    await mkdir(home)
    const env = cleanEnv(home)
    const start = async (name: string, ...options: readonly string[]): Promise<Service> => {
      const service = await startService(keyhold, join(scratch, name), env, options)
      started.push(service)
      return service
    }
    const plain = await start('plain')
    const tls = await start('tls', '--tls-self-signed')
    return await runTests(files, tools, { plain, tls }, env)
  } finally {
    try {
      await stopAll(started)
    } finally {
      await rm(scratch, { recursive: true, force: true })
    }
  }
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`conformance: ${(error as Error).message}\n`)
  process.exitCode = 1
}
