import { reasonOf } from '../log.ts'

/** What one side asks of the other: by kind, what a question brings and what it is answered with. */
export type Questions = { readonly [kind: string]: (asked: never) => unknown }

/** How one side answers what the other asks. What it throws, the other side sees as an Error. */
export type AnswersTo<Q extends Questions> = {
  readonly [K in keyof Q]: (
    asked: Parameters<Q[K]>[0],
  ) => ReturnType<Q[K]> | Promise<ReturnType<Q[K]>>
}

/** One end of the channel between a process and its child; both `process` and a child have these. */
export type End = {
  send?(
    message: unknown,
    handle: undefined,
    options: undefined,
    sent: (error: Error | null) => void,
  ): boolean
  on(event: 'message', listener: (message: unknown) => void): unknown
  on(event: 'disconnect', listener: () => void): unknown
}

type Sent =
  | {
      readonly kind: 'question'
      readonly id: number
      readonly name: string
      readonly asked: unknown
    }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly reason: string }

type Waiting = {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

/**
 * Questions and answers over the private channel between a process and a worker process. They arrive
 * in the order in which they were sent; what arrives comes from this program alone.
 */
export class Channel<Asks extends Questions, Answers extends Questions> {
  readonly #end: End
  readonly #answers: AnswersTo<Answers>
  readonly #waiting = new Map<number, Waiting>()
  #newestId = 0
  #isClosed = false

  constructor(end: End, answers: AnswersTo<Answers>) {
    this.#end = end
    this.#answers = answers
    end.on('message', (message) => this.#take(message as Sent))
    end.on('disconnect', () => this.#close())
  }

  /** Rejects with what the other side failed for, or if it is gone before it has answered. */
  ask<K extends keyof Asks & string>(
    name: K,
    asked: Parameters<Asks[K]>[0],
  ): Promise<ReturnType<Asks[K]>> {
    const id = ++this.#newestId
    return new Promise((resolve, reject) => {
      if (this.#isClosed) return reject(new ChannelClosedError())
      this.#waiting.set(id, { resolve: resolve as Waiting['resolve'], reject })
      this.#send({ kind: 'question', id, name, asked })
    })
  }

  #take(sent: Sent): void {
    if (sent.kind === 'question') return void this.#answer(sent)
    const waiting = this.#waiting.get(sent.id)
    this.#waiting.delete(sent.id)
    if (sent.kind === 'answer') waiting?.resolve(sent.value)
    else waiting?.reject(new Error(sent.reason))
  }

  async #answer({ id, name, asked }: Extract<Sent, { kind: 'question' }>): Promise<void> {
    try {
      const value = await this.#answers[name]?.(asked as never)
      this.#send({ kind: 'answer', id, value })
    } catch (error) {
      this.#send({ kind: 'failure', id, reason: reasonOf(error) })
    }
  }

  #send(sent: Sent): void {
    this.#end.send?.(sent, undefined, undefined, (error) => {
      if (error !== null) this.#close()
    })
  }

  #close(): void {
    this.#isClosed = true
    for (const { reject } of this.#waiting.values()) reject(new ChannelClosedError())
    this.#waiting.clear()
  }
}

/** The other process is gone, or going. */
export class ChannelClosedError extends Error {
  constructor() {
    super('the other process has ended')
    this.name = 'ChannelClosedError'
  }
}
