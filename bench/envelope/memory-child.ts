/**
 * One long stream in a process of its own, and the most memory that the process ever had: encrypts
 * from a buffer into a file, or decrypts a file into nothing. Its argument is an order as JSON, its
 * output the answer.
 */
import { createReadStream, createWriteStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import {
  decryptNodeStream,
  encryptNodeStream,
  rawAesKeyring,
} from '../../packages/envelope/src/index.ts'
import { NullSink, repeated } from './pieces.ts'
import { type Operation, rawKeyBytes, type Signing, suiteNames } from './work.ts'

export type MemoryOrder = {
  readonly operation: Operation
  readonly signing: Signing
  readonly concurrency: number | undefined
  readonly path: string
  readonly plaintextBytes: number
}
export type MemoryAnswer = { readonly peakBytes: number; readonly wallMs: number }

const pieceBytes = 65_536
// The file that one process writes another one reads: they need the same key, and no secret one.
const keyring = rawAesKeyring({
  namespace: 'bench',
  name: 'raw',
  key: Buffer.alloc(rawKeyBytes, 7),
})

const run = async (order: MemoryOrder): Promise<void> => {
  const { operation, signing, concurrency, path, plaintextBytes } = order
  if (operation === 'encrypt') {
    const stream = encryptNodeStream({ keyring, suite: suiteNames[signing], concurrency })
    const source = repeated(Buffer.alloc(pieceBytes, 0x61), plaintextBytes)
    return await pipeline(source, stream, createWriteStream(path))
  }
  const sink = new NullSink()
  await pipeline(createReadStream(path), decryptNodeStream({ keyring, concurrency }), sink)
  if (sink.bytes !== plaintextBytes) throw new Error(`${sink.bytes} bytes came out`)
}

/** `VmHWM` of proc(5), in kibibytes there. */
const peakBytes = async (): Promise<number> => {
  const status = await readFile('/proc/self/status', 'utf8')
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1]) * 1024
}

const startMs = performance.now()
await run(JSON.parse(process.argv[2]!) as MemoryOrder)
const answer: MemoryAnswer = {
  wallMs: performance.now() - startMs,
  peakBytes: await peakBytes(),
}
process.stdout.write(`${JSON.stringify(answer)}\n`)
