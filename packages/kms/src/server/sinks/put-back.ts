import { type Files, isNoSpace, type RandomAccessFile } from './files.ts'
import { beforeBytes, digestOf, type Frame, framesIn, noFrame } from './frames.ts'
import { readExactly } from './lines-backwards.ts'
import { releaseReserve } from './reserve.ts'
import { parseSegmentName } from './segments.ts'

export const journalName = 'journal'

/**
 * Writes the frames of the directory's journal into their files, where their bytes may be already,
 * syncs them, and empties the journal: whatever is written next, with a journal or without one, is
 * not to be overwritten by a later start. Resolves to whether there were any.
 */
export const putBack = async (files: Files): Promise<boolean> => {
  const frames = await framesOf(files)
  if (frames.length === 0) return false
  const names = await files.list()
  for (const [name, itsFrames] of Map.groupBy(frames, (frame) => frame.name))
    // Whoever took a segment away meant it; nothing else is written with a journal.
    if (names.includes(name) && parseSegmentName(name) !== undefined)
      await putBackInto(files, name, itsFrames)
  await empty(files)
  return true
}

/** Forgets all frames of a journal with halves of `halfBytes`, for certain. */
export const forgetFrames = async (file: RandomAccessFile, halfBytes: number): Promise<void> => {
  for (const half of [0, 1]) await file.writeAt(half * halfBytes, [noFrame])
  await file.sync()
}

const empty = async (files: Files): Promise<void> => {
  const journal = await files.openRandomAccess(journalName)
  try {
    const halfBytes = Math.floor((await journal.size()) / 2)
    // File systems that never write in place need room here too.
    await withReserve(files, () => forgetFrames(journal, halfBytes))
  } finally {
    await journal.close()
  }
}

/** Oldest first. */
const framesOf = async (files: Files): Promise<readonly Frame[]> => {
  if (!(await files.list()).includes(journalName)) return []
  const file = await files.openRandomAccess(journalName)
  try {
    const bytes = await readExactly(file, 0, await file.size())
    const middle = Math.floor(bytes.length / 2)
    const halves = [bytes.subarray(0, middle), bytes.subarray(middle, 2 * middle)]
    return halves.flatMap(framesIn).toSorted((one, other) => one.number - other.number)
  } finally {
    await file.close()
  }
}

const putBackInto = async (files: Files, name: string, frames: readonly Frame[]): Promise<void> => {
  const file = await files.openRandomAccess(name)
  try {
    for (const frame of frames) {
      if (!(await continues(file, frame))) throw new ForeignJournalError(name)
      await withReserve(files, () => file.writeAt(frame.position, [frame.bytes]))
    }
    await file.sync()
  } finally {
    await file.close()
  }
}

/** What stands before a frame is on disk, or comes from the frame before: no crash takes it. */
const continues = async (file: RandomAccessFile, { position, before }: Frame): Promise<boolean> => {
  if (position > (await file.size())) return false
  const start = Math.max(0, position - beforeBytes)
  return digestOf(await readExactly(file, start, position)) === before
}

class ForeignJournalError extends Error {
  constructor(name: string) {
    super(
      `the journal of the audit log does not continue ${name}: one of them is a copy of another time ` +
        'or place. Put back the one that is missing, or remove the journal if what it has may be lost',
    )
    this.name = 'ForeignJournalError'
  }
}

/** Gives the reserve back if there is no room without it. */
const withReserve = async (files: Files, write: () => Promise<void>): Promise<void> => {
  try {
    await write()
  } catch (error) {
    if (!isNoSpace(error)) throw error
    await releaseReserve(files)
    await write()
  }
}
