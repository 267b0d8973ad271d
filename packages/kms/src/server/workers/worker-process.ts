import cluster, { type Worker } from 'node:cluster'
import type { Hierarchy } from '../../core/seal/hierarchy.ts'
import type { Addresses } from '../listen.ts'
import { type AnswersTo, Channel } from './channel.ts'
import { handKeys } from './handed-keys.ts'
import type { Changed, OfParent, OfWorker, Unsure, WorkerSettings, WorkerUses } from './messages.ts'
import { within } from './within.ts'

/** How a process ended. */
export type Ending = { readonly code: number | null; readonly signal: string | null }

/**
 * How long a worker may take to bring itself up to date. One that takes longer is ended, for no answer
 * by an older state may leave later than that.
 */
const followWithinMs = 5000
/** What a worker may take beyond the time that its connections have. */
const drainMoreMs = 5000

/** A worker process as its parent sees it. */
export class WorkerProcess {
  readonly slot: number
  /** Resolves when the process is gone, and every connection with it. */
  readonly ended: Promise<Ending>
  /** When it told of its uses last. */
  toldUsesAtMs: number
  readonly #worker: Worker
  readonly #channel: Channel<OfWorker, OfParent>
  /** Whether it may answer anyone: then changes wait for it. */
  #isServing = false

  /** `answers` is given the worker that asks. */
  constructor(
    slot: number,
    program: string,
    answers: (asking: WorkerProcess) => AnswersTo<OfParent>,
    nowMs: number,
  ) {
    this.slot = slot
    this.toldUsesAtMs = nowMs
    this.#worker = fork(program)
    const child = this.#worker.process
    this.ended = new Promise((resolve) => {
      const end = (code: number | null, signal: string | null): void => {
        this.#isServing = false
        resolve({ code, signal })
      }
      child.once('exit', end)
      // A message that could not be sent is the channel's affair; no process is no worker.
      child.on('error', () => child.pid === undefined && end(null, null))
    })
    this.#channel = new Channel<OfWorker, OfParent>(child, answers(this))
  }

  get pid(): number | undefined {
    return this.#worker.process.pid
  }

  /** Resolves when it serves. Rejects, and the process is gone, if it cannot. */
  async start(settings: WorkerSettings, hierarchy: Hierarchy): Promise<Addresses> {
    try {
      await Promise.all([
        handKeys(this.#worker.process, hierarchy),
        this.#channel.ask('open', settings),
      ])
      // What was told before comes before this in its turn; from now on changes wait.
      this.#isServing = true
      return await this.#channel.ask('listen', undefined)
    } catch (error) {
      await this.kill()
      throw error
    }
  }

  /** Resolves when it has taken the change into account, or is gone. */
  async follow(name: 'changed', told: Changed): Promise<void>
  async follow(name: 'unsure', told: Unsure): Promise<void>
  async follow(name: 'changed' | 'unsure', told: Changed | Unsure): Promise<void> {
    const done = this.#channel.ask(name, told)
    // One that cannot follow must not begin to serve either.
    if (!this.#isServing) return void done.catch(() => this.kill())
    await within(followWithinMs, done).catch(() => this.kill())
  }

  /** What it has noted since it told of that last; nothing from one that does not answer. */
  async takeUses(): Promise<WorkerUses | undefined> {
    if (!this.#isServing) return undefined
    return within(followWithinMs, this.#channel.ask('takeUses', undefined)).catch(() => undefined)
  }

  async readiness(): Promise<readonly string[]> {
    if (!this.#isServing) return []
    return within(1000, this.#channel.ask('readiness', undefined)).catch(() => [
      'a worker process does not answer',
    ])
  }

  /** Lets it answer what is under way and ends it; resolves, when it is gone, to its last uses. */
  async drain(graceMs: number): Promise<WorkerUses | undefined> {
    const uses = this.#isServing
      ? await within(graceMs + drainMoreMs, this.#channel.ask('drain', { graceMs })).catch(
          () => undefined,
        )
      : undefined
    await this.kill()
    return uses
  }

  /** Ends it at once. */
  async kill(): Promise<void> {
    this.#worker.process.kill('SIGKILL')
    await this.ended
  }
}

/**
 * One connection after the other goes to one worker after the other: what the system does by itself is
 * uneven. The parent only passes them on.
 */
const fork = (program: string): Worker => {
  cluster.schedulingPolicy = cluster.SCHED_RR
  cluster.setupPrimary({
    exec: program,
    args: [],
    serialization: 'advanced',
    // The standard output is the log, which the parent writes.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc', 'pipe'],
  })
  return cluster.fork()
}
