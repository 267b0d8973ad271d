import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'

/** Whether processes can be given a CPU of their own, so that server and load do not share one. */
export const canPin: boolean =
  availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0

export type ChildOptions = {
  /** Absent: any, as the system likes. */
  readonly cpu?: number | undefined
  readonly nodeArgs?: readonly string[]
  readonly ipc?: boolean
  /** Whether its standard input is a pipe; otherwise there is none. */
  readonly hasInput?: boolean
  /** Whether what it says on standard error is dropped; otherwise it is shown. */
  readonly isQuiet?: boolean
}

/** How long a process may take to end by itself when it is told to. */
const endMs = 5000

/** The command as it runs on one CPU, if that is possible; without a CPU as it is. */
export const pinned = (command: readonly string[], cpu: number | undefined): readonly string[] =>
  canPin && cpu !== undefined ? ['taskset', '-c', String(cpu), ...command] : command

/** Starts a program, on one CPU if that is wanted and possible. Its standard output is a pipe. */
const startProgram = (command: readonly string[], options: ChildOptions): ChildProcess => {
  const [file, ...rest] = pinned(command, options.cpu)
  const env = { ...process.env, NODE_OPTIONS: '' }
  const errors = options.isQuiet === true ? 'ignore' : 'inherit'
  const streams = [options.hasInput === true ? 'pipe' : 'ignore', 'pipe', errors] as const
  return spawn(file!, rest, {
    env,
    stdio: options.ipc === true ? [...streams, 'ipc'] : [...streams],
  })
}

/** Ends a child that was started here, and resolves when it is gone. */
export const endChild = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), endMs)
  await gone
  clearTimeout(timer)
}

/** The first line of the child's output for which `find` finds something. Rejects if it ends before. */
export const firstLine = async <T>(
  child: ChildProcess,
  find: (line: string) => T | undefined,
): Promise<T> => {
  const { stdout } = child
  if (stdout === null) throw new TypeError('the output of the child is no pipe')
  stdout.setEncoding('utf8')
  return new Promise<T>((resolve, reject) => {
    let rest = ''
    stdout.on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        const found = find(line)
        if (found !== undefined) resolve(found)
      }
    })
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`a process ended with ${code} before it began`)))
  })
}

/** Those that hold something, in the order in which they were opened. */
const openScopes = new Set<Scope>()

/** Lets go of everything, wherever the benchmark is: for when it is interrupted. */
export const releaseAll = async (): Promise<void> => {
  for (const scope of [...openScopes].toReversed()) await scope[Symbol.asyncDispose]()
}

/** What a benchmark has to let go of, newest first, whether it succeeds or fails. */
export class Scope implements AsyncDisposable {
  readonly #releases: (() => Promise<void>)[] = []
  #end: Promise<void> | undefined

  constructor() {
    openScopes.add(this)
  }

  onEnd(release: () => Promise<void>): void {
    this.#releases.push(release)
  }

  /** This Node on `args`. */
  child(args: readonly string[], options: ChildOptions): ChildProcess {
    return this.program([process.execPath, ...(options.nodeArgs ?? []), ...args], options)
  }

  program(command: readonly string[], options: ChildOptions): ChildProcess {
    const child = startProgram(command, options)
    this.onEnd(() => endChild(child))
    return child
  }

  /** A new directory that is removed in the end. */
  async directory(parent: string = tmpdir()): Promise<string> {
    const path = await mkdtemp(join(parent, 'keyhold-bench-'))
    this.onEnd(() => rm(path, { recursive: true, force: true }))
    return path
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Asked twice at once, as an interruption does, both wait for the one end.
    this.#end ??= this.#releaseAll()
    await this.#end
  }

  async #releaseAll(): Promise<void> {
    for (const release of this.#releases.toReversed()) await release()
    openScopes.delete(this)
  }
}
