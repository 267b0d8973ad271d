import type { CompletionWords, FlagWords } from './words.ts'

/** The script for fish: one line for each command, operation and flag, with what it does. */
export const fish = (words: CompletionWords, shells: readonly string[]): string => {
  const { commands, services, direct, modes, globals } = words
  const isFirst = '__fish_use_subcommand'
  const lines = [
    'complete -c keyhold -f',
    ...commands.map(([name, doc]) => line(isFirst, `-a ${name} -d ${quoted(doc)}`)),
    ...modes.map(([word, command]) => line(isFirst, `${flagName(word)} -d ${quoted(command)}`)),
    line('__fish_seen_subcommand_from completion', `-a '${shells.join(' ')}'`),
  ]
  const inAny = `__fish_seen_subcommand_from ${services.map(({ name }) => name).join(' ')}`
  for (const service of services) {
    const isIn = `__fish_seen_subcommand_from ${service.name}`
    const names = [...service.operations.map(({ name }) => name), 'help'].join(' ')
    for (const { name, doc, flags } of service.operations) {
      const isNext = `${isIn}; and not __fish_seen_subcommand_from ${names}`
      lines.push(line(isNext, `-a ${name} -d ${quoted(doc)}`))
      const isSeen = `${isIn}; and __fish_seen_subcommand_from ${name}`
      lines.push(...flags.map((flag) => line(isSeen, flagText(flag))))
    }
  }
  lines.push(...globals.map((flag) => line(inAny, flagText(flag))))
  for (const { name, flags } of direct) {
    const isSeen = seen(name, modes, inAny)
    lines.push(line(isSeen, '-F'), ...flags.map((flag) => line(isSeen, flagText(flag))))
  }
  return `${lines.join('\n')}\n`
}

/** The command, or a flag that stands for it; operations of a service have the same names. */
const seen = (command: string, modes: CompletionWords['modes'], inAny: string): string => {
  const flags = modes
    .filter(([, meant]) => meant === command)
    .map(([word]) => (word.startsWith('--') ? word.slice(2) : `-s ${word.slice(1)}`))
  const itself = `__fish_seen_subcommand_from ${command}`
  const either =
    flags.length === 0
      ? itself
      : `begin; ${itself}; or __fish_contains_opt ${flags.toSorted().join(' ')}; end`
  return `not ${inAny}; and ${either}`
}

const line = (condition: string, rest: string): string =>
  `complete -c keyhold -n '${condition}' ${rest}`

const flagText = ({ name, short, doc, values, takesValue }: FlagWords): string => {
  const told = doc === '' ? '' : ` -d ${quoted(doc)}`
  const named = [name, ...(short === undefined ? [] : [short])].map(flagName).join(' ')
  if (values.length > 0) return `${named} -x -a '${values.join(' ')}'${told}`
  return `${named}${takesValue ? ' -r' : ''}${told}`
}

const flagName = (name: string): string =>
  name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
