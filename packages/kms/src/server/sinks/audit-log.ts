import type { ReplayTarget } from '../../core/audit/replay.ts'
import type { AppendOptions, AuditSink } from '../../core/ports.ts'
import { type Files, filesIn, isNoSpace } from './files.ts'
import { Journal } from './journal.ts'
import { putBack } from './put-back.ts'
import { releaseReserve, tryReserve } from './reserve.ts'
import type { Segment } from './segments.ts'
import { createSegment, newestLines, openNewest, segmentFileName } from './segments.ts'

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
/** Enough for a busy log's batch; a larger one gets bytes of its own. */
const scratchBytes = mebibyte / 4
/** Of one UTF-16 unit. */
const utf8BytesMax = 3
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
  const found = await openNewest(files)
  const segment = found?.segment ?? (await createSegment(files, { ordinal: 1, changeSeq: 0 }))
  const settings: Settings = {
    files,
    journal,
    segmentBytesMax: options.segmentBytesMax ?? 64 * mebibyte,
    reserveBytes: options.reserveBytes ?? auditReserveBytes,
    cutBytes: found?.cutBytes ?? 0,
    lastChangeSeq: found?.lastChangeSeq ?? 0,
  }
  try {
    const isFull = !(await tryReserve(files, settings.reserveBytes))
    return new SegmentedLog(segment, settings, isFull)
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

const covered = (journal: Journal | undefined, segment: Segment): Segment =>
  journal === undefined
    ? segment
    : {
        ...segment,
        file: journal.cover(segmentFileName(segment.name), segment.file, segment.durableBytes),
      }

/** How often a full disk is looked at again. */
const refillMs = 10_000

/** Tries to leave the full state now and then, until the timer is cleared. */
export const refillRegularly = (
  audit: Pick<AuditLog, 'full' | 'restoreReserve'>,
): NodeJS.Timeout => {
  const timer = setInterval(() => audit.full() && void audit.restoreReserve(), refillMs)
  timer.unref()
  return timer
}

type Settings = {
  readonly files: Files
  readonly journal: Journal | undefined
  readonly segmentBytesMax: number
  readonly reserveBytes: number
  readonly cutBytes: number
  readonly lastChangeSeq: number
}

type Lines = readonly {
  readonly text: string
  readonly isEssential: boolean
  readonly changeSeq: number | undefined
}[]

/** Lines that reach the disk together. Waiters share a promise each for the two kinds of lines. */
type Batch = {
  readonly lines: Lines[number][]
  ordinary: PromiseWithResolvers<void> | undefined
  essential: PromiseWithResolvers<void> | undefined
}

class SegmentedLog implements AuditLog {
  readonly cutBytes: number
  readonly #settings: Settings
  #segment: Segment
  /** Where the segment ends for certain, and where it ends when the next sync has returned. */
  #durableBytes: number
  #writtenBytes: number
  /** The greatest change seq on disk: the name of the next segment carries it. */
  #newestChangeSeq: number
  #batch: Batch | undefined
  /** Where lines become bytes. */
  readonly #scratch = Buffer.allocUnsafeSlow(scratchBytes)
  /** Everything that touches the files runs on this chain, one after the other. */
  #work: Promise<unknown> = Promise.resolve()
  #isFull: boolean
  #failure: Error | undefined
  #closing: Promise<void> | undefined

  constructor(segment: Segment, settings: Settings, isFull: boolean) {
    this.#segment = covered(settings.journal, segment)
    this.#durableBytes = segment.durableBytes
    this.#writtenBytes = segment.durableBytes
    this.#settings = settings
    this.#newestChangeSeq = settings.lastChangeSeq
    this.#isFull = isFull
    this.cutBytes = settings.cutBytes
  }

  append(line: string, options?: AppendOptions): Promise<void> {
    const refusal = this.#refusal(line, options)
    if (refusal) return Promise.reject(refusal)
    const batch = (this.#batch ??= this.#startBatch())
    const isEssential = options !== undefined
    batch.lines.push({ text: line, isEssential, changeSeq: options?.changeSeq })
    const waiter = isEssential ? (batch.essential ??= waiters()) : (batch.ordinary ??= waiters())
    return waiter.promise
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
    await this.#segment.file.close().catch(() => undefined)
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
    const batch: Batch = { lines: [], ordinary: undefined, essential: undefined }
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
      batch.ordinary?.resolve()
      batch.essential?.resolve()
    } catch (error) {
      const failure = this.#fail(error)
      batch.ordinary?.reject(failure)
      batch.essential?.reject(failure)
    }
  }

  /** Resolves when the lines are durable; those that a full disk refuses are rejected in here. */
  async #store(batch: Batch): Promise<void> {
    if (!this.#isFull) {
      try {
        await this.#rotate()
        await this.#write(batch.lines)
      } catch (error) {
        if (!isNoSpace(error)) throw error
        await this.#enterFull()
      }
    }
    if (this.#isFull) {
      batch.ordinary?.reject(new AuditLogFullError())
      const essential = batch.lines.filter(({ isEssential }) => isEssential)
      if (essential.length === 0) return
      await this.#write(essential)
      await this.#sync(essential)
      return
    }
    await this.#sync(batch.lines)
  }

  /** Only between batches, so that everything in the segments before is durable. */
  async #rotate(): Promise<void> {
    const { name, file } = this.#segment
    if (this.#durableBytes < this.#settings.segmentBytesMax) return
    const next = { ordinal: name.ordinal + 1, changeSeq: this.#newestChangeSeq }
    const segment = await createSegment(this.#settings.files, next)
    this.#segment = covered(this.#settings.journal, segment)
    this.#durableBytes = 0
    // It is synced now at the latest. A full disk that is told of then is no clean refusal: the
    // journal may have the only bytes that are left of it.
    await file.close().catch((error: unknown) => {
      throw this.#fail(error)
    })
  }

  async #write(lines: Lines): Promise<void> {
    const bytes = this.#bytesOf(lines)
    for (let at = 0; at < bytes.length;) {
      const taken = await this.#segment.file.write(bytes.subarray(at))
      if (taken === 0) throw new Error('the file takes no more bytes')
      at += taken
    }
    this.#writtenBytes = this.#durableBytes + bytes.length
  }

  /** They lie where the next ones will, so that they have to be written before. */
  #bytesOf(lines: Lines): Uint8Array {
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

  /** Its failure is always final, ENOSPC too: nobody knows then what has reached the disk. */
  async #sync(lines: Lines): Promise<void> {
    await this.#segment.file.sync()
    this.#durableBytes = this.#writtenBytes
    for (const { changeSeq = 0 } of lines) {
      this.#newestChangeSeq = Math.max(this.#newestChangeSeq, changeSeq)
    }
  }

  async #enterFull(): Promise<void> {
    this.#isFull = true
    // First: where a file system never writes in place, to empty the journal takes room too.
    await releaseReserve(this.#settings.files)
    // What was written of the batch goes: no line may stand behind half of another.
    await this.#segment.file.truncate(this.#durableBytes)
    await this.#segment.file.sync()
  }

  #fail(error: unknown): Error {
    this.#failure ??= new Error('the audit log can no longer be written', { cause: error })
    return this.#failure
  }
}

const closed = (): Error => new Error('the audit log is closed')

const waiters = (): PromiseWithResolvers<void> => Promise.withResolvers<void>()
