import { randomBytes } from 'node:crypto'
import { CoveredFile } from './covered-file.ts'
import { type AppendFile, type Files, isNoSpace, type RandomAccessFile } from './files.ts'
import { FrameHead } from './frames.ts'
import { forgetFrames, journalName, putBack } from './put-back.ts'
import { keepFilled } from './reserve.ts'

const epochBytes = 8

/**
 * Makes appended bytes durable at the cost of overwriting: a file that grows makes the file system
 * write its length and its new blocks too, with several waits for the disk, one that stays as it is
 * does not. So each piece goes into its file, which is not synced, and into the journal, which is.
 * Files are synced behind it, and what a crash took from them is put back from the journal.
 *
 * It has two halves, and one is used again when all of its pieces are on disk where they belong.
 */
export class Journal {
  readonly #file: RandomAccessFile
  readonly #halfBytes: number
  readonly #epoch = randomBytes(epochBytes)
  #half = 0
  /** Where the next frame goes. */
  #at = 0
  /** Of the newest frame, in all and in each half; 0 for none. */
  #number = 0
  readonly #newestIn = [0, 0]
  /** Frames up to this one are on disk in the journal. */
  #synced = 0
  /** Frames up to this one are on disk where they belong. */
  #settled = 0

  private constructor(file: RandomAccessFile, bytes: number) {
    this.#file = file
    this.#halfBytes = Math.floor(bytes / 2)
  }

  /**
   * Opens the journal of `bytes` bytes, after it has put back what the files lost in a crash.
   * `undefined` if the disk has no room for one: files are then to be synced themselves.
   */
  static async open(files: Files, bytes: number): Promise<Journal | undefined> {
    await putBack(files)
    try {
      await keepFilled(files, journalName, bytes)
    } catch (error) {
      if (isNoSpace(error)) return undefined
      throw error
    }
    return new Journal(await files.openRandomAccess(journalName), bytes)
  }

  /** `file`, of which `size` bytes are on disk, so that its sync is one of the journal. */
  cover(name: string, file: AppendFile, size: number): AppendFile {
    return new CoveredFile(this, new FrameHead(name, this.#epoch), file, size)
  }

  /** Of the newest frame. */
  get number(): number {
    return this.#number
  }

  /** How much may be written before a file has to be synced behind the journal. */
  get aheadBytes(): number {
    return this.#halfBytes / 4
  }

  /** Takes a piece of a file, with the digest of what is before it; `false` if there is no room until more frames are settled. */
  async put(
    head: FrameHead,
    position: number,
    before: number,
    bytes: Uint8Array,
  ): Promise<boolean> {
    const length = head.length + bytes.length
    if (this.#at + length > (this.#half + 1) * this.#halfBytes) {
      const other = 1 - this.#half
      if (length > this.#halfBytes || this.#newestIn[other]! > this.#settled) return false
      // What is synced together lies in one half, where nothing behind a torn frame is read.
      if (Math.max(this.#synced, this.#settled) < this.#number) return false
      this.#half = other
      this.#at = other * this.#halfBytes
    }
    const number = this.#number + 1
    try {
      await this.#file.writeAt(this.#at, [head.of(number, position, before, bytes), bytes])
    } catch (error) {
      // File systems that never write in place need room here too.
      if (isNoSpace(error)) return false
      throw error
    }
    this.#number = number
    this.#newestIn[this.#half] = number
    this.#at += length
    return true
  }

  async sync(): Promise<void> {
    const number = this.#number
    await this.#file.sync()
    this.#synced = number
  }

  /** The frames up to `number` are on disk where they belong. */
  settle(number: number): void {
    this.#settled = Math.max(this.#settled, number)
  }

  /** Forgets all frames, for certain: they are settled, or nobody was told of them. */
  async clear(): Promise<void> {
    await forgetFrames(this.#file, this.#halfBytes)
    this.#half = 0
    this.#at = 0
    this.settle(this.#number)
  }

  /** Frames that are settled go; left behind, they would be put where they are. */
  async close(): Promise<void> {
    if (this.#number > 0 && this.#settled === this.#number)
      await this.clear().catch(() => undefined)
    await this.#file.close()
  }
}
