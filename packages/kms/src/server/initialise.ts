import type { Clock, Random, Seal } from '../core/ports.ts'
import { bootstrap } from './bootstrap.ts'
import type { NewCredential } from './credentials.ts'
import type { DataDirectory } from './data-directory.ts'
import { lockDirectory } from './stores/directory-lock.ts'
import { openSqliteStore } from './stores/sqlite-store.ts'

/**
 * Makes what a first start makes, without serving. Resolves to the account and its root credential;
 * `undefined` in place of the credential: the directory was initialised before.
 */
export const initialiseDirectory = async (options: {
  readonly directory: DataDirectory
  readonly seal: Seal
  readonly account: string | undefined
  readonly clock: Clock
  readonly random: Random
}): Promise<{ readonly account: string; readonly created: NewCredential | undefined }> => {
  const lock = await lockDirectory(options.directory.path)
  try {
    const store = await openSqliteStore(options.directory.database)
    try {
      const nobody = (): void => {}
      const { account, created } = await bootstrap({
        ...options,
        store,
        anchor: undefined,
        onTamper: nobody,
      })
      return { account, created }
    } finally {
      await store.close()
    }
  } finally {
    await lock.release()
  }
}
