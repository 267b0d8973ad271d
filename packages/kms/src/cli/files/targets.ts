import type { Stats } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { FileInput, Input, Inputs, Skipped } from './inputs.ts'
import { fileUsage } from './parse.ts'
import { printable } from './printable.ts'

export type Target =
  | { readonly kind: 'file'; readonly path: string; readonly mayReplace: boolean }
  | { readonly kind: 'stdout' }

export type Job = {
  readonly input: Input
  readonly target: Target
  /** The output is there already, and nobody was asked about it. */
  readonly isReplacing?: boolean
}

export type Naming = {
  readonly command: 'encrypt' | 'decrypt' | 'rewrap'
  readonly cwd: string
  /** The value of -o. */
  readonly output: string | undefined
  /** The value of --suffix, which may be empty. */
  readonly suffix: string | undefined
  /** Inputs named by -i, as AWS's command line has them. */
  readonly isAwsStyle: boolean
  /** Outputs may replace files: given by -o and not forbidden, or forced. */
  readonly mayReplace: boolean
}

/** What is appended to the names of encrypted files. */
const ownSuffix = '.keyhold'
const awsSuffix = { encrypt: '.encrypted', decrypt: '.decrypted' } as const
/** What names of messages mostly end with. */
export const suffixes = [ownSuffix, awsSuffix.encrypt] as const

/** Gives each input its output. Throws when two would have the same one, or one would be an input. */
export const nameTargets = async (
  { inputs, isOne }: Inputs,
  naming: Naming,
): Promise<{ readonly jobs: readonly Job[]; readonly skipped: readonly Skipped[] }> => {
  const { command, output, cwd, mayReplace } = naming
  const isFolder =
    output !== undefined && output !== '-' && (await isDirectory(resolve(cwd, output)))
  // Where there is nothing to write, what is told is why.
  if (output !== undefined && !isFolder && !isOne && inputs.length > 0)
    throw fileUsage(
      command,
      'with several inputs, or a directory, -o has to be a directory that exists.',
    )
  const jobs: Job[] = []
  const skipped: Skipped[] = []
  const taken = new Map<string, string>()
  for (const input of inputs) {
    const path = targetPath(input, naming, isFolder)
    if (path === 'stdout') {
      jobs.push({ input, target: { kind: 'stdout' } })
      continue
    }
    if (typeof path === 'object') {
      // Found, not named: a file that has not the suffix is none of ours.
      if (!(input.kind === 'file' && input.isFound)) skipped.push(path)
      continue
    }
    const other = taken.get(path)
    if (other !== undefined)
      throw fileUsage(
        command,
        printable(`${other} and ${input.shown} would both be written to ${path}.`),
      )
    taken.set(path, input.shown)
    jobs.push({ input, target: { kind: 'file', path, mayReplace } })
  }
  const read = jobs.map((job) => job.input)
  await requireApart(read, taken, command)
  return { jobs, skipped }
}

/** No output may be one of the inputs, under whatever name: its only copy would be gone. */
const requireApart = async (
  inputs: readonly Input[],
  targets: ReadonlyMap<string, string>,
  command: Naming['command'],
): Promise<void> => {
  const files = new Map<string, string>()
  for (const input of inputs)
    if (input.kind === 'file' && input.stats.isFile()) files.set(identity(input.stats), input.shown)
  for (const path of targets.keys()) {
    const stats = await stat(path).catch(() => undefined)
    const shown = stats && files.get(identity(stats))
    if (shown !== undefined)
      throw fileUsage(command, `${printable(shown)} is an input and would be an output as well.`)
  }
}

const identity = ({ dev, ino }: Stats): string => `${dev}:${ino}`

const targetPath = (input: Input, naming: Naming, isFolder: boolean): string | Skipped => {
  const { command, cwd, output } = naming
  if (output === '-') return 'stdout'
  if (input.kind === 'stdin') {
    if (output === undefined) return 'stdout'
    if (isFolder) throw fileUsage(command, 'stdin needs an output file, and not a directory.')
    return resolve(cwd, output)
  }
  if (output !== undefined && !isFolder) return resolve(cwd, output)
  const name = targetName(input, naming)
  if (typeof name === 'object') return name
  return output === undefined
    ? join(dirname(input.path), name)
    : join(resolve(cwd, output), dirname(input.below), name)
}

const targetName = (input: FileInput, naming: Naming): string | Skipped => {
  const { command, output, suffix } = naming
  const name = input.below.split(/[/\\]/).at(-1) ?? ''
  if (command === 'rewrap') return name
  if (suffix !== undefined) return name + suffix
  if (naming.isAwsStyle && output !== undefined) return name + awsSuffix[command]
  const known = suffixes.find((end) => name.endsWith(end) && name.length > end.length)
  if (command === 'decrypt') {
    if (known !== undefined) return name.slice(0, -known.length)
    return { shown: input.shown, why: `its name does not end with ${ownSuffix}; give -o` }
  }
  if (known === ownSuffix && input.isFound)
    return { shown: input.shown, why: 'it is encrypted already' }
  return name + ownSuffix
}

const isDirectory = async (path: string): Promise<boolean> => {
  const stats = await stat(path).catch(() => undefined)
  return stats?.isDirectory() === true
}
