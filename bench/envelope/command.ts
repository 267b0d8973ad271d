/** How fast is the command on a large file, beside age? */
import { randomBytes } from 'node:crypto'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { packedLauncher } from '../built-command.ts'
import { Scope } from '../children.ts'
import { spreadOf, spreadText, tableText } from '../statistics.ts'
import { contestantCpu, type Contestant, type Cores } from './contestant.ts'
import { agePrograms, commandNames, keyholdPrograms, type Program } from './programs.ts'
import { figuresOf, interleaved, speedRatio, type Taken } from './rounds.ts'
import { roomyDirectory } from './scratch.ts'
import { mib, type Setting } from './setting.ts'
import { count, kept, takenOf } from './stream-tables.ts'
import { operations } from './streams.ts'
import { runTimed } from './timed-command.ts'
import type { Operation } from './work.ts'

/** Where the output goes: into a file, or nowhere. */
type Destination = 'file' | 'nowhere'

/** All contestants of one operation and destination, in the same rounds. */
export type CommandCourse = {
  readonly operation: Operation
  readonly destination: Destination
  readonly taken: readonly Taken[]
}

export type Commands = {
  readonly courses: readonly CommandCourse[]
  readonly text: string
  readonly figures: object
}

export const measureCommand = async (setting: Setting): Promise<Commands> => {
  await using scope = new Scope()
  setting.tell('command: building it')
  const launcher = await packedLauncher(scope)
  const { path: directory, kind } = await roomyDirectory(scope, 6 * setting.streamBytes)
  const programs = [
    ...(await keyholdPrograms(launcher, directory)),
    ...(await agePrograms(setting, directory)),
  ]
  const plain = join(directory, 'plain')
  await writeLargeFile(plain, setting.streamBytes)
  const sealedBy = ({ name }: Program): string => join(directory, `sealed by ${name}`)
  for (const program of programs)
    await runTimed(program.encrypts(plain, sealedBy(program)), { cpu: undefined, output: 'ignore' })
  const courses: CommandCourse[] = []
  for (const destination of ['nowhere', 'file'] as const)
    for (const operation of operations) {
      const tell = (text: string): void =>
        setting.tell(`command, ${operation} to ${destination}: ${text}`)
      const contestants = programs.flatMap((program) => {
        const from = operation === 'encrypt' ? plain : sealedBy(program)
        const to = destination === 'file' ? join(directory, 'output') : undefined
        const command = program[operation === 'encrypt' ? 'encrypts' : 'decrypts'](from, to)
        return (['one', 'all'] as const).map((cores) =>
          contestantOf(program, cores, command, to, setting),
        )
      })
      const taken = await interleaved(contestants, setting.rounds, tell)
      courses.push({ operation, destination, taken })
    }
  return { courses, text: textOf(courses, setting, kind), figures: kept(courses) }
}

const contestantOf = (
  { name }: Program,
  cores: Cores,
  command: readonly string[],
  to: string | undefined,
  { streamBytes }: Setting,
): Contestant => ({
  name,
  cores,
  turn: async () => {
    if (to !== undefined) await rm(to, { force: true })
    const cpu = cores === 'one' ? contestantCpu : undefined
    const { wallMs, cpuMs } = await runTimed(command, { cpu, output: 'ignore' })
    return { bytes: streamBytes, messages: 1, wallMs, cpuMs }
  },
})

const writeLargeFile = async (path: string, bytes: number): Promise<void> => {
  const piece = randomBytes(mib)
  const file = await open(path, 'w')
  try {
    for (let at = 0; at < bytes; at += piece.length) await file.write(piece)
  } finally {
    await file.close()
  }
}

const textOf = (
  courses: readonly CommandCourse[],
  { streamBytes }: Setting,
  kind: string,
): string => {
  const head = ['command', 'cores', 'to', 'operation', 'unsigned keyhold / it', 'MB/s']
  head.push('wall ms', 'CPU ms')
  const rows = courses.flatMap((course) =>
    course.taken.map((one) => {
      const { mbPerSecond } = figuresOf(one)
      const unsigned = takenOf(course, commandNames.unsigned, one.cores)!
      return [
        one.name,
        one.cores,
        course.destination,
        course.operation,
        one === unsigned ? '' : spreadText(speedRatio(unsigned, one), 2),
        spreadText(mbPerSecond),
        spreadOf(one.turns.map(({ wallMs }) => wallMs)).median.toFixed(0),
        spreadOf(one.turns.map(({ cpuMs }) => cpuMs)).median.toFixed(0),
      ]
    }),
  )
  return (
    `\nwhole commands, start and end included, on a file of ${count(streamBytes / mib)} MiB; ${kind}\n` +
    tableText([head, ...rows]) +
    '  keyhold syncs its output before it gives it its name; age neither signs nor syncs\n'
  )
}
