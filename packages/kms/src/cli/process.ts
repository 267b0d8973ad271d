import { exitCode } from './io.ts'
import { main } from './main.ts'

/** Runs the command line of this process, and leaves its exit code behind. */
export const runProcess = async (): Promise<void> => {
  for (const stream of [process.stdout, process.stderr]) {
    // Whoever reads the output may have seen enough: `keyhold kms list-keys | head -1`.
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') return
      // Nothing can be said any more about what could not be written, but where it may be heard.
      process.stderr.write(`keyhold: the output cannot be written: ${error.message}\n`)
      process.exit(exitCode.failure)
    })
  }
  process.exitCode = await main(process.argv.slice(2), {
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
    env: process.env,
    cwd: process.cwd(),
  })
}
