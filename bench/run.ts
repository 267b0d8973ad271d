/**
 * Runs benchmarks: `node bench/run.ts [question …] [--quick]`. Prints the figures with the machine
 * that they were measured on, and keeps them in `bench/results`. Everything stays on loopback, and
 * nothing is left running.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { releaseAll } from './children.ts'
import { machineText, thisMachine } from './machine.ts'
import type { BenchOptions, Question } from './question.ts'
import type { EnvelopePart } from './envelope.ts'

const envelopePart = async (name: EnvelopePart): Promise<{ question: Question }> => ({
  question: (await import('./envelope.ts')).partQuestion(name),
})

const questions: Readonly<Record<string, () => Promise<{ question: Question }>>> = {
  service: () => import('./service.ts'),
  limit: () => import('./limit.ts'),
  latency: () => import('./latency.ts'),
  peers: () => import('./peers.ts'),
  growth: () => import('./growth.ts'),
  workers: () => import('./workers.ts'),
  cli: () => import('./cli.ts'),
  smoke: () => import('./smoke.ts'),
  profile: () => import('./profile.ts'),
  access: () => import('./access.ts'),
  grants: () => import('./grants.ts'),
  asymmetric: () => import('./asymmetric.ts'),
  envelope: () => import('./envelope.ts'),
  'envelope-streams': () => envelopePart('streams'),
  'envelope-whole-messages': () => envelopePart('whole-messages'),
  'envelope-command': () => envelopePart('command'),
  'envelope-caching': () => envelopePart('caching'),
  'envelope-memory': () => envelopePart('memory'),
  'envelope-frame-lengths': () => envelopePart('frame-lengths'),
}
/** What runs when nothing is named. */
const usual = ['service', 'cli']

const help = `usage: node bench/run.ts [question ...] [options]

questions: ${Object.keys(questions).join(', ')} (without one: ${usual.join(', ')})

  --quick            a few seconds each, too short to compare by
  --connections N    connections of the load (default: 64)
  --rounds N         turns of each contestant
  --against DIR      another checkout, whose service is measured beside this one
`

const parse = (): { names: readonly string[]; options: BenchOptions } | undefined => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      connections: { type: 'string', default: '64' },
      rounds: { type: 'string' },
      against: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return undefined
  const options = {
    quick: values.quick,
    connections: count('--connections', values.connections),
    rounds: values.rounds === undefined ? undefined : count('--rounds', values.rounds),
    against: values.against,
  }
  for (const name of positionals)
    if (!Object.hasOwn(questions, name)) throw new Error(`there is no benchmark named ${name}`)
  return { names: positionals.length === 0 ? usual : positionals, options }
}

const count = (flag: string, text: string): number => {
  const value = /^[0-9]{1,4}$/.test(text) ? Number(text) : 0
  if (value < 1) throw new Error(`${flag} has to be a number from 1 to 9999`)
  return value
}

const run = async (name: string, options: BenchOptions): Promise<void> => {
  const { question } = await questions[name]!()
  const machine = thisMachine()
  const startedAt = new Date().toISOString()
  process.stdout.write(`\n${question.title}\n${machineText(machine, question.pinning)}`)
  const { text, figures, failure } = await question.answer(options)
  process.stdout.write(text)
  const directory = join(import.meta.dirname, 'results')
  await mkdir(directory, { recursive: true })
  const path = join(directory, `${name}-${startedAt.replaceAll(':', '')}.json`)
  const kept = { question: name, startedAt, machine, options, figures }
  await writeFile(path, `${JSON.stringify(kept, undefined, 2)}\n`)
  process.stdout.write(`  kept in ${path}\n`)
  if (failure !== undefined) throw new Error(`${name}: ${failure}`)
}

// Large files and a running service would outlive an interrupted benchmark.
for (const [signal, number] of Object.entries({ SIGINT: 2, SIGTERM: 15 }))
  process.once(signal, () => void releaseAll().finally(() => process.exit(128 + number)))

try {
  const parsed = parse()
  if (parsed === undefined) process.stdout.write(help)
  else for (const name of parsed.names) await run(name, parsed.options)
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
