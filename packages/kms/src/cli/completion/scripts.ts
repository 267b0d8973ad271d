import type { CompletionWords, FlagWords } from './words.ts'

export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

/** The script that teaches a shell to complete `keyhold`. */
export const completionScript = (shell: Shell, words: CompletionWords): string => {
  if (shell === 'bash') return bash(words)
  return shell === 'zsh' ? zsh(words) : fish(words)
}

const names = (words: readonly { readonly name: string }[]): string =>
  words.map((word) => word.name).join(' ')

const bash = (words: CompletionWords): string => `_keyhold() {
  local current previous command operation word i candidates
  current="\${COMP_WORDS[COMP_CWORD]}"
  previous="\${COMP_WORDS[COMP_CWORD-1]}"
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    case "$word" in
      ${valueFlags(words)}) ((i++)); continue ;;
      -*) continue ;;
    esac
    if [ -z "$command" ]; then command="$word"
    elif [ -z "$operation" ]; then operation="$word"; fi
  done
${posixValues(words)}
${posixFlags(words)}
  COMPREPLY=($(compgen -W "$candidates" -- "$current"))
}
complete -o default -F _keyhold keyhold
`

const zsh = (words: CompletionWords): string => `#compdef keyhold
_keyhold() {
  local previous command operation word i
  local -a given
  given=("\${(@)words[1,CURRENT-1]}")
  local candidates=""
  for ((i = 2; i <= \${#given}; i++)); do
    word="\${given[i]}"
    case "$word" in
      ${valueFlags(words)}) ((i++)); continue ;;
      -*) continue ;;
    esac
    if [ -z "$command" ]; then command="$word"
    elif [ -z "$operation" ]; then operation="$word"; fi
  done
  previous="\${given[-1]}"
${posixValues(words)}
${posixFlags(words)}
  compadd -- \${=candidates}
}
if [ "$funcstack[1]" = _keyhold ]; then _keyhold "$@"; else compdef _keyhold keyhold; fi
`

/** Global flags that a value follows: the value is neither a command nor an operation. */
const valueFlags = (words: CompletionWords): string =>
  words.globals
    .filter((flag) => flag.takesValue)
    .map((flag) => flag.name)
    .join('|')

/** After a flag whose values are a closed list: those values. */
const posixValues = (words: CompletionWords): string => {
  const cases = words.operations.flatMap((operation) =>
    operation.flags
      .filter((flag) => flag.values.length > 0)
      .map((flag) => caseLine(`${operation.name}:${flag.name}`, flag.values.join(' '))),
  )
  const globals = words.globals
    .filter((flag) => flag.values.length > 0)
    .map((flag) => caseLine(`*:${flag.name}`, flag.values.join(' ')))
  return `  candidates=""
  case "$operation:$previous" in
${[...cases, ...globals].join('\n')}
  esac`
}

/** Otherwise: commands, operations, or the flags of the operation. */
const posixFlags = (words: CompletionWords): string => {
  const cases = words.operations.map((operation) =>
    caseLine(`kms:${operation.name}`, `${names(operation.flags)} ${names(words.globals)}`),
  )
  return `  if [ -z "$candidates" ]; then
    case "$command:$operation" in
${[
  caseLine(':', words.commands.map(([name]) => name).join(' ')),
  caseLine('kms:', `${names(words.operations)} help`),
  ...cases,
  caseLine('completion:', shells.join(' ')),
]
  .map((line) => `  ${line}`)
  .join('\n')}
    esac
  fi`
}

const caseLine = (pattern: string, words: string): string =>
  `    ${pattern}) candidates="${words}" ;;`

const fish = (words: CompletionWords): string => {
  const lines = [
    'complete -c keyhold -f',
    ...words.commands.map(([name, doc]) =>
      fishLine('__fish_use_subcommand', `-a ${name} -d ${quoted(doc)}`),
    ),
    fishLine('__fish_seen_subcommand_from completion', `-a '${shells.join(' ')}'`),
  ]
  const operations = `${names(words.operations)} help`
  const inKms = '__fish_seen_subcommand_from kms'
  for (const operation of words.operations) {
    const doc = `-a ${operation.name} -d ${quoted(operation.doc)}`
    lines.push(fishLine(`${inKms}; and not __fish_seen_subcommand_from ${operations}`, doc))
    const seen = `${inKms}; and __fish_seen_subcommand_from ${operation.name}`
    lines.push(...operation.flags.map((flag) => fishLine(seen, fishFlag(flag))))
  }
  lines.push(...words.globals.map((flag) => fishLine(inKms, fishFlag(flag))))
  return `${lines.join('\n')}\n`
}

const fishLine = (condition: string, rest: string): string =>
  `complete -c keyhold -n '${condition}' ${rest}`

const fishFlag = (flag: FlagWords): string => {
  const doc = flag.doc === '' ? '' : ` -d ${quoted(flag.doc)}`
  const values = flag.values.length === 0 ? '' : ` -x -a '${flag.values.join(' ')}'`
  return `-l ${flag.name.slice(2)}${values}${doc}`
}

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
