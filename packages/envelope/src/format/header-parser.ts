import { textOf, viewOf } from '../bytes.ts'
import { EnvelopeError } from '../errors.ts'
import type { EncryptedDataKey } from '../materials/types.ts'
import { parseContext } from './context.ts'
import { contentTypes, ivBytes, type MessageHeader, messageType, tagBytes } from './header.ts'
import { malformed, notAMessage } from './malformed.ts'
import { type Suite, suiteById } from './suites.ts'

/** A header that was read but not yet authenticated. */
export type ParsedHeader = {
  readonly header: MessageHeader
  /** All of it as it was read: the first bytes of the message, and what a signature begins with. */
  readonly bytes: Uint8Array
  /** The part of `bytes` that the tag authenticates. */
  readonly body: Uint8Array
  readonly iv: Uint8Array
  readonly tag: Uint8Array
}

/** The format allows 12 GB of data keys; no writer comes near this, and a reader has to hold it. */
const headerBytesMax = 8 * 1024 * 1024

/**
 * Reads a header from chunks of any size. Every byte is copied once and looked at once: the parser
 * is a generator that says how many bytes it needs next, and goes on where it stopped.
 */
export class HeaderParser {
  readonly #steps: Generator<number, ParsedHeader, Uint8Array>
  #held = new Uint8Array(1024)
  #length = 0
  #needed: number
  #parsed: ParsedHeader | undefined

  /** More data keys than `maxEncryptedDataKeys` are refused as soon as their count is read. */
  constructor(maxEncryptedDataKeys?: number) {
    this.#steps = steps(maxEncryptedDataKeys ?? 0xffff)
    this.#needed = this.#steps.next().value as number
  }

  /** Present once the whole header was read. */
  get parsed(): ParsedHeader | undefined {
    return this.#parsed
  }

  /** Whether nothing was pushed yet. */
  get isEmpty(): boolean {
    return this.#length === 0
  }

  /** Takes what the header needs of `chunk` and returns the place of the first byte behind it. */
  push(chunk: Uint8Array, from = 0): number {
    if (this.#length === 0) refuseOthers(chunk.subarray(from, from + 64))
    let at = from
    while (this.#parsed === undefined && at < chunk.length) {
      const end = Math.min(chunk.length, at + this.#needed - this.#length)
      this.#append(chunk.subarray(at, end))
      at = end
      while (this.#parsed === undefined && this.#length === this.#needed) this.#step()
    }
    return at
  }

  #step(): void {
    const { done, value } = this.#steps.next(this.#held)
    if (done) this.#parsed = value
    else this.#needed = value
  }

  #append(bytes: Uint8Array): void {
    const length = this.#length + bytes.length
    if (length > headerBytesMax) throw malformed(`its header exceeds ${headerBytesMax} bytes`)
    if (length > this.#held.length) {
      const larger = new Uint8Array(Math.max(length, this.#held.length * 2))
      larger.set(this.#held.subarray(0, this.#length))
      this.#held = larger
    }
    this.#held.set(bytes, this.#length)
    this.#length = length
  }
}

/** The steps would refuse these too, but a hint takes more bytes than they look at. */
const refuseOthers = (first: Uint8Array): void => {
  const [version, type = messageType] = first
  if (version === undefined || version === 2 || (version === 1 && type === messageType)) return
  throw notAMessage(first)
}

type Steps<T> = Generator<number, T, Uint8Array>

/** Where the generators are in the header, and the bytes up to there. */
type Cursor = { held: Uint8Array; at: number }

function* take(cursor: Cursor, length: number): Steps<Uint8Array> {
  const end = cursor.at + length
  if (length > 0) cursor.held = yield end
  const bytes = cursor.held.slice(cursor.at, end)
  cursor.at = end
  return bytes
}

function* uint(cursor: Cursor, length: 1 | 2 | 4): Steps<number> {
  const view = viewOf(yield* take(cursor, length))
  return length === 1 ? view.getUint8(0) : length === 2 ? view.getUint16(0) : view.getUint32(0)
}

function* counted(cursor: Cursor): Steps<Uint8Array> {
  return yield* take(cursor, yield* uint(cursor, 2))
}

function* steps(dataKeysMax: number): Steps<ParsedHeader> {
  const cursor: Cursor = { held: new Uint8Array(0), at: 0 }
  const { version, suite } = yield* start(cursor)
  const messageId = yield* take(cursor, suite.messageIdBytes)
  const context = parseContext(yield* counted(cursor))
  const encryptedDataKeys = yield* dataKeys(cursor, dataKeysMax)
  const contentType = yield* content(cursor)
  if (version === 1) {
    if ((yield* uint(cursor, 4)) !== 0) throw malformed('its reserved bytes are not zero')
    if ((yield* uint(cursor, 1)) !== ivBytes) throw malformed('its IVs have another length')
  }
  const frameLength = yield* uint(cursor, 4)
  if ((frameLength === 0) !== (contentType === 'non-framed'))
    throw malformed('its frame length does not fit its content type')
  const commitment = suite.commits ? yield* take(cursor, 32) : undefined
  const bodyBytes = cursor.at
  const iv = version === 1 ? yield* take(cursor, ivBytes) : new Uint8Array(ivBytes)
  const tag = yield* take(cursor, tagBytes)
  const bytes = cursor.held.slice(0, cursor.at)
  const about = { version, suite, messageId, context, encryptedDataKeys }
  const header = { ...about, contentType, frameLength, commitment }
  return { header, bytes, body: bytes.subarray(0, bodyBytes), iv, tag }
}

function* start(cursor: Cursor): Steps<{ version: 1 | 2; suite: Suite }> {
  const version = yield* uint(cursor, 1)
  if (version !== 1 && version !== 2) throw notAMessage(cursor.held.subarray(0, 1))
  if (version === 1 && (yield* uint(cursor, 1)) !== messageType)
    throw notAMessage(cursor.held.subarray(0, 2))
  const suite = suiteById(yield* uint(cursor, 2))
  if (suite === undefined) throw malformed('its algorithm suite is unknown')
  if (suite.messageVersion !== version)
    throw malformed('its algorithm suite belongs to another version')
  return { version, suite }
}

function* dataKeys(cursor: Cursor, max: number): Steps<readonly EncryptedDataKey[]> {
  const count = yield* uint(cursor, 2)
  if (count === 0) throw malformed('it has no data key')
  if (count > max)
    throw new EnvelopeError(
      'PolicyViolation',
      `The message has ${count} encrypted data keys; ${max} are allowed.`,
    )
  const keys: EncryptedDataKey[] = []
  for (let index = 0; index < count; index++) {
    const providerId = providerOf(yield* counted(cursor))
    const providerInfo = yield* counted(cursor)
    keys.push({ providerId, providerInfo, ciphertext: yield* counted(cursor) })
  }
  return keys
}

const providerOf = (bytes: Uint8Array): string => {
  try {
    return textOf(bytes)
  } catch {
    throw malformed('the provider of a data key is not UTF-8')
  }
}

function* content(cursor: Cursor): Steps<'framed' | 'non-framed'> {
  const code = yield* uint(cursor, 1)
  if (code === contentTypes.framed) return 'framed'
  if (code === contentTypes['non-framed']) return 'non-framed'
  throw malformed('its content type is unknown')
}
