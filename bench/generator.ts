import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Scope } from './children.ts'
import type { Load, LoadOrder, Order, PrepareOrder, Prepared, Reply, TakeOrder } from './load.ts'

/** The load generator's process, seen from the benchmark: one order at a time. */
export class Generator {
  readonly #child: ChildProcess

  /** Without `cpu` it runs on any. */
  constructor(scope: Scope, cpu?: number) {
    this.#child = scope.child([join(import.meta.dirname, 'load.ts')], { cpu, ipc: true })
  }

  async prepare(order: Omit<PrepareOrder, 'kind'>): Promise<Prepared> {
    return (await this.#ask({ kind: 'prepare', ...order })) as Prepared
  }

  /** Rejects unless the first request is answered with 200. */
  async take(order: Omit<TakeOrder, 'kind'>): Promise<Prepared> {
    return (await this.#ask({ kind: 'take', ...order })) as Prepared
  }

  /** Rejects if any answer was not 200. */
  async load(order: Omit<LoadOrder, 'kind'>): Promise<Load> {
    return (await this.#ask({ kind: 'load', ...order })) as Load
  }

  async #ask(order: Order): Promise<Prepared | Load> {
    const ended = new AbortController()
    const onExit = (): void => ended.abort(new Error('the load generator ended'))
    this.#child.once('exit', onExit)
    try {
      const answered = once(this.#child, 'message', { signal: ended.signal })
      this.#child.send(order)
      const [reply] = (await answered) as [Reply]
      if ('error' in reply) throw new Error(reply.error)
      return reply.value
    } finally {
      this.#child.off('exit', onExit)
    }
  }
}
