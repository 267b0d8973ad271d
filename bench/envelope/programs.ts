/** The commands that encrypt files: Keyhold's, and those beside it. */
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Setting } from './setting.ts'
import { signings } from './streams.ts'
import { runTimed } from './timed-command.ts'
import { type Operation, rawKeyBytes, type Signing, suiteNames } from './work.ts'

/** A program, with the whole command that turns one file into another or into its output. */
export type Program = {
  readonly name: string
  readonly encrypts: (from: string, to: string | undefined) => readonly string[]
  readonly decrypts: (from: string, to: string | undefined) => readonly string[]
}

export const commandNames = {
  unsigned: 'keyhold, unsigned',
  signed: 'keyhold, signed',
} as const satisfies Record<Signing, string>

/** The command at `launcher` without a signature and with one; its raw key lies in `directory`. */
export const keyholdPrograms = async (
  launcher: string,
  directory: string,
): Promise<readonly (Program & { readonly signing: Signing })[]> => {
  const keyFile = join(directory, 'raw.key')
  await writeFile(keyFile, randomBytes(rawKeyBytes), { mode: 0o600 })
  const command = (verb: Operation, from: string, to = '-', suite?: string): readonly string[] => {
    const algorithm = suite === undefined ? [] : ['--algorithm', suite]
    const files = ['--raw-key-file', keyFile, '-i', from, '-o', to]
    return [process.execPath, launcher, verb, ...files, ...algorithm]
  }
  return signings.map((signing) => ({
    name: commandNames[signing],
    signing,
    encrypts: (from, to) => command('encrypt', from, to, suiteNames[signing]),
    decrypts: (from, to) => command('decrypt', from, to),
  }))
}

/** None if it is missing. */
export const agePrograms = async (
  { peers }: Setting,
  directory: string,
): Promise<readonly Program[]> => {
  if ('missing' in peers.age) return []
  const { command } = peers.age
  const identity = join(directory, 'age.key')
  const options = { cpu: undefined, output: 'keep' } as const
  await runTimed([`${command}-keygen`, '-o', identity], options)
  const { kept: recipient } = await runTimed([`${command}-keygen`, '-y', identity], options)
  const target = (to: string | undefined): readonly string[] => (to === undefined ? [] : ['-o', to])
  return [
    {
      name: 'age',
      encrypts: (from, to) => [command, '-r', recipient.trim(), ...target(to), from],
      decrypts: (from, to) => [command, '-d', '-i', identity, ...target(to), from],
    },
  ]
}
