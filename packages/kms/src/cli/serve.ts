import { existsSync } from 'node:fs'
import { isIP } from 'node:net'
import { join, resolve } from 'node:path'
import { openAttestationTrust } from '../server/attestation-trust.ts'
import type { KeepCredential } from '../server/bootstrap.ts'
import { type DataDirectory, layout, prepareDataDirectory } from '../server/data-directory.ts'
import { hardenProcess } from '../server/harden.ts'
import { keepHeapSmall } from '../server/heap.ts'
import { createLog, type Log } from '../server/log.ts'
import { quotasOf } from '../server/quotas.ts'
import { type Mode, openSealing } from '../server/sealing.ts'
import { type Service, startService } from '../server/service.ts'
import { systemClock, systemRandom } from '../server/system.ts'
import { readCertificates, readTlsFiles, selfSignedTls, type TlsFiles } from '../server/tls.ts'
import type { XksOptions } from '../server/xks/client.ts'
import type { WorkersSetting } from '../server/workers/serve.ts'
import type { XksProxyOptions } from '../server/xks-proxy/listen.ts'
import { readDevCredential } from './dev-credentials.ts'
import { keepClientConfig, renewedCredential } from './evaluation-client.ts'
import type { HsmClusters } from './hsm-clusters.ts'
import { exitCode, type Io } from './io.ts'
import { requireSafeAddress } from './safe-address.ts'
import { credentialText, readyText } from './serve-text.ts'
import { dataDirectoryOf } from './settings/directory.ts'
import { loadSettings, settingsHelp, UsageError } from './settings/load.ts'
import { tellFailure } from './tell-failure.ts'
import { writeFully } from './write-fully.ts'
import type { Settings } from './settings/table.ts'

const help = `usage: keyhold serve [options]

Starts the service. The first start on an empty directory makes an account, its
root credential and the keys that seal everything else.

${settingsHelp()}
  --config FILE                  TOML file with the same names, as in data-dir = "…"

Every option can stand in the environment as well, as in KEYHOLD_DATA_DIR. A flag
wins over the environment, the environment over the file.
`

const defaultPort = 4599
/** How long answers that are under way may take when the service is told to stop. */
const drainMs = 10_000

/** What ends a service: a promise that resolves when it is told to stop. */
export type StopSignal = () => Promise<string>

const untilSignal: StopSignal = () =>
  new Promise((resolveSignal) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const)
      process.on(name, () => {
        resolveSignal(name)
      })
  })

/** `keyhold serve`. Resolves to the exit code when the service has stopped. */
export const run = async (
  args: readonly string[],
  io: Io,
  stopSignal: StopSignal = untilSignal,
): Promise<number> => {
  if (args.includes('--help') || args[0] === 'help') {
    io.stdout.write(help)
    return exitCode.done
  }
  try {
    const settings = await loadSettings(args, io.env)
    return await serve(settings, io, stopSignal)
  } catch (error) {
    return tellFailure(error, io)
  }
}

const serve = async (settings: Settings, io: Io, stopSignal: StopSignal): Promise<number> => {
  const host = settings.host ?? '127.0.0.1'
  requireSafeAddress(settings, host)
  const format = settings.logFormat ?? 'text'
  const logSink = format === 'json' ? io.stdout : io.stderr
  const log = createLog(
    format,
    (line) => logSink.write(line),
    () => systemClock.nowMs(),
  )
  keepHeapSmall()
  for (const warning of hardenProcess()) log.warn('weak protection', { warning })
  const stopped = stopSignal()
  const { service, mode, endpoint, directory } = await start(settings, io, host, log)
  log.info('ready', { endpoint, account: service.account, mode })
  if (format === 'text' && io.stdout.isTTY === true)
    io.stdout.write(readyText({ endpoint, mode, dataDir: directory.path }))
  log.info('stopping', { signal: await stopped })
  await service.stop(drainMs)
  log.info('stopped', { dataDir: directory.path })
  return exitCode.done
}

type Started = {
  readonly service: Service
  readonly mode: Mode
  readonly endpoint: string
  readonly directory: DataDirectory
}

const start = async (settings: Settings, io: Io, host: string, log: Log): Promise<Started> => {
  const random = systemRandom()
  const path = dataDirectoryOf(settings, io)
  const devFile = settings.devCredentialsFile && resolve(io.cwd, settings.devCredentialsFile)
  const devCredential = devFile === undefined ? undefined : () => readDevCredential(devFile)
  // Whatever is wrong with it is found before anything is made.
  await devCredential?.()
  const { attestationRoots: roots, attestationMaxAge: maxAgeSeconds } = settings
  const attestation = await openAttestationTrust({ roots, maxAgeSeconds }, io.cwd)
  if (!existsSync(layout(path).database)) refuseSilentFirstStart(settings)
  const directory = await prepareDataDirectory(path)
  const sealKeyFile = settings.sealKeyFile && resolve(io.cwd, settings.sealKeyFile)
  const { mode, seal } = await openSealing(directory, sealKeyFile, random)
  const tls = await openTls(settings, io, directory, host)
  const port = settings.port ?? defaultPort
  const keepCredential: KeepCredential = async (credential) => {
    if (mode === 'evaluation') {
      const endpoint = endpointOf(host, port, tls)
      return keepClientConfig(directory, settings, tls, endpoint, credential)
    }
    refuseSilentFirstStart(settings)
    // In production mode this is the only time that anyone sees it.
    await writeFully(io.stdout, credentialText(credential))
  }
  const service = await startService({
    directory,
    seal,
    host,
    port,
    tls,
    random,
    log,
    keepCredential,
    devCredential,
    attestation,
    account: settings.account,
    ...(settings.regions === undefined ? {} : { regions: settings.regions }),
    quotas: quotasOf(settings.quotas),
    xksProxy: await xksProxyOf(settings, io, host, tls),
    hsmClusters: await hsmClustersOf(settings, io),
    workers: workersOf(settings, io),
    httpTransport: settings.httpTransport,
    xks: await xksOptionsOf(settings, io),
    clock: systemClock,
  })
  try {
    const endpoint = endpointOf(host, service.address.port, tls)
    if (mode === 'evaluation') {
      const renewed = await renewedCredential(directory, await devCredential?.())
      await keepClientConfig(directory, settings, tls, endpoint, renewed)
    }
    return { service, mode, endpoint, directory }
  } catch (error) {
    await service.stop(0)
    throw error
  }
}

/** Secrets never reach a log, so a first start whose output is one has to be done apart. */
const refuseSilentFirstStart = (settings: Settings): void => {
  if (settings.logFormat !== 'json' || settings.sealKeyFile === undefined) return
  throw new UsageError(
    'a first start prints the root credential, which must not reach a log: ' +
      'run keyhold init with the same --data-dir and --seal-key-file first',
  )
}

const openTls = async (
  settings: Settings,
  io: Io,
  directory: DataDirectory,
  host: string,
): Promise<TlsFiles | undefined> => {
  if (settings.tlsCert !== undefined && settings.tlsKey !== undefined)
    return readTlsFiles(resolve(io.cwd, settings.tlsCert), resolve(io.cwd, settings.tlsKey))
  if (settings.tlsSelfSigned !== true) return undefined
  return selfSignedTls(directory.tls, host, systemClock, systemRandom())
}

// `new URL` is not rewritten by the compiler, so the built file has to name the built program.
const workerFile = `serve-worker.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`

/** The processes that answer requests, if this one does not do that itself. */
const workersOf = (
  { workers: count, hsmClusters: file }: Settings,
  { cwd }: Io,
): WorkersSetting | undefined =>
  count === undefined
    ? undefined
    : {
        count,
        program: join(import.meta.dirname, workerFile),
        hsmClustersFile: file && resolve(cwd, file),
      }

const hsmClustersOf = async ({ hsmClusters: file }: Settings, io: Io): Promise<HsmClusters> => {
  if (file === undefined) return new Map()
  const { readHsmClusters } = await import('./hsm-clusters.ts')
  return readHsmClusters(resolve(io.cwd, file))
}

/** How the proxies of external key stores are reached. */
const xksOptionsOf = async (settings: Settings, { cwd }: Io): Promise<XksOptions> => {
  const { xksCa, xksClientCert: cert, xksClientKey: key, xksConnectTo: connectTo } = settings
  const pair = cert !== undefined && key !== undefined
  return {
    ...(xksCa && { ca: await readCertificates(resolve(cwd, xksCa)) }),
    ...(pair && { client: await readTlsFiles(resolve(cwd, cert), resolve(cwd, key)) }),
    ...(connectTo && { connectTo }),
  }
}

/** Clients reach it under the certificate of the service. */
const xksProxyOf = async (
  { xksProxy, xksProxyClientCa: caFile, xksProxyClientName: name }: Settings,
  io: Io,
  host: string,
  tls: TlsFiles | undefined,
): Promise<XksProxyOptions | undefined> => {
  if (xksProxy === undefined || tls === undefined) return undefined
  const ca = caFile === undefined ? undefined : await readCertificates(resolve(io.cwd, caFile))
  const names = name === undefined ? undefined : [name]
  const clients = ca === undefined ? {} : { clients: { ca, names } }
  return { host, ...xksProxy, tls: { ...tls, ...clients } }
}

const endpointOf = (host: string, port: number, tls: TlsFiles | undefined): string => {
  const name = isIP(host) === 6 ? `[${host}]` : host
  return `${tls === undefined ? 'http' : 'https'}://${name}:${port}`
}
