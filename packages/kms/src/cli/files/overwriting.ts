import { stat } from 'node:fs/promises'
import { failure, type Io } from '../io.ts'
import { printable } from './printable.ts'
import type { Report } from './report.ts'
import type { Job } from './targets.ts'

/** The jobs whose outputs are free, or may be replaced; the others are reported as skipped. */
export const requireFree = async (
  jobs: readonly Job[],
  isInteractive: boolean,
  report: Report,
  io: Io,
): Promise<readonly Job[]> => {
  const answers = isInteractive ? linesOf(io.stdin) : undefined
  if (isInteractive && jobs.some(({ input }) => input.kind === 'stdin'))
    throw failure('--interactive asks on stdin, which is the input: give only one of both')
  const free: Job[] = []
  for (const job of jobs) {
    const { input, target } = job
    if (target.kind === 'stdout' || !(await isFile(target.path))) {
      free.push(job)
    } else if (!target.mayReplace) {
      report.skipped(input.shown, `${target.path} is there already; -f replaces it`)
    } else if (answers !== undefined && !(await isAllowed(target.path, answers, io))) {
      report.skipped(input.shown, `${target.path} is kept`)
    } else {
      free.push({ ...job, isReplacing: answers === undefined })
    }
  }
  return free
}

const isFile = async (path: string): Promise<boolean> => {
  const stats = await stat(path).catch(() => undefined)
  return stats?.isFile() === true
}

const isAllowed = async (
  path: string,
  answers: AsyncIterator<string>,
  io: Io,
): Promise<boolean> => {
  io.stderr.write(`Replace ${printable(path)}? [y/N] `)
  const answer = await answers.next()
  return answer.done !== true && /^y(?:es)?$/i.test(answer.value.trim())
}

async function* linesOf(chunks: Io['stdin']): AsyncGenerator<string> {
  let held = ''
  for await (const chunk of chunks) {
    const lines = (held + Buffer.from(chunk).toString()).split('\n')
    held = lines.pop() ?? ''
    yield* lines
  }
  if (held !== '') yield held
}
