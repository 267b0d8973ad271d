import { realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve, sep } from 'node:path'
import type { Io } from '../io.ts'
import type { FileCommand } from './flag-table.ts'
import { type FileArgs, fileUsage } from './parse.ts'
import { valueOf } from './settings.ts'
import type { Job } from './targets.ts'

/**
 * Where --metadata-output has the lines go; `undefined`: none are wanted. Throws a usage error for
 * a place where they would mix with the output, or destroy a file that is read or written.
 */
export const metadataPath = async (
  command: FileCommand,
  args: FileArgs,
  jobs: readonly Job[],
  io: Pick<Io, 'cwd'>,
): Promise<string | undefined> => {
  const path = valueOf(args, '--metadata-output')
  if (path === undefined) return undefined
  const why = args.flags.has('--suppress-metadata')
    ? 'and -S exclude each other'
    : await reasonAgainst(path, jobs, valueOf(args, '--output'), io)
  if (why !== undefined) throw fileUsage(command, `--metadata-output ${why}.`)
  return path
}

const reasonAgainst = async (
  path: string,
  jobs: readonly Job[],
  output: string | undefined,
  { cwd }: Pick<Io, 'cwd'>,
): Promise<string | undefined> => {
  if (path === '') return 'needs a path'
  if (path === '-')
    return jobs.some(({ target }) => target.kind === 'stdout')
      ? 'is stdout, which is the output as well'
      : undefined
  const stats = await stat(resolve(cwd, path)).catch(() => undefined)
  if (stats?.isDirectory()) return 'is a directory'
  const real = await realPathOf(resolve(cwd, path))
  for (const { input, target } of jobs) {
    const isInput =
      input.kind === 'file' && input.stats.dev === stats?.dev && input.stats.ino === stats.ino
    if (isInput) return 'is one of the inputs'
    // Other names need no look: of 10,000 files hardly one has this one.
    if (target.kind === 'file' && basename(target.path) === basename(real))
      if ((await realPathOf(target.path)) === real) return 'is one of the outputs'
  }
  for (const folder of [...inputFolders(jobs), ...(output === undefined ? [] : [output])]) {
    const realFolder = await realPathOf(resolve(cwd, folder))
    const isFolder = (await stat(realFolder).catch(() => undefined))?.isDirectory()
    if (isFolder && real.startsWith(realFolder + sep))
      return `lies in ${folder}, which is worked on`
  }
  return undefined
}

/** The directories that were named, and whose files were found. */
const inputFolders = (jobs: readonly Job[]): ReadonlySet<string> => {
  const folders = new Set<string>()
  for (const { input } of jobs)
    if (input.kind === 'file' && input.isFound)
      folders.add(input.path.slice(0, -(input.below.length + 1)))
  return folders
}

/** The path without links, also of a file that is not there yet. */
const realPathOf = async (path: string): Promise<string> =>
  await realpath(path).catch(async () => {
    const folder = dirname(path)
    return join(await realpath(folder).catch(() => folder), basename(path))
  })
