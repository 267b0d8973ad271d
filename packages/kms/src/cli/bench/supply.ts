import type { Credentials } from '../../client/credentials.ts'
import type { JsonObject } from '../../client/json.ts'
import { signRequest } from '../../client/sign.ts'

/** Whom requests go to and who signs them. */
export type Signing = {
  readonly url: URL
  readonly region: string
  /** Asked again every minute, for they may expire. */
  readonly credentials: () => Promise<Credentials>
  readonly nowMs: () => number
}

/** More than a cache of recent signatures would hold, and few enough to be signed in a second. */
const sizeMax = 8192
/** A signature holds for five minutes. */
const freshMs = 4 * 60_000

type Signed = { readonly bytes: Buffer; readonly signedAtMs: number }

/**
 * Requests as they go over the wire, signed before they are needed, and given out again and again.
 * One that has become old is signed anew when its turn comes.
 */
export class Supply {
  readonly #signing: Signing
  readonly #operation: string
  readonly #bodies: readonly Buffer[]
  readonly #ready: Signed[]
  #credentials: Credentials
  #next = 0

  private constructor(
    signing: Signing,
    operation: string,
    bodies: readonly Buffer[],
    credentials: Credentials,
  ) {
    this.#signing = signing
    this.#operation = operation
    this.#bodies = bodies
    this.#credentials = credentials
    this.#ready = bodies.map((body) => this.#signed(body))
  }

  /** Signs requests for as many inputs as will be needed, or as many as are kept. */
  static async of(
    signing: Signing,
    operation: string,
    input: (index: number) => JsonObject,
    needed: number,
  ): Promise<Supply> {
    const bodies = Array.from({ length: Math.min(sizeMax, needed) }, (_, index) =>
      Buffer.from(JSON.stringify(input(index))),
    )
    return new Supply(signing, operation, bodies, await signing.credentials())
  }

  next(): Uint8Array {
    const index = this.#next
    this.#next = (index + 1) % this.#ready.length
    const signed = this.#ready[index]!
    if (this.#signing.nowMs() - signed.signedAtMs < freshMs) return signed.bytes
    const anew = this.#signed(this.#bodies[index]!)
    this.#ready[index] = anew
    return anew.bytes
  }

  /** Asks for the credentials again; those that are signed with stay if there are none now. */
  async refresh(): Promise<void> {
    try {
      this.#credentials = await this.#signing.credentials()
    } catch {
      // What is wrong shows in the answers, which are counted.
    }
  }

  #signed(body: Buffer): Signed {
    const { url, region, nowMs } = this.#signing
    const signedAtMs = nowMs()
    const headers = signRequest({
      method: 'POST',
      url,
      headers: {
        'Content-Type': 'application/x-amz-json-1.1',
        'X-Amz-Target': `TrentService.${this.#operation}`,
        'Content-Length': String(body.length),
      },
      body,
      credentials: this.#credentials,
      region,
      service: 'kms',
      nowMs: signedAtMs,
    })
    const lines = Object.entries({ ...headers, 'User-Agent': 'keyhold-bench' })
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('')
    const head = `POST ${url.pathname}${url.search} HTTP/1.1\r\n${lines}\r\n`
    return { bytes: Buffer.concat([Buffer.from(head), body]), signedAtMs }
  }
}
