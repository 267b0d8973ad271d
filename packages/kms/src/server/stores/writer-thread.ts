import { Worker } from 'node:worker_threads'
import type { Commit } from '../../core/ports.ts'
import { messageOf } from './sqlite-commit.ts'
import {
  outcomeError,
  StoreFailedError,
  type Outcome,
  type Reply,
  type Request,
  type WriterOptions,
} from './sqlite-messages.ts'

// `new URL` is not rewritten by the compiler, so the built file has to name the built worker.
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
const workerUrl = new URL(`./sqlite-writer.${extension}`, import.meta.url)

type Waiting = { readonly resolve: () => void; readonly reject: (error: Error) => void }
/** A request without its number, for each kind on its own. */
type Work = Request extends infer R ? (R extends Request ? Omit<R, 'id'> : never) : never

/** The store's side of the writer thread. After an uncertain outcome it refuses everything. */
export class WriterThread {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  #newestId = 0
  #failure: Error | undefined

  private constructor(worker: Worker) {
    this.#worker = worker
    worker.on('message', ({ id, outcome }: Reply) => this.#settle(id, outcome))
    worker.on('error', (error) => this.#fail(new StoreFailedError(messageOf(error))))
    worker.on('exit', () => this.#fail(new StoreFailedError('its writer ended')))
  }

  /** Resolves when the thread has opened the file; rejects with why it could not. */
  static async start(options: WriterOptions): Promise<WriterThread> {
    const writer = new WriterThread(new Worker(workerUrl, { workerData: options }))
    await new Promise<void>((resolve, reject) => writer.#waiting.set(0, { resolve, reject }))
    return writer
  }

  /** Why nothing can be done any more; `undefined` as long as all is well. */
  get failure(): Error | undefined {
    return this.#failure
  }

  commit(commit: Commit): Promise<void> {
    return this.#ask({ kind: 'commit', commit })
  }

  probe(): Promise<void> {
    return this.#ask({ kind: 'probe' })
  }

  /** Lets everything asked before finish, then ends the thread. Does nothing the second time. */
  async close(): Promise<void> {
    const ended = this.#worker.threadId === -1
    if (!ended) {
      const exit = new Promise((resolve) => this.#worker.once('exit', resolve))
      this.#send({ kind: 'close' }, { resolve: () => undefined, reject: () => undefined })
      await exit
    }
    this.#failure ??= new StoreFailedError('it was closed')
  }

  #ask(work: Work): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    return new Promise((resolve, reject) => this.#send(work, { resolve, reject }))
  }

  #send(work: Work, waiting: Waiting): void {
    const id = ++this.#newestId
    this.#waiting.set(id, waiting)
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, no window
    this.#worker.postMessage({ ...work, id })
  }

  #settle(id: number, outcome: Outcome): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    const error = outcomeError(outcome)
    if (outcome.kind === 'uncertain') this.#fail(new StoreFailedError(outcome.message))
    if (error === undefined) waiting?.resolve()
    else waiting?.reject(error)
  }

  #fail(error: Error): void {
    this.#failure ??= error
    for (const { reject } of this.#waiting.values()) reject(this.#failure)
    this.#waiting.clear()
  }
}
