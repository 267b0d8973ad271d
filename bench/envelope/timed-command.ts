import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { FileHandle } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import type { Readable } from 'node:stream'
import { pinned } from '../children.ts'

export type CommandTimes = { readonly wallMs: number; readonly cpuMs: number }

/** The shell runs the command and then tells, on a pipe of its own, what the command used. */
const timingScript = '"$@"; status=$?; times >&3; exit $status'

/**
 * Runs a command to its end; `output` is where its standard output goes (a file, `ignore`, or
 * `keep`, which gives it back). Throws, with its last words, unless it ends well.
 */
export const runTimed = async (
  command: readonly string[],
  options: {
    readonly cpu: number | undefined
    readonly output: FileHandle | 'ignore' | 'keep'
    readonly env?: NodeJS.ProcessEnv
  },
): Promise<CommandTimes & { readonly kept: string }> => {
  const { output, env = { ...process.env, NODE_OPTIONS: '' } } = options
  const [file, ...args] = pinned(['sh', '-c', timingScript, 'sh', ...command], options.cpu)
  const stdout = output === 'keep' ? 'pipe' : output === 'ignore' ? 'ignore' : output.fd
  const startMs = performance.now()
  const child = spawn(file!, args, { env, stdio: ['ignore', stdout, 'pipe', 'pipe'] })
  const [kept, said, times] = [child.stdout, child.stderr, child.stdio[3] as Readable].map((pipe) =>
    pipe === null ? Promise.resolve('') : text(pipe),
  ) as [Promise<string>, Promise<string>, Promise<string>]
  const [code] = (await once(child, 'close')) as [number | null]
  const wallMs = performance.now() - startMs
  if (code !== 0) throw new Error(`${command[0]} ended with ${code}: ${(await said).trim()}`)
  return { wallMs, cpuMs: childMillis(await times), kept: await kept }
}

/**
 * What `times` says of the shell's children, user and system: POSIX has it on the second line, as
 * `0m1.25s 0m0.50s`.
 */
export const childMillis = (times: string): number => {
  const [user, system] = [...(times.split('\n')[1] ?? '').matchAll(/(\d+)m(\d+(?:\.\d+)?)s/g)].map(
    ([, minutes, seconds]) => Number(minutes) * 60_000 + Number(seconds) * 1000,
  )
  if (user === undefined || system === undefined)
    throw new Error(`the shell did not tell the times: ${times}`)
  return user + system
}
