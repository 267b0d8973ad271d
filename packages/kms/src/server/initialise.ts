import type { Clock, Random, Seal } from '../core/ports.ts'
import { bootstrap, type KeepCredential } from './bootstrap.ts'
import type { DataDirectory } from './data-directory.ts'
import { requireAnchor } from './service.ts'
import { openAuditLog } from './sinks/audit-log.ts'
import { lockDirectory } from './stores/directory-lock.ts'
import { openSqliteStore } from './stores/sqlite-store.ts'

/**
 * Makes what a first start makes, without serving. Resolves to the account, and to whether it was
 * made now: a directory that was initialised before stays as it is.
 */
export const initialiseDirectory = async (options: {
  readonly directory: DataDirectory
  readonly seal: Seal
  readonly account: string | undefined
  readonly clock: Clock
  readonly random: Random
  readonly keepCredential: KeepCredential
}): Promise<{ readonly account: string; readonly isNew: boolean }> => {
  const lock = await lockDirectory(options.directory.path)
  try {
    const store = await openSqliteStore(options.directory.database)
    try {
      const audit = await openAuditLog(options.directory.audit)
      requireAnchor(audit, (await store.newestChange())?.seq ?? 0)
      await audit.close()
      const onTamper = (): void => {}
      const opened = await bootstrap({ ...options, store, anchor: undefined, onTamper })
      options.seal.close()
      return { account: opened.account, isNew: opened.isNew }
    } finally {
      await store.close()
    }
  } finally {
    await lock.release()
  }
}
