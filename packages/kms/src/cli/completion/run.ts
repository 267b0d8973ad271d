import { exitCode, usageError, type Io } from '../io.ts'
import { completionScript, shells } from './scripts.ts'
import { completionWords } from './words.ts'

const help = `usage: keyhold completion ${shells.join('|')}

Prints the script by which a shell completes commands, operations, flags and those
of their values that are a closed list. A shell loads it when it starts:

  bash   echo 'eval "$(keyhold completion bash)"' >> ~/.bashrc
  zsh    echo 'eval "$(keyhold completion zsh)"' >> ~/.zshrc      (after compinit)
  fish   keyhold completion fish > ~/.config/fish/completions/keyhold.fish
`

/** `keyhold completion bash|zsh|fish`: prints the script; the shell's own start-up file loads it. */
export const run = (
  args: readonly string[],
  io: Io,
  commands: readonly (readonly [string, string])[],
): Promise<number> => {
  const [first] = args
  if (first === 'help' || args.includes('--help') || args.includes('-h')) {
    io.stdout.write(help)
    return Promise.resolve(exitCode.done)
  }
  const shell = shells.find((name) => name === first)
  if (shell === undefined || args.length > 1) {
    throw usageError(`the shell is one of ${shells.join(', ')}: eval "$(keyhold completion bash)"`)
  }
  io.stdout.write(completionScript(shell, completionWords(commands)))
  return Promise.resolve(exitCode.done)
}
