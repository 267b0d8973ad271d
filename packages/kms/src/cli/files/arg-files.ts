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
    const words = splitWords(text)
    if (words === undefined)
      throw failure(`In the argument file ${arg.slice(1)} a quote is left open`)
    const meant = words.map((word) => expand(word, io.env))
    expanded.push(...(await expandArgFiles(meant, io, depth + 1)))
  }
  return expanded
}

/** What takes the meaning from the character behind it. */
const escapeHere = process.platform === 'win32' ? '`' : '\\'

/**
 * The words of an argument file: white space parts them, quotes keep it, a # that begins a word
 * hides the rest of its line. Within either kind of quotes only that quote and the escape itself can
 * be escaped, as AWS's command line has it. `undefined`: a quote is not closed.
 */
export const splitWords = (text: string, escape = escapeHere): string[] | undefined => {
  const words: string[] = []
  let word: string | undefined
  let quote: string | undefined
  for (let at = 0; at < text.length; at++) {
    const letter = text[at] ?? ''
    if (letter === escape) {
      const next = text[at + 1] ?? ''
      const isKept = quote !== undefined && next !== quote && next !== escape
      word = (word ?? '') + (isKept ? letter : next)
      if (!isKept) at += 1
    } else if (quote !== undefined) {
      if (letter === quote) quote = undefined
      else word += letter
    } else if (letter === '"' || letter === "'") {
      quote = letter
      word ??= ''
    } else if (/\s/.test(letter)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else if (letter === '#' && word === undefined) {
      at = endOfLine(text, at)
    } else word = (word ?? '') + letter
  }
  if (word !== undefined) words.push(word)
  return quote === undefined ? words : undefined
}

const endOfLine = (text: string, from: number): number => {
  const end = text.indexOf('\n', from)
  return end < 0 ? text.length : end
}
