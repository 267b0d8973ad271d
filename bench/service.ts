/** How fast are Encrypt, Decrypt and GenerateDataKey, beside an HTTP server that does nothing? */
import { join } from 'node:path'
import { firstLine, Scope } from './children.ts'
import { Generator } from './generator.ts'
import { startKeyhold } from './keyhold-service.ts'
import type { Load } from './load.ts'
import type { BenchOptions, Question } from './question.ts'
import { cpuMicrosOf } from './cpu-time.ts'
import { type BenchOperation, benchOperations, type ServicePlace } from './signed-request.ts'
import { type Spread, spreadOf, spreadText, tableText } from './statistics.ts'

const serverCpu = 0
const generatorCpu = 1
/** Below this share of its CPU a fully loaded server was held up by something else. */
const busyLeast = 0.9
const root = join(import.meta.dirname, '..')

/** Who answers the requests. The echo gets the very bytes that the first service gets. */
type Contestant = {
  readonly name: string
  readonly pid: number
  readonly port: number
  readonly place: ServicePlace
}

/** A round of one contestant. */
type Turn = Load & {
  /** Of the server's CPU, for each answer; other processes disturb it less than the rate. */
  readonly cpuMicrosEach: number
  /** Share of its CPU that the server got; under full load, less than 1 went to other processes. */
  readonly serverBusy: number
}

/** One way of loading the contestants: how many connections, how often and for how long. */
type Course = {
  readonly connections: number
  readonly rounds: number
  readonly roundMs: number
}

type Result = {
  readonly operation: BenchOperation
  readonly contestant: string
  readonly connections: number
  readonly perSecond: Spread
  readonly p50Ms: Spread
  readonly p99Ms: Spread
  /** Requests a second as a share of the echo's in the same round. */
  readonly ratioToEcho: Spread
  readonly cpuMicrosEach: Spread
  /** The echo's CPU time for an answer as a share of this server's: what counts on a busy machine. */
  readonly cpuRatioToEcho: Spread
  readonly serverBusy: Spread
  /** The same shares, of the other checkout where there is one: above 1 this one is faster. */
  readonly ratioToAgainst: Spread | undefined
  readonly cpuRatioToAgainst: Spread | undefined
  readonly generatorBusyMax: number
}

export const question: Question = {
  title: 'service: signed requests, durable audit, beside a node:http echo of the same bytes',
  async answer(options) {
    await using scope = new Scope()
    const generator = new Generator(scope, generatorCpu)
    const contestants = await startContestants(scope, generator, options)
    await warmUp(generator, contestants, options)
    const results: Result[] = []
    for (const course of coursesOf(options))
      for (const operation of benchOperations)
        results.push(...(await measure(generator, contestants, operation, course)))
    return { text: textOf(results), figures: results }
  },
}

const coursesOf = ({ quick, connections, rounds }: BenchOptions): readonly Course[] =>
  quick
    ? [
        { connections, rounds: rounds ?? 2, roundMs: 400 },
        { connections: 1, rounds: 1, roundMs: 200 },
      ]
    : [
        { connections, rounds: rounds ?? 6, roundMs: 1200 },
        { connections: 1, rounds: 4, roundMs: 300 },
      ]

/** Every path of every server is compiled before the first figure is taken. */
const warmUp = async (
  generator: Generator,
  contestants: readonly Contestant[],
  { quick, connections }: BenchOptions,
): Promise<void> => {
  const durationMs = quick ? 300 : 1500
  for (const operation of benchOperations)
    for (const contestant of contestants)
      await takeTurn(generator, contestant, operation, { connections, durationMs })
}

const startContestants = async (
  scope: Scope,
  generator: Generator,
  { against }: BenchOptions,
): Promise<readonly Contestant[]> => {
  const contestants: Contestant[] = []
  const bodyBytes: Partial<Record<BenchOperation, number>> = {}
  const roots = [{ name: 'keyhold', path: root }]
  if (against !== undefined) roots.push({ name: 'against', path: against })
  for (const { name, path } of roots) {
    const { child, place } = await startKeyhold(scope, path, { cpu: serverCpu })
    contestants.push({ name, pid: child.pid!, port: place.port, place })
    for (const operation of benchOperations) {
      const supply = supplyOf(place, operation)
      const { answerBodyBytes } = await generator.prepare({ supply, place, operation })
      bodyBytes[operation] ??= answerBodyBytes
    }
  }
  const script = join(import.meta.dirname, 'echo-server.ts')
  const echo = scope.child([script, JSON.stringify(bodyBytes)], { cpu: serverCpu })
  const port = await firstLine(echo, Number)
  return [...contestants, { name: 'echo', pid: echo.pid!, port, place: contestants[0]!.place }]
}

const supplyOf = (place: ServicePlace, operation: BenchOperation): string =>
  `${operation} ${place.port}`

/**
 * All contestants in turn, again and again, so that what the machine does meets all of them. Every
 * other round goes backwards: measured in one order alone, equal servers differ by three per cent.
 */
const measure = async (
  generator: Generator,
  contestants: readonly Contestant[],
  operation: BenchOperation,
  { connections, rounds, roundMs: durationMs }: Course,
): Promise<readonly Result[]> => {
  const turns = new Map<string, Turn[]>(contestants.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round += 1)
    for (const contestant of round % 2 === 0 ? contestants : contestants.toReversed()) {
      const turn = await takeTurn(generator, contestant, operation, { connections, durationMs })
      turns.get(contestant.name)!.push(turn)
    }
  return contestants.map(({ name }) => ({
    operation,
    contestant: name,
    connections,
    ...summaryOf(turns.get(name)!, turns),
  }))
}

const takeTurn = async (
  generator: Generator,
  { pid, port, place }: Contestant,
  operation: BenchOperation,
  load: { readonly connections: number; readonly durationMs: number },
): Promise<Turn> => {
  const before = await cpuMicrosOf(pid)
  const result = await generator.load({ supply: supplyOf(place, operation), port, ...load })
  const usedMicros = (await cpuMicrosOf(pid)) - before
  return {
    ...result,
    cpuMicrosEach: usedMicros / ((result.perSecond * load.durationMs) / 1000),
    serverBusy: usedMicros / (load.durationMs * 1000),
  }
}

const summaryOf = (own: readonly Turn[], turns: ReadonlyMap<string, readonly Turn[]>) => {
  /** Round by round: what the machine did in a round it did to both. */
  const ratios = (name: string, figure: 'perSecond' | 'cpuMicrosEach'): Spread | undefined => {
    const other = turns.get(name)
    return other && spreadOf(own.map((turn, round) => turn[figure] / other[round]![figure]))
  }
  return {
    perSecond: spreadOf(own.map((turn) => turn.perSecond)),
    p50Ms: spreadOf(own.map((turn) => turn.p50Ms)),
    p99Ms: spreadOf(own.map((turn) => turn.p99Ms)),
    cpuMicrosEach: spreadOf(own.map((turn) => turn.cpuMicrosEach)),
    serverBusy: spreadOf(own.map((turn) => turn.serverBusy)),
    ratioToEcho: ratios('echo', 'perSecond')!,
    cpuRatioToEcho: spreadOf(
      own.map((turn, round) => turns.get('echo')![round]!.cpuMicrosEach / turn.cpuMicrosEach),
    ),
    ratioToAgainst: ratios('against', 'perSecond'),
    cpuRatioToAgainst: ratios('against', 'cpuMicrosEach'),
    generatorBusyMax: Math.max(...own.map((turn) => turn.generatorBusy)),
  }
}

const percent = (share: number): string => `${Math.round(share * 100)} %`

const textOf = (results: readonly Result[]): string => {
  const head = ['operation', 'server', 'connections', 'requests/s', 'p50 ms', 'p99 ms']
  head.push('/ echo', 'CPU us each', '/ echo by CPU', 'server', 'generator')
  const rows = results.map((result) => [
    result.operation,
    result.contestant,
    String(result.connections),
    spreadText(result.perSecond),
    spreadText(result.p50Ms, 2),
    spreadText(result.p99Ms, 2),
    result.contestant === 'echo' ? '' : spreadText(result.ratioToEcho, 2),
    spreadText(result.cpuMicrosEach),
    result.contestant === 'echo' ? '' : spreadText(result.cpuRatioToEcho, 2),
    percent(result.serverBusy.median),
    percent(result.generatorBusyMax),
  ])
  return (
    tableText([head, ...rows]) +
    '  medians (min-max) of interleaved rounds; ratios are taken round by round\n' +
    '  server: share of its CPU that it got; generator: the most that it used of its own\n' +
    disturbanceText(results) +
    comparisonText(results)
  )
}

/** A server that waits for requests all the time uses its CPU whole, unless another process does. */
const disturbanceText = (results: readonly Result[]): string => {
  const loaded = results.filter(({ connections }) => connections >= 16)
  const isStarved = loaded.some(({ serverBusy }) => serverBusy.median < busyLeast)
  const isBound = loaded.some(({ generatorBusyMax }) => generatorBusyMax > 0.95)
  return (
    (isStarved
      ? '  DISTURBED: a server got less than its CPU, so rates, latencies and their ratio are those\n' +
        '  of a busy machine; only CPU times may be compared\n'
      : '') +
    (isBound ? '  The load generator was at its limit: the fastest rates are its own\n' : '')
  )
}

/** This checkout beside the other; empty without one. */
const comparisonText = (results: readonly Result[]): string => {
  const rows = results.flatMap(
    ({ contestant, operation, connections, ratioToAgainst, cpuRatioToAgainst }) =>
      contestant !== 'keyhold' || ratioToAgainst === undefined || cpuRatioToAgainst === undefined
        ? []
        : [
            [
              operation,
              String(connections),
              spreadText(ratioToAgainst, 3),
              spreadText(cpuRatioToAgainst, 3),
            ],
          ],
  )
  const head = ['keyhold / against', 'connections', 'requests/s', 'CPU each']
  return rows.length === 0 ? '' : `\n${tableText([head, ...rows])}`
}
