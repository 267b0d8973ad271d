import type { Store } from '../../core/ports.ts'
import { StoreFailedError } from './sqlite-messages.ts'
import { SqliteReader } from './sqlite-reader.ts'

/** A store that another process writes. */
export type ReadOnlyStore = Omit<Store, 'close'> & {
  /** Refuses everything from now on: the process that writes cannot tell what is in it. */
  fail(): void
  close(): void
}

/** Opens a file that the process which writes it has opened, and verified, before. */
export const openReadOnlyStore = (file: string): ReadOnlyStore => {
  const reader = new SqliteReader(file)
  let failure: Error | undefined
  const reading = async <T>(read: () => T): Promise<T> => {
    if (failure !== undefined) throw failure
    return read()
  }
  const refuse = (): Promise<never> =>
    Promise.reject(new TypeError('this process does not write the store'))
  return {
    read: (table, id) => reading(() => reader.read(table, id)),
    list: (query) => reading(() => reader.list(query)),
    count: (table, idPrefix) => reading(() => reader.count(table, idPrefix)),
    changes: (afterSeq, limit) => reading(() => reader.changes(afterSeq, limit)),
    newestChange: () => reading(() => reader.newestChange()),
    commit: refuse,
    probe: refuse,
    fail: () => {
      failure ??= new StoreFailedError('a commit may or may not have taken effect')
    },
    close: () => reader.close(),
  }
}
