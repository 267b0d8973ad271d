import { createClient, type KmsClient } from '../../client/client.ts'
import { systemWorld } from '../../client/retry.ts'
import { exitCode, type Io } from '../io.ts'
import { explained } from '../service-failure.ts'
import { kmsService } from '../services/kms.ts'
import { openProfile, resolveTarget, type Target } from '../target.ts'
import { Connection } from './connection.ts'
import { Load, systemLoadWorld } from './load.ts'
import { benchOperations } from './operations.ts'
import { showProgress } from './progress.ts'
import { type Result, resultJson, resultText } from './report.ts'
import { type BenchSettings, parseBench } from './settings.ts'
import { Supply } from './supply.ts'

/** `keyhold bench`. Resolves to the exit code, which is not 0 if any request failed. */
export const run = async (args: readonly string[], io: Io): Promise<number> => {
  const settings = parseBench(args)
  if (settings === undefined) {
    io.stdout.write((await import('./help.ts')).benchHelp())
    return exitCode.done
  }
  const { globals } = settings
  const profile = await openProfile(globals, io.env, kmsService.configName)
  const target = await resolveTarget({ service: kmsService, row: {} }, globals, profile, io)
  const result = await measure(settings, target, io)
  io.stdout.write(settings.isJson ? resultJson(result) : resultText(result))
  return result.failures.size === 0 ? exitCode.done : exitCode.failure
}

/** How often credentials are asked for anew. */
const refreshMs = 60_000

const measure = async (settings: BenchSettings, target: Target, io: Io): Promise<Result> => {
  const supply = await prepare(settings, target, io)
  const place = {
    url: new URL(target.endpoint),
    ca: target.ca,
    verifyTls: settings.globals.verifyTls,
  }
  const channels = Array.from({ length: settings.connections }, () => new Connection(place))
  const refresh = setInterval(() => void supply.refresh(), refreshMs)
  const load = (durationMs: number, requestsMax: number): Load =>
    new Load({
      channels,
      loop: settings.loop,
      durationMs,
      requestsMax,
      timeoutMs: settings.timeoutMs,
      request: () => supply.next(),
      world: systemLoadWorld,
    })
  try {
    const warmUp = load(settings.warmUpMs, Number.POSITIVE_INFINITY)
    if (settings.warmUpMs > 0) await warmUp.run()
    const measured = load(settings.durationMs, settings.requestsMax)
    const stop = settings.isQuiet
      ? undefined
      : showProgress(
          io.stderr,
          settings.durationMs,
          () => performance.now(),
          () => measured,
        )
    const cpuBefore = process.cpuUsage()
    const startMs = performance.now()
    try {
      const figures = await measured.run()
      const { user, system } = process.cpuUsage(cpuBefore)
      const generatorBusy = (user + system) / 1000 / (performance.now() - startMs)
      const { endpoint } = target
      return { ...figures, endpoint, settings, warmUpRequests: warmUp.count, generatorBusy }
    } finally {
      stop?.()
    }
  } finally {
    clearInterval(refresh)
    for (const channel of channels) channel.close()
  }
}

/** Signs what will be sent, and sees by one call that the service does what it is asked. */
const prepare = async (settings: BenchSettings, target: Target, io: Io): Promise<Supply> => {
  const { operation, inputs } = benchOperations[settings.operation]
  const { credentials } = target
  if (credentials === undefined) throw new TypeError('the requests of a load are always signed')
  const client = createClient({
    ...target,
    verifyTls: settings.globals.verifyTls,
    readTimeoutMs: settings.timeoutMs,
    connectTimeoutMs: settings.timeoutMs,
    userAgent: 'keyhold-bench',
    world: io.world,
  })
  try {
    const explaining: Pick<KmsClient, 'call'> = {
      call: (name, asked) =>
        client.call(name, asked).catch((error: unknown) => {
          throw explained(error, name)
        }),
    }
    const input = await inputs(explaining, settings.subject)
    await explaining.call(operation, input(0))
    const world = io.world ?? systemWorld
    const signing = {
      url: new URL(target.endpoint),
      region: target.region,
      credentials,
      nowMs: () => world.nowMs(),
    }
    return await Supply.of(signing, operation, input, settings.requestsMax)
  } finally {
    client.close()
  }
}
