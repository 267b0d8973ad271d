import { Worker } from 'node:worker_threads'
import type { KeyTask } from '../../core/crypto/asymmetric/key-task.ts'
import { reasonOf } from '../log.ts'
import {
  detach,
  type WorkerOptions,
  type WorkOutcome,
  type WorkReply,
  type WorkRequest,
} from './messages.ts'

// `new URL` is not rewritten by the compiler, so the built file has to name the built worker.
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
const workerUrl = new URL(`./worker.${extension}`, import.meta.url)

/** A task, and who waits for what comes of it. */
export type Job = {
  readonly task: KeyTask
  readonly settle: (outcome: WorkOutcome) => void
}

/** What is told of a thread. */
type Events = {
  /** It has answered a job. */
  readonly onIdle: () => void
  /** It is gone, and the job that it was at has failed; the others are to be done elsewhere. */
  readonly onGone: (worker: KeyWorker, others: readonly Job[]) => void
}

/** One thread, which does its jobs one after the other. Keeps the process alive only while it works. */
export class KeyWorker {
  readonly #worker: Worker
  readonly #events: Events
  /**
   * In the order in which they were sent and are answered. No Map: one that is added to and deleted from all the time has the collector take what was
   * deleted for alive, with all the memory that it holds, until a full collection.
   */
  readonly #jobs: Job[] = []
  /** How many the thread has begun, and how many of them it has answered. */
  readonly #begun = new Int32Array(new SharedArrayBuffer(4))
  #answered = 0
  #isReady = false
  #isGone = false

  constructor(niceness: number, events: Events, script: URL = workerUrl) {
    this.#events = events
    const options: WorkerOptions = { niceness, begun: this.#begun }
    this.#worker = new Worker(script, {
      name: 'keyhold-key-work',
      workerData: options,
      execArgv: [],
      env: {},
      // It makes next to no objects: what is large lies outside of the heap.
      resourceLimits: { maxYoungGenerationSizeMb: 2 },
    })
    this.#worker.unref()
    this.#worker.on('message', (reply: WorkReply) => this.#take(reply))
    // An error is followed by the exit; without a listener it would end the process.
    this.#worker.on('error', () => this.#gone())
    this.#worker.on('exit', () => this.#gone())
    // An answer that cannot be read is one that never comes.
    this.#worker.on('messageerror', () => void this.#worker.terminate())
  }

  /** How many jobs it has and has not answered. */
  get jobs(): number {
    return this.#jobs.length
  }

  send(job: Job): void {
    try {
      const { value: task, memory } = detach(job.task)
      // Key objects go with it: the clone is another handle of the same key, and costs next to nothing.
      this.#worker.postMessage(task satisfies WorkRequest, memory)
    } catch (error) {
      job.settle({ kind: 'failed', message: reasonOf(error) })
      return
    }
    // Only now, for answers are told apart by their order alone.
    if (this.#jobs.length === 0) this.#worker.ref()
    this.#jobs.push(job)
  }

  /** Ends the thread, whatever it is at. */
  async end(): Promise<void> {
    await this.#worker.terminate()
  }

  #take(reply: WorkReply): void {
    if (reply === 'ready') {
      this.#isReady = true
      return
    }
    this.#answered += reply.length
    for (const outcome of reply) this.#jobs.shift()?.settle(outcome)
    if (this.#jobs.length === 0) this.#worker.unref()
    this.#events.onIdle()
  }

  #gone(): void {
    if (this.#isGone) return
    this.#isGone = true
    const others = this.#jobs.splice(0)
    // The one that it was at; if at none, then the first could not even be read.
    const at = Math.max(0, Atomics.load(this.#begun, 0) - this.#answered - 1)
    const failed = others.splice(at, 1)
    // One that could not even start will not start for the next job either.
    if (!this.#isReady) failed.push(...others.splice(0))
    for (const { settle } of failed)
      settle({ kind: 'failed', message: 'a thread ended before its work was done' })
    this.#events.onGone(this, others)
  }
}
