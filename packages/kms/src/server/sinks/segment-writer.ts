import type { Line } from './batch.ts'
import type { Files } from './files.ts'
import type { Journal } from './journal.ts'
import { createSegment, type Segment, segmentFileName } from './segments.ts'

const mebibyte = 1_048_576
/** Enough for a busy log's batch; a larger one gets bytes of its own. */
const scratchBytes = mebibyte / 4
/** Of one UTF-16 unit. */
const utf8BytesMax = 3

export type SegmentWriterOptions = {
  readonly files: Files
  /** Absent: segments are synced themselves. */
  readonly journal: Journal | undefined
  /** A segment that has reached this size is followed by a new one. */
  readonly segmentBytesMax: number
  /** The greatest change seq on disk. */
  readonly lastChangeSeq: number
}

/** Writes lines behind each other into segments. Its methods run one after the other. */
export class SegmentWriter {
  readonly #options: SegmentWriterOptions
  #segment: Segment
  /** Where the segment ends for certain, and where it ends when the next sync has returned. */
  #durableBytes: number
  #writtenBytes: number
  /** The greatest change seq on disk, which the name of the next segment carries; and after the next sync. */
  #durableChangeSeq: number
  #writtenChangeSeq: number
  /** Where lines become bytes. */
  readonly #scratch = Buffer.allocUnsafeSlow(scratchBytes)

  constructor(segment: Segment, options: SegmentWriterOptions) {
    this.#options = options
    this.#segment = covered(options.journal, segment)
    this.#durableBytes = segment.durableBytes
    this.#writtenBytes = segment.durableBytes
    this.#durableChangeSeq = options.lastChangeSeq
    this.#writtenChangeSeq = options.lastChangeSeq
  }

  /** Only between syncs, so that everything in the segments before is durable. */
  async rotateIfDue(): Promise<void> {
    const { name, file } = this.#segment
    const { files, journal, segmentBytesMax } = this.#options
    if (this.#durableBytes < segmentBytesMax) return
    const next = { ordinal: name.ordinal + 1, changeSeq: this.#durableChangeSeq }
    const segment = await createSegment(files, next)
    this.#segment = covered(journal, segment)
    this.#durableBytes = 0
    // It is synced now at the latest. A full disk that is told of then is no clean refusal: the
    // journal may have the only bytes that are left of it.
    await file.close().catch((error: unknown) => {
      throw new Error('the last segment could not be synced', { cause: error })
    })
  }

  async write(lines: readonly Line[]): Promise<void> {
    const bytes = this.#bytesOf(lines)
    for (let at = 0; at < bytes.length;) {
      const taken = await this.#segment.file.write(bytes.subarray(at))
      if (taken === 0) throw new Error('the file takes no more bytes')
      at += taken
    }
    this.#writtenBytes = this.#durableBytes + bytes.length
    this.#writtenChangeSeq = this.#durableChangeSeq
    for (const { changeSeq = 0 } of lines)
      this.#writtenChangeSeq = Math.max(this.#writtenChangeSeq, changeSeq)
  }

  /** They lie where the next ones will, so that they have to be written before. */
  #bytesOf(lines: readonly Line[]): Uint8Array {
    let bytesMax = 0
    for (const { text } of lines) bytesMax += text.length * utf8BytesMax + 1
    const bytes =
      bytesMax <= this.#scratch.length ? this.#scratch : Buffer.allocUnsafeSlow(bytesMax)
    let end = 0
    for (const { text } of lines) {
      end += bytes.write(text, end)
      end += bytes.write('\n', end)
    }
    return bytes.subarray(0, end)
  }

  /** What was written becomes durable. A failure is final: nobody knows what has reached the disk. */
  async sync(): Promise<void> {
    await this.#segment.file.sync()
    this.#durableBytes = this.#writtenBytes
    this.#durableChangeSeq = this.#writtenChangeSeq
  }

  /** Takes back what was written since the last sync: no line may stand behind half of another. */
  async takeBack(): Promise<void> {
    await this.#segment.file.truncate(this.#durableBytes)
    await this.#segment.file.sync()
  }

  /** Rejects, and is closed nevertheless, if not all of it is on disk where it belongs. */
  close(): Promise<void> {
    return this.#segment.file.close()
  }
}

const covered = (journal: Journal | undefined, segment: Segment): Segment => {
  if (journal === undefined) return segment
  const { name, file, durableBytes } = segment
  return { ...segment, file: journal.cover(segmentFileName(name), file, durableBytes) }
}
