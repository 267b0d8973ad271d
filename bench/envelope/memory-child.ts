/**
 * One long stream in a process of its own: encrypts from a buffer into a file, or decrypts a file
 * into nothing. Its argument is an order as JSON.
 */
import { createReadStream, createWriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import {
  decryptInto,
  decryptNodeStream,
  encryptInto,
  encryptNodeStream,
  rawAesKeyring,
} from '../../packages/envelope/src/index.ts'
import { Counter, readableOf, repeated, sinkOf } from './pieces.ts'
import { type Operation, rawKeyBytes, type Signing, suiteNames, type Way } from './work.ts'

export type MemoryOrder = {
  readonly way: Way
  readonly operation: Operation
  readonly signing: Signing
  readonly concurrency: number | undefined
  readonly path: string
  readonly plaintextBytes: number
}

const pieceBytes = 65_536
// The file that one process writes another one reads: they need the same key, and no secret one.
const keyring = rawAesKeyring({
  namespace: 'bench',
  name: 'raw',
  key: Buffer.alloc(rawKeyBytes, 7),
})

const encryptToFile = async (order: MemoryOrder): Promise<void> => {
  const { way, signing, concurrency, path, plaintextBytes } = order
  const options = { keyring, suite: suiteNames[signing], concurrency }
  const source = repeated(Buffer.alloc(pieceBytes, 0x61), plaintextBytes)
  if (way === 'stream') {
    const stream = encryptNodeStream(options)
    return await pipeline(readableOf(source), stream, createWriteStream(path))
  }
  await using file = await open(path, 'w')
  await encryptInto(source, (piece) => file.writeFile(piece), options)
}

const decryptFile = async (order: MemoryOrder): Promise<void> => {
  const { way, concurrency, path, plaintextBytes } = order
  const options = { keyring, concurrency }
  const counter = new Counter()
  const source = createReadStream(path)
  if (way === 'stream') await pipeline(source, decryptNodeStream(options), sinkOf(counter.take))
  else await decryptInto(source, counter.take, options)
  if (counter.bytes !== plaintextBytes) throw new Error(`${counter.bytes} bytes came out`)
}

const order = JSON.parse(process.argv[2]!) as MemoryOrder
await (order.operation === 'encrypt' ? encryptToFile : decryptFile)(order)
