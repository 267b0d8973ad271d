import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Store } from '../../../src/core/ports.ts'
import { openSqliteStore, type SqliteOptions } from '../../../src/server/stores/sqlite-store.ts'
import { memoryData, memoryStore } from '../../core/state/memory-store.ts'
import type { StorePlace } from './contract.ts'

/** A new directory that is removed with all it holds. */
export const temporaryDirectory = async (): Promise<AsyncDisposable & { path: string }> => {
  const path = await mkdtemp(join(tmpdir(), 'keyhold-store-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

export type SqlitePlace = AsyncDisposable & {
  readonly file: string
  readonly directory: string
  open(options?: SqliteOptions): Promise<Store>
}

/** Stores that a failed test leaves open are closed with the place, for their threads' sake. */
export const sqlitePlace = async (): Promise<SqlitePlace> => {
  const directory = await temporaryDirectory()
  const file = join(directory.path, 'keyhold.db')
  const opened: Store[] = []
  return {
    directory: directory.path,
    file,
    open: async (options) => {
      const store = await openSqliteStore(file, options)
      opened.push(store)
      return store
    },
    [Symbol.asyncDispose]: async () => {
      for (const store of opened) await store.close()
      await directory[Symbol.asyncDispose]()
    },
  }
}

export const memoryPlace = async (): Promise<StorePlace> => {
  const data = memoryData()
  return { open: async () => memoryStore(data), [Symbol.asyncDispose]: async () => undefined }
}
