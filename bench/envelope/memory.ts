/** How much memory does a very long stream take at its peak, in a program and by the command? */
import { open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { packedLauncher } from '../built-command.ts'
import { Scope } from '../children.ts'
import { tableText } from '../statistics.ts'
import { contestantCpu, type Cores } from './contestant.ts'
import type { MemoryOrder } from './memory-child.ts'
import { keyholdPrograms } from './programs.ts'
import { roomyDirectory } from './scratch.ts'
import { gib, keyholdNames, mib, type Setting } from './setting.ts'
import { operations, signings, ways } from './streams.ts'
import { runTimed } from './timed-command.ts'
import type { Operation, Signing, Way } from './work.ts'

/** Who has the memory: a program, by one of the SDK's ways, or the command. */
export type MemoryUser = Way | 'command'

/** One kind of stream, with the command that works on it. */
type Case = {
  readonly user: MemoryUser
  readonly signing: Signing
  readonly cores: Cores
  readonly commandOf: (operation: Operation) => readonly string[]
}

export type Peak = Omit<Case, 'commandOf'> & {
  readonly operation: Operation
  readonly peakBytes: number
  readonly wallMs: number
}

export const measureMemory = async (
  setting: Setting,
): Promise<{ readonly text: string; readonly figures: readonly Peak[] }> => {
  await using scope = new Scope()
  const plaintextBytes = setting.quick ? gib / 2 : 4 * gib
  const { path: directory, kind } = await roomyDirectory(scope, plaintextBytes + gib / 4)
  const path = join(directory, 'message')
  setting.tell('memory: building the command')
  const cases = [
    ...programCases(path, plaintextBytes),
    ...(await commandCases(scope, directory, path, plaintextBytes)),
  ]
  const peakFile = join(directory, 'peak')
  const figures: Peak[] = []
  for (const { commandOf, ...about } of cases) {
    const { user, signing, cores } = about
    for (const operation of operations) {
      setting.tell(`memory, ${user}, ${signing} ${operation}, cores: ${cores}`)
      figures.push({
        ...about,
        operation,
        ...(await peakOf(commandOf(operation), cores, peakFile)),
      })
    }
    await rm(path)
  }
  return { text: textOf(figures, plaintextBytes, kind), figures }
}

/** On one core signed streams take their time, and have no more memory than on all: left out. */
const programCases = (path: string, plaintextBytes: number): readonly Case[] =>
  ways.flatMap((user) =>
    signings.flatMap((signing) =>
      (signing === 'signed' ? (['all'] as const) : (['one', 'all'] as const)).map((cores) => ({
        user,
        signing,
        cores,
        commandOf: (operation): readonly string[] => {
          const concurrency = cores === 'one' ? 1 : undefined
          const about = { way: user, operation, signing, concurrency }
          const order: MemoryOrder = { ...about, path, plaintextBytes }
          const script = join(import.meta.dirname, 'memory-child.ts')
          return [process.execPath, script, JSON.stringify(order)]
        },
      })),
    ),
  )

/** A file of which nothing is written reads as zeros, and takes no room. */
const commandCases = async (
  scope: Scope,
  directory: string,
  path: string,
  plaintextBytes: number,
): Promise<readonly Case[]> => {
  const plain = join(directory, 'plain')
  await using file = await open(plain, 'w')
  await file.truncate(plaintextBytes)
  const programs = await keyholdPrograms(await packedLauncher(scope), directory)
  return programs.map(({ signing, encrypts, decrypts }) => ({
    user: 'command',
    signing,
    cores: 'all',
    commandOf: (operation) =>
      operation === 'encrypt' ? encrypts(plain, path) : decrypts(path, undefined),
  }))
}

const peakOf = async (
  command: readonly string[],
  cores: Cores,
  peakFile: string,
): Promise<Pick<Peak, 'peakBytes' | 'wallMs'>> => {
  const preload = pathToFileURL(join(import.meta.dirname, 'peak-memory.mjs'))
  const { wallMs } = await runTimed(command, {
    cpu: cores === 'one' ? contestantCpu : undefined,
    output: 'ignore',
    env: { ...process.env, NODE_OPTIONS: `--import=${preload.href}`, BENCH_PEAK_FILE: peakFile },
  })
  const peakBytes = Number(await readFile(peakFile, 'utf8'))
  await rm(peakFile)
  if (!(peakBytes > 0)) throw new Error('the system does not tell how much memory a process had')
  return { peakBytes, wallMs }
}

const textOf = (peaks: readonly Peak[], plaintextBytes: number, kind: string): string => {
  const names = { ...keyholdNames, command: 'the command' }
  const rows = peaks.map(({ user, operation, signing, cores, peakBytes, wallMs }) => [
    names[user],
    `${operation}, ${signing}`,
    cores,
    (peakBytes / mib).toFixed(0),
    (plaintextBytes / 1000 / wallMs).toFixed(0),
  ])
  return (
    `\nmemory of a stream of ${plaintextBytes / mib} MiB, ${kind}: a process each, the most it ever had\n` +
    tableText([['contestant', 'stream', 'cores', 'peak MiB', 'MB/s'], ...rows]) +
    '  rates are those of whole processes; encrypting writes a file, decrypting reads it\n'
  )
}
