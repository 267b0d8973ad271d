import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads'
import type { Outcome, WorkerReply, WorkerRequest } from './protocol.ts'

/** How long idle workers are kept, for the next message. */
const idleMs = 5000

// Sources run as they are, and built files beside each other: the worker is what this file is.
const workerUrl = import.meta.url.endsWith('.ts')
  ? new URL('./worker.ts', import.meta.url)
  : new URL('./worker.js', import.meta.url)

/** What fails because of a thread, and not because of the message. */
export const workerEnded = (): Error =>
  new Error('A worker thread ended before it had done its work.')

/** One worker thread. Keeps the process alive only while it works. */
export class PoolWorker {
  readonly #worker: Worker
  /** A channel of our own: unlike a worker's built-in one it can be asked for news at any time. */
  readonly #port: MessagePort
  readonly #jobs = new Map<number, (outcome: Outcome) => void>()
  #nextJob = 1
  #isReady = false
  #isGone = false

  constructor(onGone: (worker: PoolWorker) => void) {
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    this.#worker = new Worker(workerUrl, {
      name: 'keyhold-envelope',
      execArgv: [],
      env: {},
      workerData: { port: port2 },
      // It makes next to no objects: what is large lies outside of the heap.
      resourceLimits: { maxYoungGenerationSizeMb: 2 },
      transferList: [port2],
    })
    this.#port.on('message', (reply: WorkerReply) => this.#reply(reply))
    const gone = (): void => {
      this.#isGone = true
      this.#port.close()
      for (const settle of this.#jobs.values()) settle('failed')
      this.#jobs.clear()
      onGone(this)
    }
    // Whatever the reason is, it ends what it was doing, and nothing else.
    this.#worker.on('error', gone)
    this.#worker.on('exit', gone)
    this.#worker.unref()
    // Last, for a listener for messages would hold the process again.
    this.#port.unref()
  }

  get isUsable(): boolean {
    return this.#isReady && !this.#isGone
  }

  get hasStarted(): boolean {
    return this.#isReady
  }

  get jobs(): number {
    return this.#jobs.size
  }

  send(request: WorkerRequest, transferred: ArrayBuffer[] = []): void {
    if (!this.#isGone) this.#port.postMessage(request, transferred)
  }

  /** Sends a job; `settle` is called once, from an event or from within `poll`. */
  run(
    request: (job: number) => WorkerRequest,
    settle: (outcome: Outcome) => void,
    transferred?: ArrayBuffer[],
  ): void {
    if (this.#isGone) return settle('failed')
    const job = this.#nextJob
    this.#nextJob += 1
    if (this.#jobs.size === 0) this.#port.ref()
    this.#jobs.set(job, settle)
    this.send(request(job), transferred)
  }

  /** Takes the answers that are there, for a caller who lets no event have its turn. */
  poll(): void {
    for (;;) {
      const received: { readonly message: WorkerReply } | undefined = receiveMessageOnPort(
        this.#port,
      )
      if (received === undefined) return
      this.#reply(received.message)
    }
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate()
  }

  #reply(reply: WorkerReply): void {
    if ('ready' in reply) {
      this.#isReady = true
      return
    }
    const settle = this.#jobs.get(reply.job)
    this.#jobs.delete(reply.job)
    if (this.#jobs.size === 0) this.#port.unref()
    settle?.(reply.outcome)
  }
}

/** The workers of this process: started when first wanted, shared, and ended when nobody uses them. */
class Pool {
  #workers: PoolWorker[] = []
  #users = 0
  #idle: NodeJS.Timeout | undefined
  #nextSession = 1
  #isBroken = false
  #isEnding = false

  /** Sees to it that there are `count` workers, soon. Where threads are forbidden there are none. */
  start(count: number): void {
    try {
      while (!this.#isBroken && this.#workers.length < count)
        this.#workers.push(new PoolWorker(this.#forget))
    } catch {
      // Everything works without them, only not as fast.
      this.#isBroken = true
    }
  }

  /** The workers that can be used at this moment, `count` at most. */
  ready(count: number): readonly PoolWorker[] {
    return this.#workers.filter((worker) => worker.isUsable).slice(0, count)
  }

  /** Whether there are threads that have not started yet. */
  get isStarting(): boolean {
    for (const worker of this.#workers) if (!worker.isUsable) worker.poll()
    return this.#workers.some((worker) => !worker.isUsable)
  }

  /** Begins a use of the pool and gives it a number; `leave` ends it. */
  enter(): number {
    clearTimeout(this.#idle)
    this.#users += 1
    const session = this.#nextSession
    this.#nextSession += 1
    return session
  }

  leave(): void {
    this.#users -= 1
    if (this.#users > 0) return
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => void this.end(), idleMs).unref()
  }

  /** Ends all workers, those at work too; the next use starts others. */
  async end(): Promise<void> {
    this.#isEnding = true
    await Promise.all(this.#workers.splice(0).map((worker) => worker.terminate()))
    this.#isEnding = false
  }

  readonly #forget = (gone: PoolWorker): void => {
    this.#workers = this.#workers.filter((worker) => worker !== gone)
    // One that could not even start will not start the next time either.
    if (!gone.hasStarted) this.#isBroken = !this.#isEnding
  }
}

export const pool: Pool = new Pool()
