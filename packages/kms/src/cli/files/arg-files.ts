import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { failure, type Io } from '../io.ts'
import { expand } from '../paramfile.ts'

/** An argument file may name another one; further down than this they name each other. */
const depthMax = 8

/**
 * Puts the words of each `@file` in its place: split as a shell would, with quotes, `#` comments,
 * `~` and the environment's variables.
 */
export const expandArgFiles = async (
  args: readonly string[],
  io: Pick<Io, 'cwd' | 'env'>,
  depth = 0,
): Promise<string[]> => {
  const expanded: string[] = []
  for (const arg of args) {
    if (!arg.startsWith('@') || arg.length === 1) {
      expanded.push(arg)
      continue
    }
    if (depth >= depthMax) throw failure(`${arg}: argument files name each other without an end`)
    const path = resolve(io.cwd, expand(arg.slice(1), io.env))
    let text: string
    try {
      text = await readFile(path, 'utf8')
    } catch (error) {
      throw failure(`The argument file ${arg.slice(1)} cannot be read`, error)
    }
    const words = splitWords(text).map((word) => expand(word, io.env))
    expanded.push(...(await expandArgFiles(words, io, depth + 1)))
  }
  return expanded
}

/** Words between white space; quotes keep it, a backslash keeps what follows, # ends a line. */
export const splitWords = (text: string): string[] => {
  const words: string[] = []
  const form = /\s+|#[^\n]*|((?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\])+)/gsy
  for (const [, word] of text.matchAll(form)) if (word !== undefined) words.push(unquoted(word))
  return words
}

const unquoted = (word: string): string =>
  word.replace(
    /'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)/gs,
    (_whole, single: string | undefined, double: string | undefined, escaped: string | undefined) =>
      single ?? double?.replace(/\\(["\\$])/g, '$1') ?? escaped ?? '',
  )
