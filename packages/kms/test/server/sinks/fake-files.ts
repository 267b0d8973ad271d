import type { AppendFile, Files, RandomAccessFile } from '../../../src/server/sinks/files.ts'

type Content = {
  bytes: Buffer
  durable: Buffer
  /** What a cut that has not been synced may still bring back. */
  uncut?: Buffer | undefined
  /** What was written at given places since the last sync: a crash keeps any of it. */
  pieces?: { readonly position: number; readonly bytes: Buffer }[] | undefined
  /** A sync has failed: what was written may never reach the disk, and no later sync tells. */
  lost?: boolean
}

/** What a test lets go wrong. Each hook sees the how-many-th call it is, beginning with 1. */
export type Faults = {
  /** Resolves when the sync may return; throws to make it fail. */
  sync?: (count: number, name: string) => Promise<void> | void
  /** How many of the bytes are taken; throws to make it fail. */
  write?: (count: number, length: number) => number
  /** Sees every operation before it is done. */
  before?: (operation: string, name: string) => void
}

export const failure = (code: string): Error => Object.assign(new Error(code), { code })

/** A directory in memory that knows what is on disk for certain, and can lose the rest. */
export class FakeFiles implements Files {
  readonly contents = new Map<string, Content>()
  /** The directory as it is on disk for certain. */
  #named: ReadonlyMap<string, Content> = new Map()
  readonly faults: Faults = {}
  /** What was done, in order: `write audit-…`, `sync audit-…`, `remove reserve`. */
  readonly operations: string[] = []
  /** How many bytes all files together may hold. */
  capacity = Number.MAX_SAFE_INTEGER
  writes = 0
  syncs = 0
  /** How many files are open. */
  handles = 0

  async list(): Promise<readonly string[]> {
    return [...this.contents.keys()]
  }
  async create(name: string): Promise<AppendFile> {
    this.#note('create', name)
    if (this.contents.has(name)) throw failure('EEXIST')
    if (this.used >= this.capacity) throw failure('ENOSPC')
    this.contents.set(name, { bytes: Buffer.alloc(0), durable: Buffer.alloc(0) })
    return this.open(name)
  }
  async open(name: string): Promise<AppendFile> {
    const content = this.contents.get(name)
    if (!content) throw failure('ENOENT')
    return this.#file(name, content)
  }
  async openRandomAccess(name: string): Promise<RandomAccessFile> {
    const content = this.contents.get(name)
    if (!content) throw failure('ENOENT')
    const file = this.#file(name, content)
    return {
      ...file,
      writeAt: async (position, pieces) => {
        this.#note('write', name)
        const bytes = Buffer.concat(pieces)
        if (this.used + position + bytes.length - content.bytes.length > this.capacity)
          if (position + bytes.length > content.bytes.length) throw failure('ENOSPC')
        content.bytes = overwritten(content.bytes, position, bytes)
        ;(content.pieces ??= []).push({ position, bytes })
      },
    }
  }
  async remove(name: string): Promise<void> {
    this.#note('remove', name)
    this.contents.delete(name)
  }
  async syncDirectory(): Promise<void> {
    this.#note('sync', '.')
    this.#named = new Map(this.contents)
  }

  get used(): number {
    return [...this.contents.values()].reduce((sum, { bytes }) => sum + bytes.length, 0)
  }

  segments(): string[] {
    return [...this.contents.keys()].filter((name) => name.startsWith('audit-')).sort()
  }

  /** All lines of all segments; the last one even if it has no end. */
  lines(): string[] {
    const text = this.segments().map((name) => String(this.contents.get(name)?.bytes))
    return text.join('').split('\n').filter(Boolean)
  }

  /** The directory after the process was killed: the system knows what it wrote, the disk may not. */
  killed(): FakeFiles {
    const after = new FakeFiles()
    const copies = new Map<Content, Content>()
    const copy = (content: Content): Content =>
      copies.get(content) ?? copies.set(content, { ...content }).get(content)!
    for (const [name, content] of this.contents) after.contents.set(name, copy(content))
    after.#named = new Map([...this.#named].map(([name, content]) => [name, copy(content)]))
    return after
  }

  /** The directory after a loss of power that spared `spared` bytes of what was not synced. */
  crashed(spared: number): FakeFiles {
    const after = new FakeFiles()
    const names = spared % 2 === 0 ? this.#named : this.contents
    for (const [name, { bytes, durable, uncut = bytes, pieces }] of names) {
      const isGrown = uncut.subarray(0, durable.length).equals(durable)
      const kept = pieces
        ? keptOf(durable, pieces, spared)
        : isGrown
          ? grownOf(uncut, durable.length, spared)
          : durable
      after.contents.set(name, { bytes: Buffer.from(kept), durable: Buffer.from(kept) })
    }
    after.#named = new Map(after.contents)
    return after
  }

  #note(operation: string, name: string): void {
    this.faults.before?.(operation, name)
    this.operations.push(`${operation} ${name}`)
  }

  #file(name: string, content: Content): AppendFile {
    this.handles += 1
    return {
      write: async (bytes) => {
        this.#note('write', name)
        this.writes += 1
        const room = this.capacity - this.used
        if (room <= 0) throw failure('ENOSPC')
        const wanted = this.faults.write?.(this.writes, bytes.length) ?? bytes.length
        const taken = Math.min(wanted, room)
        content.bytes = Buffer.concat([content.bytes, bytes.subarray(0, taken)])
        content.uncut = undefined
        return taken
      },
      sync: async () => {
        this.#note('sync', name)
        this.syncs += 1
        const written = content.bytes
        try {
          await this.faults.sync?.(this.syncs, name)
        } catch (error) {
          content.lost = true
          throw error
        }
        if (!content.lost) content.durable = written
        content.uncut = undefined
        content.pieces = undefined
      },
      read: async (position, length) => content.bytes.subarray(position, position + length),
      size: async () => content.bytes.length,
      truncate: async (length) => {
        this.#note('truncate', name)
        content.uncut = content.bytes
        content.bytes = content.bytes.subarray(0, length)
      },
      close: async () => {
        this.handles -= 1
      },
    }
  }
}

const overwritten = (old: Buffer, position: number, bytes: Buffer): Buffer => {
  const made = Buffer.alloc(Math.max(old.length, position + bytes.length))
  made.set(old)
  made.set(bytes, position)
  return made
}

/**
 * Some file systems write a file's length before its bytes: what is missing then reads as zeros.
 */
const grownOf = (written: Buffer, durableBytes: number, spared: number): Buffer => {
  const there = written.subarray(0, durableBytes + spared)
  if (spared % 3 === 0) return there
  const kept = Buffer.alloc(written.length)
  there.copy(kept)
  return kept
}

/** Disks write in any order: which of the pieces are there, and which one half, `spared` says. */
const keptOf = (
  durable: Buffer,
  pieces: readonly { readonly position: number; readonly bytes: Buffer }[],
  spared: number,
): Buffer =>
  pieces.reduce((kept, { position, bytes }, index) => {
    const isTorn = index === spared % pieces.length
    const isThere = ((spared >> (index % 8)) & 1) === 1
    const end = isTorn ? spared % bytes.length : isThere ? bytes.length : 0
    // Of one that is torn the later half may be there, and the first one not.
    return isTorn && isThere
      ? overwritten(kept, position + end, bytes.subarray(end))
      : overwritten(kept, position, bytes.subarray(0, end))
  }, durable)

/** A record that the log can read: `seq` for one that tells of a change. */
export const lineOf = (id: number, seq?: number): string =>
  JSON.stringify({ id, ...(seq === undefined ? {} : { additionalEventData: { changeSeq: seq } }) })
