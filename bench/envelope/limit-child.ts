/**
 * What Node's own cryptography does with the same bytes and nothing around it: one cipher object for
 * all of them, or one hash. A cipher writes into new memory each time. Most of its time goes to that
 * memory while the collector has it, so that who lets go of it at once is ahead of who does not: the
 * SDK's work cannot be done faster on one core than by a cipher object whose output is let go of.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createSecretKey,
  randomBytes,
} from 'node:crypto'
import { again } from './sdk-run.ts'
import { type Run, serveOrders } from './serve-orders.ts'
import {
  type MessagesShape,
  rawKeyBytes,
  type StreamShape,
  warmUpShare,
  type Work,
} from './work.ts'

export type Limit = 'one-cipher' | 'one-cipher-let-go' | 'sha384'
const limit = process.argv[2] as Limit

const cipher = 'aes-256-gcm'
const key = createSecretKey(randomBytes(rawKeyBytes))
const iv = randomBytes(12)
/** The stream gives way to other things now and then; so does this. */
const turnBytes = 16 * 2 ** 20

const prepare = (work: Work): Promise<Run> => {
  const { shape, operation } = work
  if (shape.kind === 'messages') return Promise.resolve(messageRun(shape))
  if (limit === 'sha384') return Promise.resolve(hashRun(shape))
  return operation === 'encrypt' ? Promise.resolve(cipherRun(shape)) : decipherRun(shape)
}

/** Calls `step` for each piece of `bytes`. */
const eachPiece = async (
  bytes: number,
  pieceBytes: number,
  step: (from: number, to: number) => void,
): Promise<void> => {
  for (let at = 0; at < bytes; at += pieceBytes) {
    step(at, Math.min(bytes, at + pieceBytes))
    if (at % turnBytes === 0) await new Promise(setImmediate)
  }
}

/** How much came out, which nobody looks at any more. */
const lengthOf = (output: Buffer): number => {
  const { length, buffer } = output
  if (limit === 'one-cipher-let-go' && length > 0 && buffer instanceof ArrayBuffer)
    buffer.transfer(0)
  return length
}

const cipherRun = ({ plaintextBytes, pieceBytes }: StreamShape): Run => {
  const piece = Buffer.alloc(pieceBytes, 0x61)
  return async (share) => {
    const bytes = plaintextBytes * share
    const one = createCipheriv(cipher, key, iv)
    let out = 0
    await eachPiece(bytes, pieceBytes, (from, to) => {
      out += lengthOf(one.update(piece.subarray(0, to - from)))
    })
    out += one.final().length + one.getAuthTag().length
    if (out !== bytes + 16) throw new Error('the cipher gave another length')
    return { bytes, messages: 1 }
  }
}

const decipherRun = async ({ plaintextBytes, pieceBytes }: StreamShape): Promise<Run> => {
  const piece = Buffer.alloc(pieceBytes, 0x61)
  const sealed = async (bytes: number) => {
    const one = createCipheriv(cipher, key, iv)
    const text = Buffer.allocUnsafeSlow(bytes)
    await eachPiece(bytes, pieceBytes, (from, to) => {
      text.set(one.update(piece.subarray(0, to - from)), from)
    })
    one.final()
    return { text, tag: one.getAuthTag() }
  }
  const short = await sealed(plaintextBytes * warmUpShare)
  const long = await sealed(plaintextBytes)
  return async (share) => {
    const { text, tag } = share === warmUpShare ? short : long
    const one = createDecipheriv(cipher, key, iv)
    one.setAuthTag(tag)
    let out = 0
    await eachPiece(text.length, pieceBytes, (from, to) => {
      out += lengthOf(one.update(text.subarray(from, to)))
    })
    // Throws unless the tag is right.
    one.final()
    return { bytes: out, messages: 1 }
  }
}

const hashRun = ({ plaintextBytes, pieceBytes }: StreamShape): Run => {
  const piece = Buffer.alloc(pieceBytes, 0x61)
  return async (share) => {
    const bytes = plaintextBytes * share
    const hash = createHash('sha384')
    await eachPiece(bytes, pieceBytes, (from, to) => {
      hash.update(piece.subarray(0, to - from))
    })
    hash.digest()
    return { bytes, messages: 1 }
  }
}

/** A cipher object for each message, and nothing else of a message; decrypting takes as long. */
const messageRun = ({ plaintextBytes, durationMs }: MessagesShape): Run => {
  const data = Buffer.alloc(plaintextBytes, 0x61)
  return (share) =>
    again(durationMs * share, plaintextBytes, async () => {
      const one = createCipheriv(cipher, key, iv)
      const out = one.update(data).length + one.final().length + one.getAuthTag().length
      if (out !== plaintextBytes + 16) throw new Error('the cipher gave another length')
    })
}

await serveOrders(prepare)
