import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, describe, test } from 'node:test'
import { type Example, examplesOf } from './examples.ts'

const root = join(import.meta.dirname, '../../..')
const launcher = join(root, 'packages/kms/bin/keyhold.js')
const folder = mkdtempSync(join(tmpdir(), 'keyhold-examples-'))
const at = (...names: string[]): string => join(folder, ...names)
let service: ChildProcess | undefined
after(async () => {
  if (service?.kill('SIGTERM')) await once(service, 'exit')
  rmSync(folder, { recursive: true, force: true })
})

/** Commands find `keyhold` by its name, with or without npx, and modules find the packages. */
const prepare = (): void => {
  mkdirSync(at('bin'))
  for (const [name, line] of [
    ['keyhold', `exec '${process.execPath}' '${launcher}' "$@"`],
    ['npx', 'exec "$@"'],
  ] as const) {
    writeFileSync(at('bin', name), `#!/bin/sh\n${line}\n`)
    chmodSync(at('bin', name), 0o755)
  }
  mkdirSync(at('home'))
  mkdirSync(at('work'))
  symlinkSync(join(root, 'node_modules'), at('work/node_modules'))
  writeFileSync(at('work/package.json'), '{"type":"module"}')
  writeFileSync(at('environment'), '')
}

const env = {
  PATH: `${at('bin')}:${process.env['PATH'] ?? ''}`,
  HOME: at('home'),
  TMPDIR: folder,
}

/** A service in evaluation mode, of which `keyhold env` knows. Resolves once it is ready. */
const serve = async (): Promise<ChildProcess> => {
  const args = [launcher, 'serve', '--port', '0', '--log-format', 'json']
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface({ input: child.stdout }))
    if ((JSON.parse(line) as { event?: string }).event === 'ready') return child
  throw new Error('the service did not start')
}

/** Runs a script in the shell's environment as the scripts before it left it. */
const shell = (script: string): { readonly out: string; readonly err: string } => {
  const line = `set -eo pipefail; . '${at('environment')}'\n${script}\nexport -p > '${at('environment')}'`
  const ran = spawnSync('bash', ['-c', line], { cwd: at('work'), env, timeout: 60_000 })
  const [out, err] = [ran.stdout.toString(), ran.stderr.toString()]
  assert.equal(ran.status, 0, `${out}${err}`)
  return { out, err }
}

const run = ({ language, text, file, output }: Example): void => {
  if (language === 'js') writeFileSync(at('work', file), text)
  const script =
    language === 'js'
      ? `'${process.execPath}' --conditions=keyhold-source --disable-warning=ExperimentalWarning ${file}`
      : text
  const { out, err } = shell(script)
  if (language === 'js') assert.equal(err, '')
  assert.match(out, output, out)
}

// The other commands of README.md install, and serve until they are told to stop.
const pages: readonly (readonly [string, string | undefined])[] = [
  ['docs/envelope.md', undefined],
  ['docs/access.md', undefined],
  ['docs/identities.md', undefined],
  ['docs/import.md', undefined],
  ['packages/envelope/README.md', undefined],
  ['README.md', 'Encrypt files and data of any size'],
]

describe('the examples', async () => {
  prepare()
  service = await serve()
  for (const [page, section] of pages) {
    const examples = examplesOf(readFileSync(join(root, page), 'utf8'), section)
    test(`are there in ${page}`, () => {
      assert.ok(examples.length > 0)
    })
    for (const example of examples)
      test(`the one at line ${example.line} of ${page} does what it says`, () => {
        run(example)
      })
  }
})
