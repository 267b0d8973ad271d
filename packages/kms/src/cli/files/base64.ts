import { failure } from '../io.ts'

type Chunks = AsyncIterable<Uint8Array>

/** Base64 in one line, as AWS's command line writes it, for who gets the bytes piece by piece. */
export class Base64Encoder {
  #held: Uint8Array = new Uint8Array(0)

  push(chunk: Uint8Array): Uint8Array {
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    const whole = bytes.length - (bytes.length % 3)
    this.#held = new Uint8Array(bytes.subarray(whole))
    return encodedBase64(bytes.subarray(0, whole))
  }

  end(): Uint8Array {
    return encodedBase64(this.#held)
  }
}

export const encodedBase64 = (bytes: Uint8Array): Uint8Array =>
  Buffer.from(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64'))

/**
 * The bytes of base64 text, white space ignored. Throws for anything else in it, with a hint where it
 * begins as a message does that was not encoded.
 */
export async function* decodeBase64(chunks: Chunks): AsyncGenerator<Uint8Array> {
  let held = ''
  let isPadded = false
  let isFirst = true
  for await (const chunk of chunks) {
    const next = Buffer.from(chunk).toString('latin1').replace(/\s+/g, '')
    if (next === '') continue
    if (isFirst && (chunk[0] === 1 || chunk[0] === 2)) throw asItIs()
    isFirst = false
    const characters = held + next
    if (isPadded || !/^[A-Za-z0-9+/]*={0,2}$/.test(characters)) throw notBase64()
    const whole = characters.length - (characters.length % 4)
    held = characters.slice(whole)
    // Padding may come in two pieces; a complete group of four ends the text.
    isPadded = held === '' && characters.endsWith('=')
    if (held.includes('=') && held.length === 1) throw notBase64()
    if (whole > 0) yield Buffer.from(characters.slice(0, whole), 'base64')
  }
  if (held !== '') throw notBase64()
}

const notBase64 = (): Error => failure('The input is not base64')

const asItIs = (): Error =>
  failure('The input is not base64, but looks like a message as it is: leave --decode out')
