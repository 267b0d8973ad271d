import type { AppendFile, Files } from './files.ts'
import { blocksBackwards, wholeLinesEnd } from './lines-backwards.ts'

/** A file of the log. Names sort in the order in which the segments were begun. */
export type SegmentName = {
  readonly ordinal: number
  /** The greatest change seq in all segments before this one. */
  readonly changeSeq: number
}

export const segmentFileName = ({ ordinal, changeSeq }: SegmentName): string =>
  `audit-${String(ordinal).padStart(12, '0')}-${String(changeSeq).padStart(16, '0')}.jsonl`

/** `undefined` for any other file. */
export const parseSegmentName = (name: string): SegmentName | undefined => {
  const match = /^audit-(\d{12})-(\d{16})\.jsonl$/.exec(name)
  return match ? { ordinal: Number(match[1]), changeSeq: Number(match[2]) } : undefined
}

/** An open segment: the only one that is written. */
export type Segment = {
  readonly name: SegmentName
  readonly file: AppendFile
  /** Bytes that are on disk for certain when it is opened. */
  readonly durableBytes: number
}

/** A new, empty segment, whose name is durable when this resolves. */
export const createSegment = async (files: Files, name: SegmentName): Promise<Segment> => {
  const file = await files.create(segmentFileName(name))
  try {
    await files.syncDirectory()
  } catch (error) {
    // Left behind, it would be taken for the newest segment, and lines of this one be overlooked.
    await file.close()
    await files.remove(segmentFileName(name))
    throw error
  }
  return { name, file, durableBytes: 0 }
}

/** The names of all segments, the oldest first. */
const segmentNames = async (files: Files): Promise<readonly string[]> =>
  (await files.list()).filter((name) => parseSegmentName(name)).sort()

/** The lines of all segments, the newest first, until `bytesMax` were read. */
export async function* newestLines(files: Files, bytesMax: number): AsyncGenerator<string, void> {
  let bytes = 0
  for (const name of (await segmentNames(files)).toReversed()) {
    const file = await files.open(name)
    try {
      for await (const block of blocksBackwards(file, await file.size())) {
        const lines = block.toString().split('\n')
        for (const line of lines.toReversed()) if (line !== '') yield line
        bytes += block.length
        if (bytes >= bytesMax) return
      }
    } finally {
      await file.close()
    }
  }
}

/** The newest segment of the directory as a crash may have left it; `undefined` if there is none. */
export const openNewest = async (files: Files): Promise<Recovered | undefined> => {
  const newest = (await segmentNames(files)).at(-1)
  const name = newest === undefined ? undefined : parseSegmentName(newest)
  if (newest === undefined || name === undefined) return undefined
  const file = await files.open(newest)
  try {
    const size = await file.size()
    const durableBytes = await wholeLinesEnd(file, size)
    if (durableBytes < size) await file.truncate(durableBytes)
    // Also makes durable what an earlier process wrote or named and did not live to sync.
    await file.sync()
    await files.syncDirectory()
    const found = await newestChangeSeq(file, durableBytes)
    return {
      segment: { name, file, durableBytes },
      cutBytes: size - durableBytes,
      lastChangeSeq: Math.max(name.changeSeq, found),
    }
  } catch (error) {
    await file.close()
    throw error
  }
}

export type Recovered = {
  readonly segment: Segment
  /** Bytes of a line without an end, which no caller was told of and which are gone now. */
  readonly cutBytes: number
  readonly lastChangeSeq: number
}

const lineEnd = 0x0a

/** Searches backwards: records of changes stand in the order of their seq, so one is enough. */
const newestChangeSeq = async (file: AppendFile, size: number): Promise<number> => {
  for await (const lines of blocksBackwards(file, size)) {
    const seq = newestChangeSeqIn(lines)
    if (seq > 0) return seq
  }
  return 0
}

const newestChangeSeqIn = (lines: Buffer): number => {
  for (let from = lines.length; from >= 0;) {
    const at = lines.lastIndexOf('"changeSeq":', from)
    if (at < 0) return 0
    const start = at === 0 ? 0 : lines.lastIndexOf(lineEnd, at) + 1
    const end = lines.indexOf(lineEnd, at)
    const seq = changeSeqOf(lines.toString('utf8', start, end < 0 ? lines.length : end))
    if (seq > 0) return seq
    from = start - 1
  }
  return 0
}

/** 0 for a record of no change, or a line that is damaged: its record is appended once more. */
const changeSeqOf = (line: string): number => {
  try {
    const record: unknown = JSON.parse(line)
    const seq: unknown = memberOf(memberOf(record, 'additionalEventData'), 'changeSeq')
    return typeof seq === 'number' && Number.isSafeInteger(seq) ? seq : 0
  } catch {
    return 0
  }
}

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined
