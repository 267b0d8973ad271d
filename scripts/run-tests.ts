/**
 * Runs a suite with `node --test`: `unit` needs only the checkout, `vectors` reads the shared test
 * vectors beside it and fails where they are missing, `long` takes many minutes. Further arguments
 * go to node. After `unit` come the tests of what all of its tests together have seen.
 */
import { spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const [suite = 'unit', ...others] = process.argv.slice(2)
const suiteOf = (file: string): string =>
  /\.(?<suite>vectors|long|after)\.test\.ts$/.exec(file)?.groups?.['suite'] ?? 'unit'
const timeoutMs = suite === 'long' ? 3_600_000 : 240_000
const all = globSync('{packages/*,scripts,bench}/**/*.test.ts', {
  cwd: root,
  exclude: (name) => name === 'node_modules' || name === 'dist',
})

/** Runs the tests of a suite, and returns the exit code. */
const run = (name: string, env: NodeJS.ProcessEnv): number => {
  const files = all.filter((file) => suiteOf(file) === name).sort()
  if (files.length === 0) throw new Error(`there are no ${name} tests`)
  const ended = spawnSync(
    process.execPath,
    ['--conditions=keyhold-source', '--test', `--test-timeout=${timeoutMs}`, ...others, ...files],
    { cwd: root, stdio: 'inherit', env: { ...process.env, NODE_OPTIONS: '', ...env } },
  )
  return ended.status ?? 1
}

/** What arguments to node leave out cannot be told from what no test does. */
const isWhole = suite === 'unit' && others.length === 0
const seen = mkdtempSync(join(tmpdir(), 'keyhold-seen-'))
try {
  const env = isWhole ? { KEYHOLD_REFUSALS: seen } : {}
  process.exitCode = run(suite, env)
  if (isWhole && process.exitCode === 0) process.exitCode = run('after', env)
  else if (suite === 'unit')
    console.log('Not run: the tests of what all tests together have seen, for not all have passed.')
} finally {
  rmSync(seen, { recursive: true })
}
