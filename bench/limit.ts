/** What does an Encrypt cost at least: its HTTP and its cryptography, with nothing around them? */
import { join } from 'node:path'
import { endChild, firstLine, Scope } from './children.ts'
import { cpuMicrosOf } from './cpu-time.ts'
import { Generator } from './generator.ts'
import { startKeyhold } from './keyhold-service.ts'
import type { BenchOptions, Question } from './question.ts'
import { type Spread, spreadOf, spreadText, tableText } from './statistics.ts'

const root = join(import.meta.dirname, '..')
const serverCpu = 0
const generatorCpu = 1

type Contestant = { readonly name: string; readonly pid: number; readonly port: number }

/** CPU time of one request, in microseconds. */
type Costs = Readonly<Record<'keyhold' | 'echo' | 'reader' | 'cryptography', Spread>> & {
  /** Round by round: the empty `node:http` beside reader and cryptography together. */
  readonly echoToLeast: Spread
  readonly echoToKeyhold: Spread
}

export const question: Question = {
  title: 'limit: what an Encrypt costs, beside its HTTP and its cryptography alone, by CPU time',
  async answer(options) {
    await using scope = new Scope()
    const generator = new Generator(scope, generatorCpu)
    const contestants = await startContestants(scope, generator)
    const costs = await measure(scope, generator, contestants, options)
    return { text: textOf(costs), figures: costs }
  },
}

const startContestants = async (scope: Scope, generator: Generator) => {
  const { child, place } = await startKeyhold(scope, root, { cpu: serverCpu })
  const order = { supply: 'Encrypt', place, operation: 'Encrypt' } as const
  const { answerBodyBytes } = await generator.prepare(order)
  const start = async (name: string, script: string, argument: string): Promise<Contestant> => {
    const path = join(import.meta.dirname, script)
    const server = scope.child([path, argument], { cpu: serverCpu })
    return { name, pid: server.pid!, port: await firstLine(server, Number) }
  }
  return [
    { name: 'keyhold', pid: child.pid!, port: place.port },
    await start('echo', 'echo-server.ts', JSON.stringify({ Encrypt: answerBodyBytes })),
    await start('reader', 'limit/reader-child.ts', String(answerBodyBytes)),
  ]
}

const measure = async (
  scope: Scope,
  generator: Generator,
  contestants: readonly Contestant[],
  { quick, connections, rounds = quick ? 3 : 15 }: BenchOptions,
): Promise<Costs> => {
  const durationMs = quick ? 300 : 800
  const load = async ({ pid, port }: Contestant, ms: number): Promise<number> => {
    const before = await cpuMicrosOf(pid)
    const order = { supply: 'Encrypt', port, connections, durationMs: ms }
    const { perSecond } = await generator.load(order)
    return ((await cpuMicrosOf(pid)) - before) / ((perSecond * ms) / 1000)
  }
  for (const contestant of contestants) await load(contestant, quick ? 1000 : 4000)
  const turns: Record<string, number>[] = []
  while (turns.length < rounds) {
    const turn: Record<string, number> = { cryptography: await cryptographyAlone(scope) }
    for (const contestant of contestants) turn[contestant.name] = await load(contestant, durationMs)
    turns.push(turn)
  }
  const spread = (of: (turn: Record<string, number>) => number): Spread => spreadOf(turns.map(of))
  return {
    keyhold: spread((turn) => turn['keyhold']!),
    echo: spread((turn) => turn['echo']!),
    reader: spread((turn) => turn['reader']!),
    cryptography: spread((turn) => turn['cryptography']!),
    echoToLeast: spread((turn) => turn['echo']! / (turn['reader']! + turn['cryptography']!)),
    echoToKeyhold: spread((turn) => turn['echo']! / turn['keyhold']!),
  }
}

const cryptographyAlone = async (scope: Scope): Promise<number> => {
  const script = join(import.meta.dirname, 'limit/cryptography-child.ts')
  const child = scope.child([script], { cpu: serverCpu })
  const micros = await firstLine(child, Number)
  await endChild(child)
  return micros
}

const textOf = (costs: Costs): string =>
  tableText([
    ['what', 'CPU us each'],
    ['Encrypt: verified, decided, recorded', spreadText(costs.keyhold, 1)],
    ['an empty node:http', spreadText(costs.echo, 1)],
    ['our reader, nothing behind it', spreadText(costs.reader, 1)],
    ['the cryptography of an Encrypt alone', spreadText(costs.cryptography, 1)],
  ]) +
  `  node:http beside reader and cryptography together, which no Encrypt in Node comes below: ` +
  `${spreadText(costs.echoToLeast, 2)}\n` +
  `  node:http beside Encrypt as it is: ${spreadText(costs.echoToKeyhold, 2)}\n`
