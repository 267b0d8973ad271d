import type { Io } from '../io.ts'
import { expandArgFiles } from './arg-files.ts'
import { fileFlags } from './flag-table.ts'
import { fileUsage } from './parse.ts'
import { run } from './run.ts'

/** The flags of AWS's command line that choose a command. */
export const modes: { readonly [word: string]: 'encrypt' | 'decrypt' } = {
  '-e': 'encrypt',
  '--encrypt': 'encrypt',
  '-d': 'decrypt',
  '--decrypt': 'decrypt',
  '--decrypt-unsigned': 'decrypt',
}

/** What only a line of AWS's command line begins with, besides its mode. */
const starts = [
  '-i',
  '--input',
  '-o',
  '-w',
  '--wrapping-keys',
  '-c',
  '--encryption-context',
  '-S',
  '--suppress-metadata',
  '--metadata-output',
]

/** Whether a command line begins as AWS's: with flags, or a file of them, instead of a command. */
export const isModeLine = (args: readonly string[]): boolean => {
  const [first = ''] = args
  if (first.startsWith('@')) return true
  if (!first.startsWith('-')) return false
  const [name = ''] = first.split('=')
  return (
    starts.includes(name) || isSlip(first) || args.flatMap(splitJoined).some((word) => isMode(word))
  )
}

/** `keyhold -e …` and `keyhold -d …`: the same commands, with the flags of AWS's command line. */
export const runModeLine = async (args: readonly string[], io: Io): Promise<number> => {
  const words = (await expandArgFiles(args, io)).flatMap(splitJoined).map(inFull)
  const slip = words.find(isSlip)
  if (slip !== undefined) throw fileUsage('encrypt', `there is no ${slip}; is it -${slip}?`)
  const given = words.filter(isMode)
  const [mode = '', ...others] = given
  const command = Object.hasOwn(modes, mode) ? modes[mode] : undefined
  if (command === undefined)
    throw fileUsage('encrypt', 'give -e to encrypt, or -d or --decrypt-unsigned to decrypt.')
  if (others.length > 0) throw fileUsage(command, `${given.join(' and ')} exclude each other.`)
  const rest = words.filter((word) => word !== mode || word === '--decrypt-unsigned')
  return await run(command, rest, io)
}

const isMode = (word: string): boolean => Object.hasOwn(modes, inFull(word))

/** The only mode that has beginnings which no other flag has. */
const inFull = (word: string): string =>
  word.startsWith('--decrypt-') && '--decrypt-unsigned'.startsWith(word)
    ? '--decrypt-unsigned'
    : word

/** `-encrypt`: read as joined flags it would mean something else than what was meant. */
const isSlip = (word: string): boolean => word.length > 2 && Object.hasOwn(modes, `-${word}`)

/** Takes the mode out of joined flags: `-eS` is `-e` and `-S`. */
const splitJoined = (word: string): readonly string[] => {
  if (!/^-[a-zA-Z]{2}/.test(word)) return [word]
  if (fileFlags.some(({ name }) => name === `-${word.split('=')[0]}`)) return [word]
  for (let at = 1; at < word.length; at++) {
    const mode = `-${word[at]}`
    if (isMode(mode) && !isSlip(word)) return [mode, word.slice(0, at) + word.slice(at + 1)]
    const flag = fileFlags.find(({ name, short }) => name === mode || short === mode)
    if (flag?.values !== 'none') return [word]
  }
  return [word]
}
