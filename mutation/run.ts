/**
 * Mutation tests: `node mutation/run.ts [language] [evaluator] [grants] [sigv4]`. Installs Stryker, changes the sources in
 * a copy of them, one small thing at a time, and counts how many of the changes the tests notice.
 * Prints the score of every file, keeps those that nobody noticed in `mutation/.cache`, and fails
 * below 90 %.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { installLockedPackages } from '../scripts/locked-packages.ts'
import { type Part, parts } from './parts.ts'
import { survivorsOf } from './report.ts'

const here = import.meta.dirname
const root = join(here, '..')
const cache = join(here, '.cache')
const scorePercentMin = 90

const hook = ['--require', '{{hookFile}}']
const conditions = ['--conditions=keyhold-source']
const seed = ['--import', './mutation/fixed-seed.ts']

/** What is copied to where the mutants live; a folder by itself only lets what is in it through. */
const copied = [
  'package.json',
  'mutation',
  'mutation/fixed-seed.ts',
  'packages',
  'packages/kms',
  'packages/kms/package.json',
  'packages/kms/src/**',
  'packages/kms/test/**',
]

const settingsOf = (name: string, { mutate, tests }: Part) => ({
  // No checker: it would need TypeScript's old interface. What does not compile is killed or not.
  checkers: [],
  // Its note for the compiler would only move the columns; types are stripped, not checked.
  disableTypeChecks: false,
  packageManager: 'npm',
  plugins: [join(here, 'nearest-first.mjs')],
  testRunner: 'nearest-first',
  tap: {
    testFiles: tests,
    nodeArgs: [...hook, ...conditions, ...seed, '--test-reporter=tap', '{{testFile}}'],
    forceBail: true,
  },
  mutate,
  ignorePatterns: ['**', ...copied.map((path) => `!${path}`)],
  coverageAnalysis: 'perTest',
  concurrency: 2,
  // An endless loop is ended by Stryker's own counters; on a busy machine a test is just slow.
  timeoutMS: 15_000,
  tempDirName: 'mutation/.cache/copies',
  cleanTempDir: 'always',
  reporters: ['progress-append-only', 'clear-text', 'json'],
  clearTextReporter: { reportMutants: false, reportTests: false, allowColor: false },
  jsonReporter: { fileName: `mutation/.cache/${name}.json` },
  allowConsoleColors: false,
  thresholds: { high: 95, low: scorePercentMin, break: scorePercentMin },
})

/** Resolves to whether enough of the mutants were killed. */
const runPart = async (name: string, part: Part): Promise<boolean> => {
  const settings = join(cache, `${name}-settings.json`)
  const report = join(cache, `${name}.json`)
  await rm(report, { force: true })
  await writeFile(settings, JSON.stringify(settingsOf(name, part), undefined, 2))
  const stryker = join(here, 'node_modules/@stryker-mutator/core/bin/stryker.js')
  const child = spawn(process.execPath, [stryker, 'run', settings], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    // A group of its own, so that all of it can be ended.
    detached: true,
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      // The runner starts `node`, which has to be this one; what it compiled once serves all mutants.
      PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
      NODE_COMPILE_CACHE: join(cache, 'compiled'),
    },
  })
  // A mutant in an endless loop hears no other signal.
  const stop = (): void => {
    process.kill(-child.pid!, 'SIGKILL')
  }
  process.on('SIGINT', stop).on('SIGTERM', stop)
  const [code] = (await once(child, 'exit')) as [number | null]
  process.off('SIGINT', stop).off('SIGTERM', stop)
  // It ends with 1 for a low score and for its own failures, of which none leaves a report.
  if (!existsSync(report)) throw new Error(`Stryker did not finish ${name}`)
  const survivors = await survivorsOf(report)
  const list = join(cache, `${name}-survivors.txt`)
  await writeFile(list, survivors.map((line) => `${line}\n`).join(''))
  process.stdout.write(`${name}: ${survivors.length} mutants survive, listed in ${list}\n`)
  return code === 0
}

const main = async (wanted: readonly string[]): Promise<boolean> => {
  const names = wanted.length === 0 ? Object.keys(parts) : wanted
  for (const name of names)
    if (!Object.hasOwn(parts, name)) throw new Error(`there is no part named ${name}`)
  await installLockedPackages(here)
  await mkdir(cache, { recursive: true })
  let isEnough = true
  try {
    for (const name of names) isEnough = (await runPart(name, parts[name]!)) && isEnough
  } finally {
    for (const made of ['copies', 'compiled'])
      await rm(join(cache, made), { recursive: true, force: true, maxRetries: 5 })
  }
  return isEnough
}

try {
  process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1
} catch (error) {
  process.stderr.write(`mutation: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
