/** How fast are Encrypt, Decrypt and GenerateDataKey, beside an HTTP server that does nothing? */
import { join } from 'node:path'
import { firstLine, Scope } from './parts/children.ts'
import { Generator } from './parts/generator.ts'
import { startKeyhold } from './parts/keyhold-service.ts'
import type { Load } from './parts/load.ts'
import type { BenchOptions, Question } from './parts/question.ts'
import { type BenchOperation, benchOperations, type ServicePlace } from './parts/signed-request.ts'
import { type Spread, spreadOf, spreadText, tableText } from './parts/statistics.ts'

const serverCpu = 0
const generatorCpu = 1
const root = join(import.meta.dirname, '..')

/** Who answers the requests. The echo gets the very bytes that the first service gets. */
type Contestant = { readonly name: string; readonly port: number; readonly place: ServicePlace }

/** One way of loading the contestants: how many connections, how often and for how long. */
type Course = {
  readonly connections: number
  readonly rounds: number
  readonly warmUpMs: number
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
  readonly generatorBusyMax: number
}

export const question: Question = {
  title: 'service: signed requests, durable audit, beside a node:http echo of the same bytes',
  async answer(options) {
    await using scope = new Scope()
    const generator = new Generator(scope, generatorCpu)
    const contestants = await startContestants(scope, generator, options)
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
        { connections, rounds: rounds ?? 2, warmUpMs: 400, roundMs: 500 },
        { connections: 1, rounds: 1, warmUpMs: 100, roundMs: 250 },
      ]
    : [
        { connections, rounds: rounds ?? 5, warmUpMs: 1000, roundMs: 1400 },
        { connections: 1, rounds: 3, warmUpMs: 200, roundMs: 400 },
      ]

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
    const { place } = await startKeyhold(scope, path, { cpu: serverCpu })
    contestants.push({ name, port: place.port, place })
    for (const operation of benchOperations) {
      const supply = supplyOf(place, operation)
      const { answerBodyBytes } = await generator.prepare({ supply, place, operation })
      bodyBytes[operation] ??= answerBodyBytes
    }
  }
  const script = join(import.meta.dirname, 'parts/echo-server.ts')
  const echo = scope.child([script, JSON.stringify(bodyBytes)], { cpu: serverCpu })
  const port = await firstLine(echo, Number)
  return [...contestants, { name: 'echo', port, place: contestants[0]!.place }]
}

const supplyOf = (place: ServicePlace, operation: BenchOperation): string =>
  `${operation} ${place.port}`

/** All contestants in turn, again and again, so that what the machine does meets all of them. */
const measure = async (
  generator: Generator,
  contestants: readonly Contestant[],
  operation: BenchOperation,
  course: Course,
): Promise<readonly Result[]> => {
  const loads = new Map<string, Load[]>(contestants.map(({ name }) => [name, []]))
  for (let round = 0; round <= course.rounds; round += 1)
    for (const { name, port, place } of contestants) {
      const result = await generator.load({
        supply: supplyOf(place, operation),
        port,
        connections: course.connections,
        durationMs: round === 0 ? course.warmUpMs : course.roundMs,
      })
      if (round > 0) loads.get(name)!.push(result)
    }
  const echo = loads.get('echo')!
  return contestants.map(({ name }) => {
    const own = loads.get(name)!
    return {
      operation,
      contestant: name,
      connections: course.connections,
      perSecond: spreadOf(own.map((load) => load.perSecond)),
      p50Ms: spreadOf(own.map((load) => load.p50Ms)),
      p99Ms: spreadOf(own.map((load) => load.p99Ms)),
      ratioToEcho: spreadOf(own.map((load, round) => load.perSecond / echo[round]!.perSecond)),
      generatorBusyMax: Math.max(...own.map((load) => load.generatorBusy)),
    }
  })
}

const textOf = (results: readonly Result[]): string => {
  const head = [
    'operation',
    'server',
    'connections',
    'requests/s',
    'p50 ms',
    'p99 ms',
    '/ echo',
    'generator',
  ]
  const rows = results.map((result) => [
    result.operation,
    result.contestant,
    String(result.connections),
    spreadText(result.perSecond),
    spreadText(result.p50Ms, 2),
    spreadText(result.p99Ms, 2),
    result.contestant === 'echo' ? '' : spreadText(result.ratioToEcho, 2),
    `${Math.round(result.generatorBusyMax * 100)} %`,
  ])
  return (
    tableText([head, ...rows]) +
    '  medians (min-max) of interleaved rounds; generator: the most that it used of its CPU\n'
  )
}
