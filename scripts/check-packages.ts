/** Builds and packs what is published, lints the tarballs, and starts the packed command once. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'

const root = join(import.meta.dirname, '..')
const scratch = mkdtempSync(join(tmpdir(), 'keyhold-pack-'))

const run = (command: string, args: readonly string[], cwd = root): string =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })

try {
  run(process.execPath, ['scripts/build.ts'])
  let faults = 0
  for (const name of ['envelope', 'kms']) {
    const directory = join(root, 'packages', name)
    run('npm', ['pack', '--silent', '--pack-destination', scratch], directory)
    const { messages, pkg } = await publint({ pkgDir: directory, strict: true, pack: 'npm' })
    for (const message of messages) {
      console.error(`${name}: ${formatMessage(message, pkg)}`)
      faults += 1
    }
  }
  const tarball = readdirSync(scratch).find((file) => /^keyhold-[0-9]/.test(file)) ?? ''
  run('tar', ['-xzf', join(scratch, tarball), '-C', scratch])
  // The packed command finds its dependencies where the repository has them.
  const version = run(
    process.execPath,
    [join(scratch, 'package/bin/keyhold.js'), '--version'],
    scratch,
  )
  if (!/^keyhold\/\d+\.\d+\.\d+/.test(version))
    throw new Error(`the packed command said ${version}`)
  process.exitCode = faults === 0 ? 0 : 1
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
