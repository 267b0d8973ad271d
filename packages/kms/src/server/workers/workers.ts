import { setTimeout as after } from 'node:timers/promises'
import type { Clock } from '../../core/ports.ts'
import type { Hierarchy } from '../../core/seal/hierarchy.ts'
import type { ChainPosition } from '../../core/state/chain.ts'
import type { Follower } from '../../core/state/state.ts'
import type { ChangedRow } from '../../core/access/grants/grant-book.ts'
import type { Addresses } from '../listen.ts'
import { type Log, reasonOf } from '../log.ts'
import { StoreFailedError } from '../stores/sqlite-messages.ts'
import type { AnswersTo } from './channel.ts'
import { toldRows } from './following.ts'
import type { Changed, OfParent, Unsure, WorkerSettings, WorkerUses } from './messages.ts'
import { WorkerProcess } from './worker-process.ts'

/** A worker that did not live so long is not replaced before `pauseMs` have gone by. */
const shortLifeMs = 10_000
const pauseMs = 1000

export type WorkersOptions = {
  readonly count: number
  /** The file that a worker runs. */
  readonly program: string
  readonly settingsOf: (slot: number) => WorkerSettings
  readonly hierarchy: Hierarchy
  /** How the questions of workers are answered, but for those about the workers themselves. */
  readonly answers: Omit<AnswersTo<OfParent>, 'noteUses' | 'log'>
  readonly noteUses: (uses: WorkerUses) => void
  /** Finds out what a worker that died has not told, which was at `sinceMs` the last time. */
  readonly recover: (slot: number, sinceMs: number) => Promise<void>
  readonly clock: Clock
  readonly log: Log
}

/**
 * The worker processes of a service, which answer its requests. Each that dies is replaced. There is
 * one such set in a process: its workers share the ports.
 */
export class Workers implements Follower {
  readonly #options: WorkersOptions
  readonly #all = new Set<WorkerProcess>()
  readonly #replacing = new Set<Promise<void>>()
  readonly #stopping = new AbortController()

  constructor(options: WorkersOptions) {
    this.#options = options
  }

  /** Resolves when all of them serve. Rejects, and none is left, if one cannot. */
  async start(): Promise<Addresses> {
    const slots = Array.from({ length: this.#options.count }, (_, index) => index + 1)
    const started = await Promise.allSettled(slots.map((slot) => this.#start(slot)))
    const failed = started.find(({ status }) => status === 'rejected')
    if (failed?.status === 'rejected') {
      await this.stop(0)
      throw failed.reason
    }
    const first = started[0]
    if (first?.status !== 'fulfilled') throw new TypeError('there has to be a worker')
    return first.value
  }

  changed(rows: readonly ChangedRow[], newest: ChainPosition): Promise<void> {
    const change: Changed = { rows: toldRows(rows), newest }
    return this.#each((worker) => worker.follow('changed', change))
  }

  unsure(rows: readonly ChangedRow[], error: unknown): Promise<void> {
    const failed: Unsure = { rows: toldRows(rows), isFinal: error instanceof StoreFailedError }
    return this.#each((worker) => worker.follow('unsure', failed))
  }

  /** Resolves when all uses that workers have noted are noted here. */
  gatherUses(): Promise<void> {
    return this.#each(async (worker) => this.#note(worker, await worker.takeUses()))
  }

  /** Why they are not ready, each reason once; nothing if all are. */
  async readiness(): Promise<readonly string[]> {
    const all = await Promise.all([...this.#all].map((worker) => worker.readiness()))
    return [...new Set(all.flat())]
  }

  /** Lets all of them answer what is under way, and ends them. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping.abort()
    await this.#each(async (worker) => this.#note(worker, await worker.drain(graceMs)))
    await Promise.all(this.#replacing)
  }

  async #each(work: (worker: WorkerProcess) => Promise<void>): Promise<void> {
    await Promise.all([...this.#all].map(work))
  }

  #note(worker: WorkerProcess, uses: WorkerUses | undefined): void {
    if (uses === undefined) return
    worker.toldUsesAtMs = this.#options.clock.nowMs()
    this.#options.noteUses(uses)
  }

  async #start(slot: number): Promise<Addresses> {
    const { program, settingsOf, hierarchy, clock, log } = this.#options
    const startedAtMs = clock.nowMs()
    const answers = (worker: WorkerProcess) => this.#answersTo(worker)
    const worker = new WorkerProcess(slot, program, answers, startedAtMs)
    // Told of every change from the first moment on: what it reads then is not older than that.
    this.#all.add(worker)
    try {
      const addresses = await worker.start(settingsOf(slot), hierarchy)
      log.info('worker ready', { worker: slot, pid: worker.pid })
      void worker.ended.then((ending) => this.#lost(worker, startedAtMs, ending))
      return addresses
    } catch (error) {
      this.#all.delete(worker)
      throw error
    }
  }

  #answersTo(worker: WorkerProcess): AnswersTo<OfParent> {
    const { answers, log } = this.#options
    return {
      ...answers,
      noteUses: (uses) => this.#note(worker, uses),
      log: ({ level, event, fields }) => log[level](event, { ...fields, worker: worker.slot }),
    }
  }

  #lost(
    worker: WorkerProcess,
    startedAtMs: number,
    { code, signal }: Awaited<WorkerProcess['ended']>,
  ): void {
    this.#all.delete(worker)
    if (this.#stopping.signal.aborted) return
    const { clock, log } = this.#options
    const { slot } = worker
    log.error('worker ended', {
      worker: slot,
      code: code ?? undefined,
      signal: signal ?? undefined,
    })
    const wasShort = clock.nowMs() - startedAtMs < shortLifeMs
    const replacing = this.#replace(worker, wasShort).catch((error: unknown) =>
      log.error('worker not replaced', { worker: slot, reason: reasonOf(error) }),
    )
    this.#replacing.add(replacing)
    void replacing.finally(() => this.#replacing.delete(replacing))
  }

  async #replace({ slot, toldUsesAtMs }: WorkerProcess, pauses: boolean): Promise<void> {
    const { log, recover } = this.#options
    const { signal } = this.#stopping
    await recover(slot, toldUsesAtMs).catch((error: unknown) =>
      log.error('last uses not recovered', { worker: slot, reason: reasonOf(error) }),
    )
    if (pauses) await after(pauseMs, undefined, { signal }).catch(() => undefined)
    while (!signal.aborted) {
      try {
        await this.#start(slot)
        return
      } catch (error) {
        if (signal.aborted) return
        log.error('worker could not be started', { worker: slot, reason: reasonOf(error) })
        await after(pauseMs, undefined, { signal }).catch(() => undefined)
      }
    }
  }
}
