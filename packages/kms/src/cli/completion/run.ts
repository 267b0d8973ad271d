import { exitCode, usageError, type Io } from '../io.ts'
import { completionScript, shells } from './scripts.ts'
import { completionWords } from './words.ts'

/** `keyhold completion bash|zsh|fish`: prints the script; the shell's own start-up file loads it. */
export const run = (
  args: readonly string[],
  io: Io,
  commands: readonly (readonly [string, string])[],
): Promise<number> => {
  const shell = shells.find((name) => name === args[0])
  if (shell === undefined || args.length > 1) {
    throw usageError(`the shell is one of ${shells.join(', ')}: eval "$(keyhold completion bash)"`)
  }
  io.stdout.write(completionScript(shell, completionWords(commands)))
  return Promise.resolve(exitCode.done)
}
