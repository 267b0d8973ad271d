import type { ReplayTarget } from '../../core/audit/replay.ts'
import type { AppendOptions, AuditSink } from '../../core/ports.ts'
import { Batch } from './batch.ts'
import { type Files, filesIn, isNoSpace } from './files.ts'
import { Journal } from './journal.ts'
import { putBack } from './put-back.ts'
import { releaseReserve, tryReserve } from './reserve.ts'
import { SegmentWriter } from './segment-writer.ts'
import { createSegment, newestLines, openNewest } from './segments.ts'

export type AuditLogOptions = {
  /** A segment that has reached this size is followed by a new one; absent: 64 MiB. */
  readonly segmentBytesMax?: number
  /** What is kept back for the day when the disk is full; absent: 4 MiB. */
  readonly reserveBytes?: number
  /** The length of the journal; absent: 2 MiB; 0: there is none, and segments are synced themselves. */
  readonly journalBytes?: number
  /** The file system; absent: the real directory. */
  readonly files?: Files
}

/** Why an ordinary line was refused: the disk is full. The log itself is whole. */
export class AuditLogFullError extends Error {
  constructor(cause?: unknown) {
    super('the disk of the audit log is full', { cause })
    this.name = 'AuditLogFullError'
  }
}

/** The audit log of one process: lines of JSON in segments, durable when `append` resolves. */
export type AuditLog = AuditSink &
  ReplayTarget & {
    /** Bytes of an unfinished line that were cut off when the log was opened. */
    readonly cutBytes: number
    /**
     * Gives the reserve back before a write of the log has failed: for a caller that learns first,
     * from the store, that the disk is full. The log is full from then on.
     */
    releaseReserve(): Promise<void>
    /**
     * Tries to leave the full state by making the reserve anew; resolves to whether the log takes
     * every line again. Harmless at any other time.
     */
    restoreReserve(): Promise<boolean>
    /** The lines that are there now, the newest first, until about `bytesMax` were read. */
    newestLines(bytesMax: number): AsyncIterable<string>
  }

const mebibyte = 1_048_576
/** What is kept back where nothing else is said. */
export const auditReserveBytes = 4 * mebibyte
const journalBytes = 2 * mebibyte
/** No record comes near; a longer line is a fault of the program. */
const lineUnitsMax = mebibyte

/**
 * Opens the log in `directory`, and makes it if it is missing. One process at a time: the caller
 * sees to it. What a crash left of an unfinished line is cut off. On a full disk it opens as full.
 */
export const openAuditLog = async (
  directory: string,
  options: AuditLogOptions = {},
): Promise<AuditLog> => {
  const files = options.files ?? (await filesIn(directory))
  const journal = await openJournal(files, options.journalBytes ?? journalBytes)
  try {
    return await openWith(files, journal, options)
  } catch (error) {
    await journal?.close()
    throw error
  }
}

const openWith = async (
  files: Files,
  journal: Journal | undefined,
  options: AuditLogOptions,
): Promise<AuditLog> => {
  const { segmentBytesMax = 64 * mebibyte, reserveBytes = auditReserveBytes } = options
  const found = await openNewest(files)
  const segment = found?.segment ?? (await createSegment(files, { ordinal: 1, changeSeq: 0 }))
  const { cutBytes = 0, lastChangeSeq = 0 } = found ?? {}
  try {
    const isFull = !(await tryReserve(files, reserveBytes))
    const writer = new SegmentWriter(segment, { files, journal, segmentBytesMax, lastChangeSeq })
    return new SegmentedLog(
      writer,
      { files, journal, reserveBytes, cutBytes, lastChangeSeq },
      isFull,
    )
  } catch (error) {
    await segment.file.close()
    throw error
  }
}

const openJournal = async (files: Files, bytes: number): Promise<Journal | undefined> => {
  if (bytes > 0) return Journal.open(files, bytes)
  await putBack(files)
  return undefined
}

type Settings = {
  readonly files: Files
  readonly journal: Journal | undefined
  readonly reserveBytes: number
  readonly cutBytes: number
  readonly lastChangeSeq: number
}

class SegmentedLog implements AuditLog {
  readonly cutBytes: number
  readonly #settings: Settings
  readonly #writer: SegmentWriter
  #batch: Batch | undefined
  /** Everything that touches the files runs on this chain, one after the other. */
  #work: Promise<unknown> = Promise.resolve()
  #isFull: boolean
  #failure: Error | undefined
  #closing: Promise<void> | undefined

  constructor(writer: SegmentWriter, settings: Settings, isFull: boolean) {
    this.#writer = writer
    this.#settings = settings
    this.#isFull = isFull
    this.cutBytes = settings.cutBytes
  }

  append(line: string, options?: AppendOptions): Promise<void> {
    const refusal = this.#refusal(line, options)
    if (refusal) return Promise.reject(refusal)
    const batch = (this.#batch ??= this.#startBatch())
    return batch.add(line, options)
  }

  failure(): Error | undefined {
    return this.#failure
  }

  full(): boolean {
    return this.#isFull
  }

  lastChangeSeq(): number {
    return this.#settings.lastChangeSeq
  }

  releaseReserve(): Promise<void> {
    return this.#exclusively(() => this.#enterFull())
  }

  restoreReserve(): Promise<boolean> {
    return this.#exclusively(async () => {
      if (this.#isFull) {
        this.#isFull = !(await tryReserve(this.#settings.files, this.#settings.reserveBytes))
      }
      return !this.#isFull
    })
  }

  newestLines(bytesMax: number): AsyncIterable<string> {
    return newestLines(this.#settings.files, bytesMax)
  }

  close(): Promise<void> {
    this.#closing ??= this.#work.then(() => this.#close())
    return this.#closing
  }

  async #close(): Promise<void> {
    // What it could not sync stays in the journal, and is put back by the next start.
    await this.#writer.close().catch(() => undefined)
    await this.#settings.journal?.close()
  }

  #refusal(line: string, options: AppendOptions | undefined): Error | undefined {
    if (this.#failure) return this.#failure
    if (this.#closing) return closed()
    if (this.#isFull && !options) return new AuditLogFullError()
    if (line.length > lineUnitsMax || line.includes('\n')) {
      return new TypeError('an audit record is one line of at most 1 MiB')
    }
    return undefined
  }

  /** The batch takes lines until its turn comes: while the one before it is written and synced. */
  #startBatch(): Batch {
    const batch = new Batch()
    this.#work = this.#work.then(() => this.#settle(batch))
    return batch
  }

  /** Runs `work` when no batch is being written. A failure in it is final. */
  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closing) return Promise.reject(closed())
    const result = this.#work.then(() => {
      if (this.#failure) throw this.#failure
      return work()
    })
    this.#work = result.catch((error: unknown) => this.#fail(error))
    return result
  }

  async #settle(batch: Batch): Promise<void> {
    // Whatever became ready in this turn of the event loop is to share the sync: no timer.
    await new Promise(setImmediate)
    this.#batch = undefined
    try {
      if (this.#failure) throw this.#failure
      await this.#store(batch)
      batch.resolve()
    } catch (error) {
      batch.reject(this.#fail(error))
    }
  }

  /** Resolves when the lines are durable; those that a full disk refuses are rejected in here. */
  async #store(batch: Batch): Promise<void> {
    if (!this.#isFull) {
      try {
        await this.#writer.rotateIfDue()
        await this.#writer.write(batch.lines)
      } catch (error) {
        if (!isNoSpace(error)) throw error
        await this.#enterFull()
      }
    }
    if (this.#isFull) {
      batch.rejectOrdinary(new AuditLogFullError())
      const { essentialLines } = batch
      if (essentialLines.length === 0) return
      await this.#writer.write(essentialLines)
    }
    await this.#writer.sync()
  }

  async #enterFull(): Promise<void> {
    this.#isFull = true
    // First: where a file system never writes in place, to empty the journal takes room too.
    await releaseReserve(this.#settings.files)
    await this.#writer.takeBack()
  }

  #fail(error: unknown): Error {
    this.#failure ??= new Error('the audit log can no longer be written', { cause: error })
    return this.#failure
  }
}

const closed = (): Error => new Error('the audit log is closed')
