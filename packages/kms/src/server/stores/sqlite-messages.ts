import { ConflictError, type Commit } from '../../core/ports.ts'

export type WriterOptions = {
  readonly file: string
  /** At most so many pages of 4096 bytes in the database file; `undefined` for SQLite's own limit. */
  readonly pagesMax: number | undefined
}

/** What the store asks of its writer thread. Requests are done one by one, in order. */
export type Request =
  | { readonly kind: 'commit'; readonly id: number; readonly commit: Commit }
  | { readonly kind: 'probe'; readonly id: number }
  | { readonly kind: 'close'; readonly id: number }

/**
 * How a request ended. `refused`: nothing was changed; `uncertain`: that cannot be told, or what
 * should be gone is not, and the writer does nothing any more. `message` never quotes a row.
 */
export type Outcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'conflict' }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'uncertain'; readonly message: string }

/** Id 0 answers the start: the file is open, or why not. */
export type Reply = { readonly id: number; readonly outcome: Outcome }

/** The store has failed for good: it refuses everything until it is opened again. */
export class StoreFailedError extends Error {
  readonly reason: string
  constructor(reason: string) {
    super(`the store stopped: ${reason}`)
    this.name = 'StoreFailedError'
    this.reason = reason
  }
}

/** The error that an outcome means to the caller; `undefined` if it went well. */
export const outcomeError = (outcome: Outcome): Error | undefined => {
  switch (outcome.kind) {
    case 'done':
      return undefined
    case 'conflict':
      return new ConflictError()
    case 'refused':
      return new Error(outcome.message)
    case 'uncertain':
      return new StoreFailedError(outcome.message)
  }
}
