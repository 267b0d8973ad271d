import type { KeyTaskResult, KeyTask } from '../../core/crypto/asymmetric/key-task.ts'

/** What the main thread and the threads for work with private keys say to each other. */
export type WorkRequest = KeyTask

export type WorkReply =
  /** Said once, when the thread is ready. */
  | 'ready'
  /** In the order of the tasks, none left out. */
  | readonly WorkOutcome[]

/** What a task came to; its bytes belong to whoever gets the message. */
export type WorkOutcome =
  | { readonly kind: 'done'; readonly result: KeyTaskResult<KeyTask> }
  /** A fault of ours: what a client can cause is a result. */
  | { readonly kind: 'failed'; readonly message: string }

/** What a thread is started with. */
export type WorkerOptions = {
  readonly niceness: number
  /** Shared: one number, of the tasks that the thread has begun. */
  readonly begun: Int32Array<SharedArrayBuffer>
}

/** A value that can be handed to another thread, and the memory that goes over with it. */
export type Detached<T> = { readonly value: T; readonly memory: ArrayBuffer[] }

/**
 * Copies the bytes in a value, or in its members, into memory of their own. Structured clone would
 * take along all of the memory that a view looks at a part of, and Node's bytes often share some.
 */
export const detach = <T>(value: T): Detached<T> => {
  const memory: ArrayBuffer[] = []
  const copy = (part: unknown): unknown => {
    if (!(part instanceof Uint8Array)) return part
    const bytes = new Uint8Array(part)
    memory.push(bytes.buffer)
    return bytes
  }
  const isPlain = typeof value === 'object' && value !== null && !(value instanceof Uint8Array)
  const copied = isPlain
    ? Object.fromEntries(Object.entries(value).map(([name, member]) => [name, copy(member)]))
    : copy(value)
  return { value: copied as T, memory }
}

/** Zeroes the bytes that `detach` would copy. */
export const eraseBytes = (value: unknown): void => {
  const parts = value instanceof Uint8Array ? [value] : Object.values(value ?? {})
  for (const part of parts) if (part instanceof Uint8Array) part.fill(0)
}
