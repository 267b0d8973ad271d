import type { AppendFile } from './files.ts'

const blockBytes = 1_048_576
const lineEnd = 0x0a

/** Where the last whole line of the first `size` bytes ends. */
export const wholeLinesEnd = async (file: AppendFile, size: number): Promise<number> => {
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - blockBytes)
    const at = (await readExactly(file, start, end)).lastIndexOf(lineEnd)
    if (at >= 0) return start + at + 1
    end = start
  }
  return 0
}

/** The first `size` bytes of a file in blocks of whole lines, the last block first. */
export async function* blocksBackwards(
  file: AppendFile,
  size: number,
): AsyncGenerator<Buffer, void> {
  let rest: Uint8Array = new Uint8Array(0)
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - blockBytes)
    const block = Buffer.concat([await readExactly(file, start, end), rest])
    // What stands before the first line end may begin in the block before.
    const whole = start === 0 ? 0 : block.indexOf(lineEnd) + 1
    const isWhole = start === 0 || whole > 0
    if (isWhole) yield block.subarray(whole)
    rest = isWhole ? block.subarray(0, whole) : block
    end = start
  }
}

/** The bytes from `start` to `end`, in however many pieces the system hands them out. */
export const readExactly = async (
  file: Pick<AppendFile, 'read'>,
  start: number,
  end: number,
): Promise<Buffer> => {
  const bytes = Buffer.alloc(end - start)
  for (let filled = 0; filled < bytes.length;) {
    const piece = await file.read(start + filled, bytes.length - filled)
    if (piece.length === 0) throw new Error('the audit log became shorter while it was read')
    bytes.set(piece, filled)
    filled += piece.length
  }
  return bytes
}
