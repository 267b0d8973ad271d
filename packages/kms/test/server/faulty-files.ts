import {
  type AppendFile,
  type Files,
  filesIn,
  type RandomAccessFile,
} from '../../src/server/sinks/files.ts'

/** The real files of an audit log, whose writes and syncs a test can hold up or let fail. */
export type FaultyFiles = Files & {
  /** From now on syncs wait, until what it returns is released or disposed of. */
  holdSyncs(): Disposable & { readonly release: () => void }
  /** Resolves when a sync waits. */
  heldSync(): Promise<void>
  /** From now on every write or sync fails with this code; `undefined`: none does. */
  failWith(operation: 'write' | 'sync', code: string | undefined): void
}

const failure = (code: string): Error => Object.assign(new Error(`it failed: ${code}`), { code })

export const faultyFiles = async (path: string): Promise<FaultyFiles> => {
  const files = await filesIn(path)
  const codes: { write?: string | undefined; sync?: string | undefined } = {}
  let gate = Promise.resolve()
  let isHeld = false
  let held = Promise.withResolvers<void>()
  const syncOf = (file: Pick<AppendFile, 'sync'>) => async (): Promise<void> => {
    if (isHeld) held.resolve()
    await gate
    if (codes.sync !== undefined) throw failure(codes.sync)
    return file.sync()
  }
  const wrap = (file: AppendFile): AppendFile => ({
    ...file,
    write: (bytes) => {
      if (codes.write !== undefined) throw failure(codes.write)
      return file.write(bytes)
    },
    sync: syncOf(file),
  })
  const wrapRandomAccess = (file: RandomAccessFile): RandomAccessFile => ({
    ...file,
    sync: syncOf(file),
  })
  return {
    ...files,
    open: async (name) => wrap(await files.open(name)),
    create: async (name) => wrap(await files.create(name)),
    openRandomAccess: async (name) => wrapRandomAccess(await files.openRandomAccess(name)),
    holdSyncs: () => {
      const { promise, resolve } = Promise.withResolvers<void>()
      gate = promise
      isHeld = true
      held = Promise.withResolvers()
      const release = (): void => {
        isHeld = false
        resolve()
      }
      return { release, [Symbol.dispose]: release }
    },
    heldSync: () => held.promise,
    failWith: (operation, code) => (codes[operation] = code),
  }
}
