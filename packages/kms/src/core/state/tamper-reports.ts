import { TamperError } from './tamper-error.ts'

/** Tells of every row or entry that is found not to be authentic once, before the caller is told. */
export class TamperReports {
  readonly #onTamper: ((error: TamperError) => void) | undefined
  readonly #reported = new Set<string>()

  constructor(onTamper: ((error: TamperError) => void) | undefined) {
    this.#onTamper = onTamper
  }

  /** What `check` returns or throws. */
  during<T>(check: () => T): T {
    try {
      return check()
    } catch (error) {
      return this.rethrow(error)
    }
  }

  rethrow(error: unknown): never {
    if (error instanceof TamperError) {
      const name = `${error.table} ${error.id}`
      if (!this.#reported.has(name)) this.#onTamper?.(error)
      this.#reported.add(name)
    }
    throw error
  }
}
