import type { Hmac } from 'node:crypto'
import { concatBytes, utf8 } from '../crypto/bytes.ts'
import type { TableName } from '../ports.ts'
import { chainStart, type ChainPosition } from './chain.ts'
import { checkpointMac, sameBytes, type StateKey } from './mac.ts'
import { NewestSeqs, seqTableCount } from './newest-seqs.ts'
import { Remembered } from './remembered.ts'
import { RememberedIds } from './remembered-ids.ts'
import { SeqTable } from './seq-table.ts'

// What the state remembers of the change log, for the next start:
//
//   16 'keyhold-check-01' | 4 byteOrder | 4 key version | 8 seq | 32 link     where it began
//   256 times: 4 words | 4 count | 8 zero | 4 * words                         see SeqTable
//   'table id\n' for each id that is remembered
//   8 seq | 32 link                                                           where it ended
//   32 HMAC-SHA-256 over all of it
//
// Numbers of 8 bytes are IEEE 754, and all are in the order of the machine's bytes, as the tables
// are: the file is no use on another machine, which reads the whole log then.

const magic = utf8('keyhold-check-01')
const byteOrder = 0x01020304
const positionBytes = 40
const headBytes = magic.length + 8 + positionBytes
const tableHeadBytes = 16
const macBytes = 32
/** Node hashes less than 2 GiB at once. */
const macPieceBytes = 2 ** 30
const idsPerChunk = 1000

/** What a checkpoint says, whose MAC was verified. */
export type Checkpoint = {
  /**
   * Knows all entries up to its newest one, and perhaps some of those after it, up to `until`: they
   * have to be taken in again.
   */
  readonly remembered: Remembered
  /** A place that the log has reached. */
  readonly until: ChainPosition
}

/** Why a checkpoint is of no use. */
export class CheckpointError extends Error {
  constructor(problem: string) {
    super(`the checkpoint ${problem}`)
    this.name = 'CheckpointError'
  }
}

/**
 * A checkpoint in pieces, each made when it is asked for, in less than a millisecond; entries may be
 * added in between.
 */
export function* checkpointChunks(
  stateKey: StateKey,
  remembered: Remembered,
): Generator<Uint8Array, void> {
  const mac = checkpointMac(stateKey)
  yield covered(mac, head(stateKey, remembered.newest))
  for (const table of remembered.seqs.tables) yield covered(mac, tableBytesOf(table))
  let lines: string[] = []
  for (const { table, id } of remembered.ids.all()) {
    lines.push(`${table} ${id}\n`)
    if (lines.length < idsPerChunk) continue
    yield covered(mac, utf8(lines.join('')))
    lines = []
  }
  yield covered(mac, utf8(lines.join('')))
  yield covered(mac, positionBytesOf(remembered.newest))
  yield new Uint8Array(mac.digest())
}

/** How many bytes the pieces of a checkpoint would have that is made now. */
export const checkpointBytes = ({ seqs, ids }: Remembered): number =>
  seqs.tables.reduce(
    (sum, { words }) => sum + tableHeadBytes + words.byteLength,
    headBytes + ids.linesBytes + positionBytes + macBytes,
  )

/**
 * Throws `CheckpointError` if what begins so (its first 64 bytes, at least) is no checkpoint of this
 * version, or of another key: before anything is done that takes longer.
 */
export const requireCheckpointHead = (stateKey: StateKey, beginning: Uint8Array): void => {
  if (!sameBytes(beginning.subarray(0, magic.length), magic))
    throw new CheckpointError('is not one that this version of the program makes')
  const expected = head(stateKey, chainStart).subarray(0, headBytes - positionBytes)
  if (!sameBytes(beginning.subarray(0, expected.length), expected))
    throw new CheckpointError('was made under another key, or on another kind of machine')
}

/**
 * What the pieces said, put together in a buffer that nobody else uses from now on. Throws
 * `CheckpointError` if they were not made under this key, or are not all there.
 */
export const parseCheckpoint = (stateKey: StateKey, bytes: Uint8Array<ArrayBuffer>): Checkpoint => {
  requireCheckpointHead(stateKey, bytes)
  const end = bytes.length - macBytes
  if (end < headBytes + positionBytes) throw new CheckpointError('is not all there')
  const mac = checkpointMac(stateKey)
  for (let at = 0; at < end; at += macPieceBytes)
    mac.update(bytes.subarray(at, Math.min(at + macPieceBytes, end)))
  if (!sameBytes(mac.digest(), bytes.subarray(end))) throw new CheckpointError('is not authentic')
  return parse(stateKey, bytes, end)
}

/** Nothing is parsed here that this program has not made. */
const parse = (stateKey: StateKey, bytes: Uint8Array<ArrayBuffer>, end: number): Checkpoint => {
  const { buffer, byteOffset } = bytes
  let at = headBytes
  const tables = Array.from({ length: seqTableCount }, () => {
    const [length = 0, count = 0] = new Uint32Array(buffer, byteOffset + at, 2)
    const words = new Uint32Array(buffer, byteOffset + at + tableHeadBytes, length)
    at += tableHeadBytes + words.byteLength
    return new SeqTable(words, count)
  })
  const untilAt = end - positionBytes
  const ids = new RememberedIds()
  const lines = new TextDecoder().decode(bytes.subarray(at, untilAt)).split('\n')
  for (const line of lines.slice(0, -1)) {
    const space = line.indexOf(' ')
    // The name is one that a change of the state had.
    ids.add({ table: line.slice(0, space) as TableName, id: line.slice(space + 1) })
  }
  const from = positionIn(bytes, headBytes - positionBytes)
  const remembered = new Remembered(new NewestSeqs(stateKey, tables), ids, from)
  return { remembered, until: positionIn(bytes, untilAt) }
}

const covered = (mac: Hmac, bytes: Uint8Array): Uint8Array => {
  mac.update(bytes)
  return bytes
}

const head = ({ version }: StateKey, from: ChainPosition): Uint8Array =>
  concatBytes(magic, bytesOf(Uint32Array.of(byteOrder, version)), positionBytesOf(from))

const tableBytesOf = ({ words, count }: SeqTable): Uint8Array =>
  concatBytes(bytesOf(Uint32Array.of(words.length, count, 0, 0)), bytesOf(words))

const positionBytesOf = ({ seq, link }: ChainPosition): Uint8Array =>
  concatBytes(bytesOf(Float64Array.of(seq)), link)

const positionIn = (bytes: Uint8Array, at: number): ChainPosition => {
  const [seq = 0] = new Float64Array(bytes.slice(at, at + 8).buffer)
  return { seq, link: bytes.slice(at + 8, at + positionBytes) }
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength)
