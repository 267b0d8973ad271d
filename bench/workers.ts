/**
 * How much more do two worker processes on two CPUs answer than one process on one? Two HTTP servers
 * that do nothing and share nothing beside one of them show what the machine has to give: its CPUs
 * may be two halves of one.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { canPin, firstLine, Scope } from './children.ts'
import { cpuMicrosOf } from './cpu-time.ts'
import { Generator } from './generator.ts'
import { thisMachine } from './machine.ts'
import { startKeyhold } from './keyhold-service.ts'
import type { BenchOptions, Question } from './question.ts'
import { type BenchOperation, benchOperations, type ServicePlace } from './signed-request.ts'
import { type Spread, spreadOf, spreadText, tableText } from './statistics.ts'

const cpus = [0, 1] as const
/** A machine with more to do than this before the start shares its CPUs out as it likes. */
const quietLoadMax = 0.5
const root = join(import.meta.dirname, '..')

/** A service on some CPUs, and a load generator on each of these. */
type Contestant = {
  readonly name: string
  readonly place: ServicePlace
  /** Where each generator sends to. */
  readonly ports: readonly number[]
  /** All of its processes. */
  readonly pids: readonly number[]
  readonly generators: readonly Generator[]
}

type Turn = { readonly perSecond: number; readonly p99Ms: number; readonly cpuMicrosEach: number }

type Result = {
  readonly operation: BenchOperation
  readonly one: {
    readonly perSecond: Spread
    readonly p99Ms: Spread
    readonly cpuMicrosEach: Spread
  }
  readonly two: Result['one']
  /** Requests a second of two workers as a share of those of one process in the same round. */
  readonly ratio: Spread
  /** What that would be if nothing else ran here: twice the CPU time of the one for an answer. */
  readonly ratioByCpu: Spread
  /** The same two of the empty servers. */
  readonly echoRatio: Spread
  readonly echoRatioByCpu: Spread
}

/** One and two of a kind. */
type Pair = { readonly one: Contestant; readonly two: Contestant }

export const question: Question = {
  title: 'workers: serve --workers 2 on two CPUs beside one process on one',
  pinning:
    'each CPU carries one server process and one load generator: the one process and its generator\n' +
    'CPU 0, of the two workers and two generators one each CPU 0 and CPU 1; the parent is on any',
  async answer(options) {
    const isDisturbed = thisMachine().loadAverage > quietLoadMax
    await using scope = new Scope()
    const generators = cpus.map((cpu) => new Generator(scope, cpu))
    const workers = {
      one: await startOne(scope, generators.slice(0, 1)),
      two: await startTwo(scope, generators),
    }
    const echoes = await startEchoes(scope, generators, workers.one)
    const durationMs = options.quick ? 400 : 2000
    const rounds = options.rounds ?? (options.quick ? 2 : 8)
    const load = { connections: options.connections, durationMs }
    const results: Result[] = []
    for (const operation of benchOperations) {
      for (const contestant of [workers.one, workers.two, echoes.one, echoes.two]) {
        await prepare(contestant, operation)
        // Every path of every server is compiled before the first figure is taken.
        await takeTurn(contestant, operation, load)
      }
      const course = { ...load, rounds }
      const echo = await measure(echoes, operation, course)
      results.push({
        operation,
        ...(await measure(workers, operation, course)),
        echoRatio: echo.ratio,
        echoRatioByCpu: echo.ratioByCpu,
      })
    }
    return { text: textOf(results, options, isDisturbed), figures: results }
  },
}

const startOne = async (scope: Scope, generators: readonly Generator[]): Promise<Contestant> => {
  const { child, place } = await startKeyhold(scope, root, { cpu: cpus[0] })
  return { name: 'one process', place, ports: [place.port], pids: [child.pid!], generators }
}

const startTwo = async (scope: Scope, generators: readonly Generator[]): Promise<Contestant> => {
  const serveArgs = ['--workers', String(cpus.length)]
  const { child, place, workerPids } = await startKeyhold(scope, root, { serveArgs })
  for (const [at, cpu] of cpus.entries()) pin(workerPids[at]!, cpu)
  const ports = cpus.map(() => place.port)
  return { name: 'two workers', place, ports, pids: [child.pid!, ...workerPids], generators }
}

/** They answer what the service does: as many bytes, of whatever each operation answers. */
const startEchoes = async (
  scope: Scope,
  generators: readonly Generator[],
  { place }: Contestant,
): Promise<Pair> => {
  const bodyBytes: Partial<Record<BenchOperation, number>> = {}
  for (const operation of benchOperations) {
    const order = { supply: `${operation} of the echo`, place, operation }
    bodyBytes[operation] = (await generators[0]!.prepare(order)).answerBodyBytes
  }
  const script = join(import.meta.dirname, 'echo-server.ts')
  const children = cpus.map((cpu) => scope.child([script, JSON.stringify(bodyBytes)], { cpu }))
  const ports = await Promise.all(children.map((child) => firstLine(child, Number)))
  const pids = children.map(({ pid }) => pid!)
  const one = { name: 'one echo', place, ports: ports.slice(0, 1), pids: pids.slice(0, 1) }
  const two = { name: 'two echoes', place, ports, pids, generators }
  return { one: { ...one, generators: generators.slice(0, 1) }, two }
}

/** All threads of a process that runs; where processes cannot be pinned, none is. */
const pin = (pid: number, cpu: number): void => {
  if (canPin) spawnSync('taskset', ['-a', '-c', '-p', String(cpu), String(pid)])
}

const supplyOf = ({ name }: Contestant, operation: BenchOperation): string => `${operation} ${name}`

const prepare = async (contestant: Contestant, operation: BenchOperation): Promise<void> => {
  const { place, generators } = contestant
  const order = { supply: supplyOf(contestant, operation), place, operation }
  for (const generator of generators) await generator.prepare(order)
}

const takeTurn = async (
  contestant: Contestant,
  operation: BenchOperation,
  load: { readonly connections: number; readonly durationMs: number },
): Promise<Turn> => {
  const { ports, pids, generators } = contestant
  const order = { supply: supplyOf(contestant, operation), ...load }
  const before = await cpuMicrosOfAll(pids)
  const loads = await Promise.all(
    generators.map((generator, at) => generator.load({ ...order, port: ports[at]! })),
  )
  const usedMicros = (await cpuMicrosOfAll(pids)) - before
  const perSecond = loads.reduce((sum, each) => sum + each.perSecond, 0)
  return {
    perSecond,
    p99Ms: Math.max(...loads.map(({ p99Ms }) => p99Ms)),
    cpuMicrosEach: usedMicros / ((perSecond * load.durationMs) / 1000),
  }
}

const cpuMicrosOfAll = async (pids: readonly number[]): Promise<number> =>
  (await Promise.all(pids.map(cpuMicrosOf))).reduce((sum, micros) => sum + micros, 0)

/** In turn, and every other round backwards, so that what the machine does meets both. */
const measure = async (
  { one, two }: Pair,
  operation: BenchOperation,
  { rounds, ...load }: { rounds: number; connections: number; durationMs: number },
): Promise<Omit<Result, 'operation' | 'echoRatio' | 'echoRatioByCpu'>> => {
  const turns: { one: Turn; two: Turn }[] = []
  for (let round = 0; round < rounds; round += 1) {
    const early = round % 2 === 0
    const first = await takeTurn(early ? one : two, operation, load)
    const second = await takeTurn(early ? two : one, operation, load)
    turns.push(early ? { one: first, two: second } : { one: second, two: first })
  }
  const summary = (of: 'one' | 'two') => ({
    perSecond: spreadOf(turns.map((turn) => turn[of].perSecond)),
    p99Ms: spreadOf(turns.map((turn) => turn[of].p99Ms)),
    cpuMicrosEach: spreadOf(turns.map((turn) => turn[of].cpuMicrosEach)),
  })
  return {
    one: summary('one'),
    two: summary('two'),
    ratio: spreadOf(turns.map((turn) => turn.two.perSecond / turn.one.perSecond)),
    ratioByCpu: spreadOf(
      turns.map((turn) => (cpus.length * turn.one.cpuMicrosEach) / turn.two.cpuMicrosEach),
    ),
  }
}

const textOf = (
  results: readonly Result[],
  { connections }: BenchOptions,
  isDisturbed: boolean,
): string => {
  const head = [
    'operation',
    'server',
    'requests/s',
    'p99 ms',
    'CPU us each',
    'ratio',
    'by CPU',
    'echoes',
  ]
  const rows = results.flatMap(({ operation, one, two, ...ratios }) => [
    [operation, 'one process', ...figuresOf(one), '', '', ''],
    [
      operation,
      'two workers',
      ...figuresOf(two),
      spreadText(ratios.ratio, 2),
      spreadText(ratios.ratioByCpu, 2),
      spreadText(ratios.echoRatio, 2),
    ],
  ])
  return (
    tableText([head, ...rows]) +
    `  ${connections} connections for each CPU; medians (min-max) of interleaved rounds\n` +
    '  ratio: requests/s of two workers to those of one process, round by round\n' +
    '  by CPU: what it would be if no other process disturbed, from the CPU times for an answer\n' +
    '  echoes: the first ratio, of two empty servers that share nothing beside one\n' +
    (isDisturbed
      ? '  DISTURBED: other processes ran, which take more from one process than from two; only the\n' +
        '  ratio by CPU says something\n'
      : '')
  )
}

const figuresOf = ({ perSecond, p99Ms, cpuMicrosEach }: Result['one']): readonly string[] => [
  spreadText(perSecond),
  spreadText(p99Ms, 1),
  spreadText(cpuMicrosEach),
]
