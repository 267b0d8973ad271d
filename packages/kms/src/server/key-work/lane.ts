import { KmsError } from '../../api/errors.ts'
import type { KeyTaskResult, KeyTask } from '../../core/crypto/asymmetric/key-task.ts'
import { reasonOf } from '../log.ts'
import { type Job, KeyWorker } from './key-worker.ts'
import type { WorkOutcome } from './messages.ts'

export type LaneOptions = {
  /** Threads, started when there is work for them. */
  readonly workersMax: number
  /** Tasks that a thread is sent before it has answered the first of them. */
  readonly jobsPerWorkerMax: number
  /** Tasks that wait until a thread takes them; more are refused. */
  readonly waitingMax: number
  /** How much the system is to prefer other threads. */
  readonly niceness: number
  /** What the threads run; absent: the work itself. */
  readonly script?: URL
}

/** Threads that share a queue. */
export class Lane {
  readonly #options: LaneOptions
  readonly #waiting: Job[] = []
  #workers: KeyWorker[] = []
  #isClosed = false

  constructor(options: LaneOptions) {
    this.#options = options
  }

  /**
   * What comes of the task. Rejects with ThrottlingException when too many wait, and with an Error
   * if a thread could not do it.
   */
  async run<Task extends KeyTask>(task: Task): Promise<KeyTaskResult<Task>> {
    if (this.#isClosed) throw new Error(closed.message)
    if (this.#waiting.length >= this.#options.waitingMax) throw tooMuchWork()
    const outcome = await new Promise<WorkOutcome>((settle) => {
      this.#waiting.push({ task, settle })
      this.#dispatch()
    })
    if (outcome.kind === 'failed') throw new Error(outcome.message)
    return outcome.result as KeyTaskResult<Task>
  }

  /** Ends the threads, whatever they are at. What they have not done fails. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const { settle } of this.#waiting.splice(0)) settle(closed)
    await Promise.all(this.#workers.map((worker) => worker.end()))
  }

  #dispatch(): void {
    for (let job = this.#waiting[0]; job !== undefined; job = this.#waiting[0]) {
      let worker: KeyWorker | undefined
      try {
        worker = this.#freeWorker()
      } catch (error) {
        // The system has no thread left: this task fails, and the next one tries again.
        this.#waiting.shift()
        job.settle({ kind: 'failed', message: reasonOf(error) })
        continue
      }
      if (worker === undefined) return
      this.#waiting.shift()
      worker.send(job)
    }
  }

  /** The one with the least to do; a new one rather than one that has to work already. */
  #freeWorker(): KeyWorker | undefined {
    const { workersMax, jobsPerWorkerMax } = this.#options
    const [least] = this.#workers.toSorted((a, b) => a.jobs - b.jobs)
    if (least?.jobs === 0) return least
    if (this.#workers.length < workersMax) return this.#startWorker()
    return least !== undefined && least.jobs < jobsPerWorkerMax ? least : undefined
  }

  #startWorker(): KeyWorker {
    const { niceness, script } = this.#options
    const onIdle = (): void => this.#dispatch()
    const onGone = (gone: KeyWorker, others: readonly Job[]): void => {
      this.#workers = this.#workers.filter((other) => other !== gone)
      if (this.#isClosed) for (const { settle } of others) settle(closed)
      else this.#waiting.unshift(...others)
      this.#dispatch()
    }
    const worker = new KeyWorker(niceness, { onIdle, onGone }, script)
    this.#workers.push(worker)
    return worker
  }
}

const closed = { kind: 'failed', message: 'the service ends' } as const

/** In AWS's words for more requests of a kind than it takes at the time. */
const tooMuchWork = (): KmsError =>
  new KmsError(
    'ThrottlingException',
    'You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.',
  )
