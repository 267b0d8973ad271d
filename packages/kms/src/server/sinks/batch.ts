import type { AppendOptions } from '../../core/ports.ts'

export type Line = {
  readonly text: string
  /** Whether it is taken on a full disk too. */
  readonly isEssential: boolean
  readonly changeSeq: number | undefined
}

/** Lines that reach the disk together. Those who wait share a promise for each kind of line. */
export class Batch {
  readonly lines: Line[] = []
  #ordinary: PromiseWithResolvers<void> | undefined
  #essential: PromiseWithResolvers<void> | undefined

  /** Resolves when the batch is durable. */
  add(text: string, options: AppendOptions | undefined): Promise<void> {
    const isEssential = options !== undefined
    this.lines.push({ text, isEssential, changeSeq: options?.changeSeq })
    const waiters = isEssential ? (this.#essential ??= wait()) : (this.#ordinary ??= wait())
    return waiters.promise
  }

  get essentialLines(): readonly Line[] {
    return this.lines.filter(({ isEssential }) => isEssential)
  }

  resolve(): void {
    this.#ordinary?.resolve()
    this.#essential?.resolve()
  }

  /** Of several outcomes of a line the first one holds. */
  rejectOrdinary(error: Error): void {
    this.#ordinary?.reject(error)
  }

  reject(error: Error): void {
    this.#ordinary?.reject(error)
    this.#essential?.reject(error)
  }
}

const wait = (): PromiseWithResolvers<void> => Promise.withResolvers<void>()
