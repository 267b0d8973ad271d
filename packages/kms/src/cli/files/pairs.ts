import type { FileCommand } from './flag-table.ts'
import { fileUsage } from './parse.ts'

/** The values of `name=value` words, by their names. */
export type Pairs = ReadonlyMap<string, readonly string[]>

/** Reads `name=value` words, neither part empty. Throws for a name that is not a known one. */
export const parsePairs = (
  command: FileCommand,
  flag: string,
  words: readonly string[],
  known?: readonly string[],
): Pairs => {
  const pairs = new Map<string, string[]>()
  for (const word of words) {
    const equals = word.indexOf('=')
    if (equals < 1 || equals === word.length - 1)
      throw fileUsage(command, `${flag} takes NAME=VALUE; ${word} is none.`)
    const name = word.slice(0, equals)
    if (known?.includes(name) === false)
      throw fileUsage(command, `${flag} has no ${name}=; it has ${known.join('=, ')}=.`)
    pairs.set(name, [...(pairs.get(name) ?? []), word.slice(equals + 1)])
  }
  return pairs
}

/** The one value of a name; `undefined`: it is not there. */
export const onlyValue = (
  command: FileCommand,
  flag: string,
  pairs: Pairs,
  name: string,
): string | undefined => {
  const [value, ...others] = pairs.get(name) ?? []
  if (others.length > 0) throw fileUsage(command, `${flag} has more than one ${name}=.`)
  return value
}

/** A whole number from `least` to `most`. */
export const parseCount = (
  command: FileCommand,
  what: string,
  text: string,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): number => {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= least && value <= most) return value
  const range = value > most ? `of at most ${most}` : `of at least ${least}`
  throw fileUsage(command, `${what} is a whole number ${range}; not ${text}.`)
}
