/** Builds the packages that are published: plain ESM and types in `dist`, next to their sources. */
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const tsc = join(root, 'node_modules/.bin/tsc')

for (const name of ['envelope', 'kms']) {
  const directory = join(root, 'packages', name)
  rmSync(join(directory, 'dist'), { recursive: true, force: true })
  const run = spawnSync(tsc, ['-p', join(directory, 'tsconfig.build.json')], { stdio: 'inherit' })
  if (run.status !== 0 || !existsSync(join(directory, 'dist'))) {
    console.error(`the build of ${name} failed`)
    process.exit(1)
  }
}
