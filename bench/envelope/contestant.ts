import { createInterface } from 'node:readline'
import type { ChildProcess } from 'node:child_process'
import type { Scope } from '../children.ts'
import type { Order, Reply, Turn, Work } from './work.ts'

/** One core: pinned to the first, with one thread. All: pinned to none, with its own defaults. */
export type Cores = 'one' | 'all'

/** Who takes turns. */
export type Contestant = {
  readonly name: string
  readonly cores: Cores
  /** Absent: it has no frames. */
  readonly frameLength?: number | undefined
  turn(): Promise<Turn>
}

/** The CPU of those that get one; a service that they call has another. */
export const contestantCpu = 0

/**
 * Starts a child that takes orders, and resolves when it is ready for its first turn. `command` is
 * the program with its arguments; the child ends with the scope.
 */
export const childContestant = async (
  scope: Scope,
  who: Omit<Contestant, 'turn'>,
  command: readonly string[],
  work: Work,
  cpu: number | undefined = who.cores === 'one' ? contestantCpu : undefined,
): Promise<Contestant> => {
  const conversation = new Conversation(who.name, scope.program(command, { cpu, hasInput: true }))
  await conversation.ask({ kind: 'prepare', work })
  return {
    ...who,
    turn: async () => (await conversation.ask({ kind: 'turn' })) as Turn,
  }
}

/** Several at once, told of as one: how far a machine's cores go that share nothing. */
export const together = (contestants: readonly Contestant[], name: string): Contestant => ({
  name,
  cores: 'all',
  turn: async () => {
    const turns = await Promise.all(contestants.map((contestant) => contestant.turn()))
    const sum = (figure: keyof Turn): number => turns.reduce((all, turn) => all + turn[figure], 0)
    return {
      bytes: sum('bytes'),
      messages: sum('messages'),
      wallMs: Math.max(...turns.map(({ wallMs }) => wallMs)),
      cpuMs: sum('cpuMs'),
    }
  },
})

/** Orders to a child, one at a time. */
class Conversation {
  readonly #name: string
  readonly #child: ChildProcess
  readonly #lines: AsyncIterator<string>

  constructor(name: string, child: ChildProcess) {
    const { stdout } = child
    if (stdout === null) throw new TypeError('the output of the child is no pipe')
    this.#name = name
    this.#child = child
    this.#lines = createInterface({ input: stdout })[Symbol.asyncIterator]()
    // A child that is gone is told by its output, which ends.
    child.stdin?.on('error', () => undefined)
  }

  async ask(order: Order): Promise<Turn | 'prepared'> {
    this.#child.stdin?.write(`${JSON.stringify(order)}\n`)
    const { value: line, done } = await this.#lines.next()
    if (done === true) throw new Error(`${this.#name} ended`)
    const reply = JSON.parse(line) as Reply
    if ('error' in reply) throw new Error(`${this.#name}: ${reply.error}`)
    return reply.value
  }
}
