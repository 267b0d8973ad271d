import { crc32 } from 'node:zlib'

const crcBytes = 4
const lengthAt = 4
const epochAt = 8
const epochBytes = 8
const numberAt = 16
const positionAt = 22
const beforeAt = 28
const nameLengthAt = 32
const nameAt = 34
/** Of numbers and positions: enough for each that JavaScript counts exactly in practice. */
const wideBytes = 6

/** A piece of a file, as the journal holds it. */
export type Frame = {
  readonly epoch: Buffer
  /** Counts up by one in an epoch. */
  readonly number: number
  readonly name: string
  readonly position: number
  /** `digestOf` what stands before `position` in the file. */
  readonly before: number
  readonly bytes: Uint8Array
}

/** Of what stands before a frame so much tells whether a file is the one that it was made for. */
export const beforeBytes = 64

/** Of the `beforeBytes` before a place, or of all that there is. */
export const digestOf = (before: Uint8Array): number => crc32(before)

/** What stands before the bytes in every frame of one file; its memory is used again and again. */
export class FrameHead {
  readonly #bytes: Buffer

  /** `name`: ASCII. `epoch`: 8 bytes. */
  constructor(name: string, epoch: Uint8Array) {
    this.#bytes = Buffer.alloc(nameAt + name.length)
    this.#bytes.set(epoch, epochAt)
    this.#bytes.writeUInt16BE(name.length, nameLengthAt)
    this.#bytes.write(name, nameAt, 'latin1')
  }

  get length(): number {
    return this.#bytes.length
  }

  /** The head of the frame of `bytes`; until it is asked for the next one. */
  of(number: number, position: number, before: number, bytes: Uint8Array): Uint8Array {
    this.#bytes.writeUInt32BE(bytes.length, lengthAt)
    this.#bytes.writeUInt32BE(before, beforeAt)
    this.#bytes.writeUIntBE(number, numberAt, wideBytes)
    this.#bytes.writeUIntBE(position, positionAt, wideBytes)
    this.#bytes.writeUInt32BE(crc32(bytes, crc32(this.#bytes.subarray(crcBytes))), 0)
    return this.#bytes
  }
}

/** The frames from the beginning of `area` on, as far as they are whole and follow each other. */
export const framesIn = (area: Buffer): readonly Frame[] => {
  const frames: Frame[] = []
  for (let at = 0; ;) {
    const frame = frameAt(area, at)
    const last = frames.at(-1)
    const follows =
      last === undefined || (frame?.number === last.number + 1 && frame.epoch.equals(last.epoch))
    if (frame === undefined || !follows) return frames
    frames.push(frame)
    at += nameAt + frame.name.length + frame.bytes.length
  }
}

/** `undefined` where there is none, or half of one. */
const frameAt = (area: Buffer, at: number): Frame | undefined => {
  if (at + nameAt > area.length) return undefined
  const bytesAt = at + nameAt + area.readUInt16BE(at + nameLengthAt)
  const end = bytesAt + area.readUInt32BE(at + lengthAt)
  if (end > area.length) return undefined
  if (crc32(area.subarray(at + crcBytes, end)) !== area.readUInt32BE(at)) return undefined
  return {
    epoch: area.subarray(at + epochAt, at + epochAt + epochBytes),
    number: area.readUIntBE(at + numberAt, wideBytes),
    name: area.toString('latin1', at + nameAt, bytesAt),
    position: area.readUIntBE(at + positionAt, wideBytes),
    before: area.readUInt32BE(at + beforeAt),
    bytes: area.subarray(bytesAt, end),
  }
}

/** What no frame begins with: a length that no area has. */
export const noFrame: Uint8Array = new Uint8Array(nameAt).fill(0xff)
