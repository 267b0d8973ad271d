/**
 * Runs a suite with `node --test`: `unit` needs only the checkout, `vectors` reads the shared test
 * vectors beside it and fails where they are missing, `long` takes many minutes. Further arguments
 * go to node.
 */
import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const [suite = 'unit', ...others] = process.argv.slice(2)
const suiteOf = (file: string): string =>
  /\.(?<suite>vectors|long)\.test\.ts$/.exec(file)?.groups?.['suite'] ?? 'unit'
const timeoutMs = suite === 'long' ? 3_600_000 : 240_000
const all = globSync('{packages/*,scripts,bench}/**/*.test.ts', {
  cwd: root,
  exclude: (name) => name === 'node_modules' || name === 'dist',
})
const files = all.filter((file) => suiteOf(file) === suite).sort()
if (files.length === 0) throw new Error(`there are no ${suite} tests`)

const run = spawnSync(
  process.execPath,
  ['--conditions=keyhold-source', '--test', `--test-timeout=${timeoutMs}`, ...others, ...files],
  { cwd: root, stdio: 'inherit', env: { ...process.env, NODE_OPTIONS: '' } },
)
process.exitCode = run.status ?? 1
