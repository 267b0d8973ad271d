import type { Dirent, Stats } from 'node:fs'
import { glob, readdir, stat } from 'node:fs/promises'
import { basename, join, relative, resolve } from 'node:path'
import { explain } from './explain.ts'

/** Something to read: a file, or stdin. */
export type FileInput = {
  readonly kind: 'file'
  /** Absolute. */
  readonly path: string
  /** As the user would name it. */
  readonly shown: string
  /** Where it stands below the directory that was named; of a named file, its own name. */
  readonly below: string
  /** Whether it was found in a directory, and not named itself. */
  readonly isFound: boolean
  readonly stats: Stats
}
export type StdinInput = { readonly kind: 'stdin'; readonly shown: string }
export type Input = FileInput | StdinInput

/** An input that is not read, and why. */
export type Skipped = { readonly shown: string; readonly why: string }

export type Inputs = {
  readonly inputs: readonly Input[]
  readonly skipped: readonly Skipped[]
  /** Whether exactly one file, or stdin, was named, and no pattern and no directory. */
  readonly isOne: boolean
}

export type Finding = {
  readonly cwd: string
  readonly recursive: boolean
  readonly symlinks: 'follow' | 'skip' | 'fail'
}

/** Finds what the named paths, patterns and directories mean, in the order of their names. */
export const findInputs = async (paths: readonly string[], finding: Finding): Promise<Inputs> => {
  const inputs: Input[] = []
  const skipped: Skipped[] = []
  let isOne = paths.length === 1
  const seen = new Set<string>()
  for (const named of paths) {
    if (named === '-') {
      inputs.push({ kind: 'stdin', shown: 'stdin' })
      continue
    }
    const matches = await matchesOf(named, finding.cwd)
    if (matches.length !== 1 || matches[0] !== named) isOne = false
    if (matches.length === 0) skipped.push({ shown: named, why: 'there is no such file' })
    for (const shown of matches) {
      const path = resolve(finding.cwd, shown)
      if (seen.has(path)) continue
      seen.add(path)
      const stats = await statsOf(path)
      if (stats === undefined) {
        skipped.push({ shown, why: linkToNothing })
      } else if (stats.isDirectory()) {
        isOne = false
        if (finding.recursive) await walk({ root: path, seen, inputs, skipped, ...finding }, path)
        else skipped.push({ shown, why: 'it is a directory; -r goes into it' })
      } else {
        inputs.push({ kind: 'file', path, shown, below: basename(path), isFound: false, stats })
      }
    }
  }
  return { inputs, skipped, isOne }
}

/** The paths that a pattern means; a file of this very name comes first. */
const matchesOf = async (named: string, cwd: string): Promise<readonly string[]> => {
  const isThere = await stat(resolve(cwd, named)).then(
    () => true,
    () => false,
  )
  if (isThere) return [named]
  if (!/[*?[{]/.test(named)) return []
  const found: string[] = []
  for await (const match of glob(named, { cwd })) found.push(match)
  return found.sort()
}

type Walk = Finding & {
  readonly root: string
  /** The paths that have been found, by whatever name. */
  readonly seen: Set<string>
  readonly inputs: Input[]
  readonly skipped: Skipped[]
}

const walk = async (found: Walk, folder: string): Promise<void> => {
  const { root, seen, inputs, skipped } = found
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    skipped.push({ shown: relative(found.cwd, folder), why: explain(error).message })
    return []
  })
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name)
    if (seen.has(path)) continue
    seen.add(path)
    const shown = relative(found.cwd, path)
    if (entry.isDirectory()) {
      await walk(found, path)
      continue
    }
    const isLink = entry.isSymbolicLink()
    if (isLink && found.symlinks === 'skip') continue
    const stats = isLink && found.symlinks === 'fail' ? undefined : await statsOf(path)
    if (stats === undefined || !stats.isFile())
      skipped.push({ shown, why: reasonToSkip(entry, stats, found) })
    else
      inputs.push({ kind: 'file', path, shown, below: relative(root, path), isFound: true, stats })
  }
}

const linkToNothing = 'it is a symbolic link to nothing'

const statsOf = async (path: string): Promise<Stats | undefined> =>
  await stat(path).catch(() => undefined)

/** Links to directories are never followed: they may lead in a circle, or out of the tree. */
const reasonToSkip = (entry: Dirent, stats: Stats | undefined, { symlinks }: Finding): string => {
  if (entry.isSymbolicLink() && symlinks === 'fail') return 'it is a symbolic link'
  if (stats !== undefined)
    return entry.isSymbolicLink()
      ? 'it is a symbolic link to something else than a file'
      : 'it is no ordinary file'
  if (entry.isSymbolicLink()) return linkToNothing
  return entry.name.includes('\ufffd') ? 'its name is not in UTF-8' : 'it is gone'
}
