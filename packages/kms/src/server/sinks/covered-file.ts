import type { AppendFile } from './files.ts'
import { beforeBytes, digestOf, type FrameHead } from './frames.ts'
import type { Journal } from './journal.ts'
import { readExactly } from './lines-backwards.ts'

/** A file whose bytes are durable when the journal is that has them too. */
export class CoveredFile implements AppendFile {
  readonly #journal: Journal
  readonly #head: FrameHead
  readonly #file: AppendFile
  #size: number
  /** The last bytes, by which a frame knows the file again; absent: they have to be read. */
  #tail: Buffer | undefined
  /** Written since the file itself was last synced. */
  #unsyncedBytes = 0
  /** Whether something was written that the journal does not have, so that only the file's own sync helps. */
  #isBare = false
  /** Whether bytes were taken away that the journal may still have. */
  #isCut = false
  /** The sync of the file behind the journal. */
  #behind: Promise<void> | undefined
  #failure: unknown

  constructor(journal: Journal, head: FrameHead, file: AppendFile, size: number) {
    this.#journal = journal
    this.#head = head
    this.#file = file
    this.#size = size
  }

  async write(bytes: Uint8Array): Promise<number> {
    this.#tail ??= await readExactly(this.#file, Math.max(0, this.#size - beforeBytes), this.#size)
    const before = digestOf(this.#tail)
    const written = bytes.subarray(0, await this.#file.write(bytes))
    const taken = written.length
    this.#isBare ||= !(await this.#journal.put(this.#head, this.#size, before, written))
    this.#tail = Buffer.concat([this.#tail, written.subarray(-beforeBytes)]).subarray(-beforeBytes)
    this.#size += taken
    this.#unsyncedBytes += taken
    return taken
  }

  async sync(): Promise<void> {
    await this.#unlessFailed(async () => {
      if (this.#isBare || this.#isCut) return this.#syncBare()
      return this.#journal.sync()
    })
    if (this.#unsyncedBytes >= this.#journal.aheadBytes) this.#behind ??= this.#syncBehind()
  }

  async #syncBare(): Promise<void> {
    await this.#behind
    await this.#syncFile()
    if (this.#isCut) await this.#journal.clear()
    this.#isBare = false
    this.#isCut = false
  }

  /** Its failure is told by the next sync: those before have what they need in the journal. */
  async #syncBehind(): Promise<void> {
    await this.#syncFile().catch(() => undefined)
    this.#behind = undefined
  }

  #syncFile(): Promise<void> {
    return this.#unlessFailed(async () => {
      const { number } = this.#journal
      const bytes = this.#unsyncedBytes
      await this.#file.sync()
      this.#unsyncedBytes -= bytes
      this.#journal.settle(number)
    })
  }

  /** A failed sync is the last one: nobody knows what the next would speak of. */
  async #unlessFailed(work: () => Promise<void>): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure
    try {
      await work()
    } catch (error) {
      this.#failure ??= error
      throw error
    }
  }

  read(position: number, length: number): Promise<Uint8Array> {
    return this.#file.read(position, length)
  }

  size(): Promise<number> {
    return this.#file.size()
  }

  async truncate(length: number): Promise<void> {
    await this.#file.truncate(length)
    this.#size = length
    this.#tail = undefined
    this.#isCut = true
  }

  /** Rejects, and is closed nevertheless, if not all of it is on disk now. */
  async close(): Promise<void> {
    await this.#behind
    try {
      if (this.#unsyncedBytes > 0) await this.#syncFile()
    } finally {
      await this.#file.close()
    }
  }
}
