import { concat, copyOf, plain } from '../bytes.ts'
import { reservedPrefix } from '../context.ts'
import { requireSuite } from '../format/suites.ts'
import { HeaderParser, type ParsedHeader } from '../format/header-parser.ts'
import type { MessageHeader } from '../format/header.ts'
import { cutShort, notAMessage } from '../format/malformed.ts'
import type { Chunks, Write } from '../into.ts'
import { managerOf } from '../materials/default.ts'
import { requiredContextManager } from '../materials/required-context.ts'
import type { EncryptionContext, MaterialsManager } from '../materials/types.ts'
import { requireBytes } from '../options.ts'
import { parallelOf } from '../parallel/parallel.ts'
import { MessageReader, type VerifiedHeader } from '../reader.ts'
import { withSource } from '../source.ts'
import { DataKeyKeeper } from './data-key.ts'
import { encryptAnew } from './encrypt-anew.ts'
import { keepBody } from './keep-body.ts'
import {
  requireRewrappable,
  type RewrapOptions,
  type RewrapOutput,
  type RewrapSource,
  type RewrapTarget,
  type Rewriting,
} from './options.ts'

/** Sources are read, and long chunks cut, into pieces of this size. */
const pieceBytes = 1024 * 1024

/**
 * Gives a whole message new wrapping keys, as `rewrapInto` does, and releases nothing before all of
 * the old one is verified. `message` must not change until the promise settles.
 */
export const rewrap = async (
  message: Uint8Array,
  options: RewrapOptions,
): Promise<RewrapOutput & { readonly message: Uint8Array }> => {
  requireBytes('message', message)
  const pieces: Uint8Array[] = []
  const keep = (piece: Uint8Array): void => void pieces.push(copyOf(piece))
  const output = await rewrapInto(message, keep, options)
  return { ...output, message: concat(...pieces) }
}

/**
 * Gives a message new wrapping keys, in one pass and constant memory. A non-framed body is held
 * whole, as far as `from.maxFrameLength` allows.
 *
 * A message of version 1 keeps its data key and its body, byte for byte; its header is made anew,
 * and so is its signature if it has one, with a key pair of its own. The header of version 2 has no
 * room for an IV: a second header under the same key would be a second tag under the same nonce, and
 * two of those reveal the key that authenticates the message. So a message of version 2 is decrypted
 * and encrypted anew, and so is one of version 1 that is to get another suite or frame length.
 *
 * Every frame and the signature are verified on the way, and no option skips that: a new header, and
 * a new signature all the more, vouch for what they stand before, and AES is faster than most disks.
 * When it throws, what was written by then is never a whole message, and has to be discarded.
 *
 * `write` gets one piece after the other, each of them its own until its promise settles. A chunk of
 * the source is not looked at again once the next one is asked for. Throws what `decrypt` and `encrypt` throw, and what
 * `write` and `accept` throw.
 */
export const rewrapInto = async (
  source: RewrapSource,
  write: Write,
  options: RewrapOptions,
): Promise<RewrapOutput> => {
  requireRewrappable(options)
  if (isChunks(source)) return await rewritten(source, write, options)
  return await withSource(source, async (opened) => {
    const { plaintextBytesMax = opened.bytes } = options.to
    const to = { ...options.to, plaintextBytesMax }
    const chunks = (async function* () {
      for (let at = 0; at < opened.bytes; at += pieceBytes)
        yield await opened.read(at, Math.min(pieceBytes, opened.bytes - at))
    })()
    return await rewritten(chunks, write, { ...options, to })
  })
}

const isChunks = (source: RewrapSource): source is Chunks =>
  typeof source === 'object' &&
  !(source instanceof Uint8Array) &&
  (Symbol.asyncIterator in source || Symbol.iterator in source)

const rewritten = async (
  chunks: Chunks,
  write: Write,
  options: RewrapOptions,
): Promise<RewrapOutput> => {
  const rewriter = new Rewriter(write, options)
  try {
    for await (const chunk of chunks) await rewriter.push(chunk)
    return await rewriter.end()
  } finally {
    rewriter.zero()
  }
}

/** Reads the header, decides which way the message goes, and sends the rest of it there. */
class Rewriter {
  readonly #write: Write
  readonly #options: RewrapOptions
  readonly #parser: HeaderParser
  #body: { readonly rewriting: Rewriting; readonly old: VerifiedHeader } | undefined

  constructor(write: Write, options: RewrapOptions) {
    this.#write = write
    this.#options = options
    this.#parser = new HeaderParser(options.from.maxEncryptedDataKeys)
  }

  async push(chunk: Uint8Array): Promise<void> {
    requireBytes('Every chunk', chunk)
    const bytes = plain(chunk)
    let at = 0
    if (this.#body === undefined) {
      at = this.#parser.push(bytes)
      const { parsed } = this.#parser
      if (parsed === undefined) return
      this.#body = await this.#open(parsed)
    }
    for (; at < bytes.length; at += pieceBytes)
      await this.#body.rewriting.update(bytes.subarray(at, at + pieceBytes))
  }

  async end(): Promise<RewrapOutput> {
    if (this.#body === undefined)
      throw this.#parser.isEmpty ? notAMessage(new Uint8Array(0)) : cutShort()
    const { rewriting, old } = this.#body
    return { ...(await rewriting.finish()), old }
  }

  zero(): void {
    this.#body?.rewriting.zero()
  }

  async #open(parsed: ParsedHeader) {
    const { from, accept } = this.#options
    const keeper = new DataKeyKeeper(managerOf(from))
    const plaintext: Uint8Array[] = []
    const isKept = keepsBody(parsed.header, this.#options)
    let verified: VerifiedHeader | undefined
    const reader: MessageReader = new MessageReader(
      keeper.optionsFor(from),
      (piece) => (isKept ? reader.give(piece) : void plaintext.push(piece)),
      (header) => {
        verified = header
      },
      parallelOf(from.concurrency),
    )
    try {
      await reader.push(parsed.bytes)
      if (verified === undefined) throw new TypeError('a whole header was read')
      const old: VerifiedHeader = verified
      await accept?.(old)
      const { commitmentPolicy = from.commitmentPolicy } = this.#options.to
      const to = { ...this.#options.to, commitmentPolicy }
      const carried = { reader, context: ownPairs(old), manager: managerFor(to, old) }
      const rewriting = isKept
        ? await keepBody({ ...carried, parsed, dataKey: keeper.dataKey }, to, this.#write)
        : await encryptAnew({ ...carried, old: old.header, plaintext }, to, this.#write)
      return { rewriting, old }
    } catch (error) {
      reader.zero()
      throw error
    } finally {
      keeper.zero()
    }
  }
}

const keepsBody = (old: MessageHeader, { to, reencrypt }: RewrapOptions): boolean => {
  if (old.version !== 1 || reencrypt === true) return false
  if (to.suite !== undefined && requireSuite(to.suite).id !== old.suite.id) return false
  return to.frameLength === undefined || to.frameLength === old.frameLength
}

const ownPairs = ({ context }: VerifiedHeader): EncryptionContext =>
  new Map([...context].filter(([key]) => !key.startsWith(reservedPrefix)))

/** Pairs that the old message leaves out, the new one leaves out as well. */
const managerFor = (to: RewrapTarget, { header, context }: VerifiedHeader): MaterialsManager => {
  const manager = managerOf(to)
  const requiredKeys = [...context.keys()].filter((key) => !header.context.has(key))
  return requiredKeys.length === 0 ? manager : requiredContextManager({ manager, requiredKeys })
}
