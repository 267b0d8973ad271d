import { type FileHandle, open } from 'node:fs/promises'
import type { Io } from '../io.ts'
import type { Input } from './inputs.ts'

const pieceBytesMax = 1024 * 1024
/** What a file is read in whose size is not to be believed. */
const pieceBytesMin = 64 * 1024

type Reading = (input: Input, io: Pick<Io, 'stdin'>) => AsyncGenerator<Uint8Array>

/** The bytes of an input, in pieces that belong to the reader. */
export const readInput: Reading = async function* (input, io) {
  if (input.kind === 'stdin') return yield* readStdin(io)
  await using file = await open(input.path, 'r')
  // One byte more than there should be: a small file's end is then seen in two reads, and small.
  const isFile = input.stats.isFile()
  let pieceBytes = isFile ? Math.min(pieceBytesMax, input.stats.size + 1) : pieceBytesMax
  for (;;) {
    const piece = await readPiece(file, Buffer.allocUnsafeSlow(pieceBytes))
    if (piece.length === 0) return
    // It has grown, or it is one of those that call themselves empty, as in /proc.
    if (piece.length === pieceBytes) pieceBytes = Math.max(pieceBytes, pieceBytesMin)
    yield piece
  }
}

/**
 * The same for who is done with a piece before asking for the next one: two pieces of memory in turn,
 * one that is looked at while the other is read into.
 */
export const readAhead: Reading = async function* (input, io) {
  if (input.kind === 'stdin') return yield* readStdin(io)
  await using file = await open(input.path, 'r')
  let [now, next] = [Buffer.allocUnsafeSlow(pieceBytesMax), Buffer.allocUnsafeSlow(pieceBytesMax)]
  let reading = readPiece(file, now)
  try {
    for (;;) {
      const piece = await reading
      if (piece.length === 0) return
      reading = readPiece(file, next)
      // Who gives up in the meantime does not wait for it.
      reading.catch(() => {})
      yield piece
      ;[now, next] = [next, now]
    }
  } finally {
    await reading.catch(() => {})
    for (const memory of [now, next]) memory.fill(0)
  }
}

const readPiece = async (file: FileHandle, memory: Buffer): Promise<Uint8Array> => {
  const { bytesRead } = await file.read(memory, 0, memory.length, null)
  return memory.subarray(0, bytesRead)
}

async function* readStdin({ stdin }: Pick<Io, 'stdin'>): AsyncGenerator<Uint8Array> {
  for await (const chunk of stdin) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk
}

/** All pieces in one. */
export const gathered = async (chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> => {
  const pieces: Uint8Array[] = []
  for await (const piece of chunks) pieces.push(piece)
  const [only] = pieces
  return pieces.length === 1 && only !== undefined ? only : new Uint8Array(Buffer.concat(pieces))
}
