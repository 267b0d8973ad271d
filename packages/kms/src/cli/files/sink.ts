import { randomBytes } from 'node:crypto'
import { closeSync, openSync, type Stats } from 'node:fs'
import {
  type FileHandle,
  link,
  mkdir,
  open,
  realpath,
  rename,
  stat,
  unlink,
} from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Writable } from 'node:stream'
import { CliError, exitCode, failure, type Io, type Sink as Stream } from '../io.ts'
import { makeFolders } from './folders.ts'
import { pending } from './pending.ts'
import type { Job } from './targets.ts'

/** Where an output goes. Nothing is to be seen of it before `commit`, unless it is a stream. */
export type Sink = {
  write(bytes: Uint8Array): Promise<void>
  /** Makes the output durable and gives it its name. */
  commit(): Promise<void>
  /** Leaves everything as it was. Does nothing after `commit`. */
  abort(): Promise<void>
}

/** What the output takes over from its input: permissions and times. */
export type Likeness = Pick<Stats, 'mode' | 'atimeMs' | 'mtimeMs'>

type Owner = Pick<Stats, 'uid' | 'gid'>

/**
 * Opens the output of a job, has the work write into it, and gives it its name when that is done; if
 * it fails, there is no output. With `keepsOwner`, it belongs to whoever the input belongs to.
 */
export const withOutput = async <T>(
  { input, target }: Job,
  io: Pick<Io, 'stdout'>,
  { keepsOwner = false }: { readonly keepsOwner?: boolean },
  work: (sink: Sink) => Promise<T>,
): Promise<T> => {
  // A device or a pipe says nothing about who may read what comes out of it.
  const like = input.kind === 'file' && input.stats.isFile() ? input.stats : undefined
  const owner = keepsOwner ? like : undefined
  if (input.kind === 'file' && input.isFound && target.kind === 'file')
    await makeFolders(dirname(target.path), dirname(input.path))
  const sink =
    target.kind === 'stdout'
      ? streamSink(io.stdout)
      : await fileSink(target.path, target.mayReplace, like, owner)
  try {
    const done = await work(sink)
    await sink.commit()
    return done
  } catch (error) {
    await sink.abort()
    throw error
  }
}

/**
 * Writes beside the target, under another name: synced, then renamed in one step, so that there is
 * always either the old file or the whole new one. A device or a pipe is written as it is.
 */
export const fileSink = async (
  path: string,
  mayReplace: boolean,
  like: Likeness | undefined,
  owner?: Owner,
): Promise<Sink> => {
  const old = await stat(path).catch(() => undefined)
  if (old !== undefined && !old.isFile()) return await deviceSink(path, old)
  if (old !== undefined && !mayReplace) throw exists(path)
  // A link keeps pointing to its file, which is the one that is replaced.
  const target = old === undefined ? path : await realpath(path)
  const folder = dirname(target)
  await mkdir(folder, { recursive: true })
  const beside = join(folder, `.${beginningOf(basename(target))}.${randomName()}.partial`)
  // Made and noted in one turn: a signal in between would leave the file behind.
  closeSync(openSync(beside, 'wx', 0o600))
  pending.add(beside)
  const file = await open(beside, 'r+')
  let isOpen = true
  const close = async (): Promise<void> => {
    if (!isOpen) return
    isOpen = false
    await file.close()
  }
  return {
    write: async (bytes) => {
      for (let at = 0; at < bytes.length;) {
        const { bytesWritten } = await file.write(bytes, at, bytes.length - at)
        at += bytesWritten
      }
    },
    commit: async () => {
      if (owner !== undefined) await keepOwner(file, owner)
      await file.chmod(modeAfter(like, old))
      // In seconds, for a Date would round to milliseconds.
      if (like !== undefined) await file.utimes(like.atimeMs / 1000, like.mtimeMs / 1000)
      await file.sync()
      await close()
      if (mayReplace) await rename(beside, target)
      else await renameWithoutReplacing(beside, target)
      pending.delete(beside)
    },
    abort: async () => {
      if (!pending.has(beside)) return
      await close()
      await unlink(beside).catch(() => undefined)
      pending.delete(beside)
    },
  }
}

const keepOwner = async (file: FileHandle, { uid, gid }: Owner): Promise<void> => {
  const own = await file.stat()
  if (own.uid === uid && own.gid === gid) return
  await file.chown(uid, gid).catch((cause: unknown) => {
    const why = 'The file belongs to another user or group, and could not stay theirs: give -o'
    throw failure(why, cause)
  })
}

/**
 * The permissions of the input; where a file is replaced, no more than that one gave either. Set-user-id
 * bits are not handed on: the content is another one.
 */
const modeAfter = (like: Likeness | undefined, old: Stats | undefined): number => {
  if (like === undefined && old === undefined) return 0o666 & ~process.umask()
  return (like?.mode ?? 0o777) & (old?.mode ?? 0o777) & 0o777
}

/** A name that appears in the meantime stays: `link` fails where `rename` would replace. */
const renameWithoutReplacing = async (from: string, to: string): Promise<void> => {
  try {
    await link(from, to)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EEXIST') throw exists(to)
    // File systems without hard links leave a small gap between the look and the rename.
    if (await stat(to).catch(() => undefined)) throw exists(to)
    return await rename(from, to)
  }
  await unlink(from)
}

const exists = (path: string): CliError =>
  new CliError(exitCode.failure, `${path} is there already, and was left as it is`)

/** What fits into a name, of which file systems allow 255 bytes, with something before and behind it. */
const beginningOf = (name: string): string => {
  let beginning = ''
  for (const letter of name)
    if (Buffer.byteLength(beginning + letter) <= nameBytesMax) beginning += letter
    else break
  return beginning
}

const nameBytesMax = 200

const randomName = (): string => randomBytes(6).toString('hex')

const deviceSink = async (path: string, stats: Stats): Promise<Sink> => {
  if (stats.isDirectory()) throw new CliError(exitCode.failure, `${path} is a directory`)
  const file = await open(path, 'w')
  return {
    write: async (bytes) => {
      await file.writeFile(bytes)
    },
    commit: async () => await file.close(),
    abort: async () => await file.close().catch(() => undefined),
  }
}

/** A stream of the command's own: waits until it has taken each piece. */
export const streamSink = (stream: Stream): Sink => ({
  write: async (piece) => {
    // Only of this stream is it known that it looks at nothing that it has once called written.
    const bytes = stream === process.stdout ? piece : new Uint8Array(piece)
    if (!(stream instanceof Writable)) {
      stream.write(bytes)
      return
    }
    await new Promise<void>((resolve, reject) => {
      stream.write(bytes, (error) => {
        if (error) reject(error)
        else resolve()
      })
    })
  },
  commit: () => Promise.resolve(),
  abort: () => Promise.resolve(),
})
