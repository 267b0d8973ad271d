import { fish } from './fish.ts'
import type { CompletionWords, FlagWords } from './words.ts'

export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

/** The script that teaches a shell to complete `keyhold`. */
export const completionScript = (shell: Shell, words: CompletionWords): string => {
  if (shell === 'bash') return bash(words)
  return shell === 'zsh' ? zsh(words) : fish(words, shells)
}

const bash = (words: CompletionWords): string => `_keyhold() {
  local current previous command operation word i candidates
  current="\${COMP_WORDS[COMP_CWORD]}"
  previous="\${COMP_WORDS[COMP_CWORD-1]}"
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
${posixWord(words)}
  done
${posixValues(words)}
${posixFlags(words)}
  COMPREPLY=($(compgen -W "$candidates" -- "$current"))
}
complete -o default -F _keyhold keyhold
`

const zsh = (words: CompletionWords): string => `#compdef keyhold
_keyhold() {
  local current previous command operation word i
  local -a given
  given=("\${(@)words[1,CURRENT-1]}")
  local candidates=""
  current="\${words[CURRENT]}"
  for ((i = 2; i <= \${#given}; i++)); do
    word="\${given[i]}"
${posixWord(words)}
  done
  previous="\${given[-1]}"
${posixValues(words)}
${posixFlags(words)}
  if [ -n "$candidates" ]; then compadd -- \${=candidates}; else _files; fi
}
if [ "$funcstack[1]" = _keyhold ]; then _keyhold "$@"; else compdef _keyhold keyhold; fi
`

/** What a word before the current one is: a flag, a value that is passed over, or a command. */
const posixWord = ({ globals, modes }: CompletionWords): string => {
  const valueFlags = globals.filter((flag) => flag.takesValue).map((flag) => flag.name)
  const lines = [
    `${valueFlags.join('|')}) ((i++)); continue ;;`,
    ...modes.map(([word, command]) => `${word}) command="\${command:-${command}}"; continue ;;`),
    '-*) continue ;;',
  ]
  return `    case "$word" in
${lines.map((line) => `      ${line}`).join('\n')}
    esac
    if [ -z "$command" ]; then command="$word"
    elif [ -z "$operation" ]; then operation="$word"; fi`
}

/** After a flag whose values are a closed list: those values. */
const posixValues = ({ services, direct, globals }: CompletionWords): string => {
  const after = (place: string, flags: readonly FlagWords[]): readonly string[] =>
    flags
      .filter(({ values }) => values.length > 0)
      .map(({ name, values }) => caseLine(`${place}:${name}`, values))
  const cases = [
    ...services.flatMap(({ name: service, operations }) =>
      operations.flatMap(({ name, flags }) => after(`${service}:${name}`, flags)),
    ),
    ...direct.flatMap(({ name, flags }) => after(`${name}:*`, flags)),
    ...services.flatMap(({ name }) => after(`${name}:*`, globals)),
    ...after(':*', globals),
  ]
  return `  candidates=""
  case "$command:$operation:$previous" in
${cases.join('\n')}
  esac`
}

/** Otherwise: commands, operations, or flags; those of direct commands after a dash, else files. */
const posixFlags = ({ services, direct, globals, modes, commands }: CompletionWords): string => {
  const ofAll = globals.flatMap(namesOf)
  const cases = [
    caseLine('::-', [...modes.map(([word]) => word), ...ofAll]),
    caseLine(
      '::*',
      commands.map(([name]) => name),
    ),
    ...direct.map(({ name, flags }) => caseLine(`${name}:*:-`, flags.flatMap(namesOf))),
    ...services.flatMap(({ name: service, operations }) => [
      caseLine(`${service}::*`, [...operations.map(({ name }) => name), 'help']),
      ...operations.map(({ name, flags }) =>
        caseLine(`${service}:${name}:*`, [...flags.flatMap(namesOf), ...ofAll]),
      ),
    ]),
    caseLine('completion::*', shells),
  ]
  return `  if [ -z "$candidates" ]; then
    case "$command:$operation:\${current:0:1}" in
${cases.map((line) => `  ${line}`).join('\n')}
    esac
  fi`
}

const namesOf = ({ name, short }: FlagWords): readonly string[] =>
  short === undefined ? [name] : [name, short]

const caseLine = (pattern: string, words: readonly string[]): string =>
  `    ${pattern}) candidates="${words.join(' ')}" ;;`
