import type { DecipherGCM } from 'node:crypto'
import { copyOf, plain, uncleared, viewOf } from './bytes.ts'
import { decryptionFailed } from './errors.ts'
import { blockHeadBytes, finalHeadBytes, finalMarker, type SealedFrame } from './format/frame.ts'
import { ivBytes, tagBytes } from './format/header.ts'
import { blockBytes, finalHead, outOfOrder, signatureBytes, trailing } from './format/layout.ts'
import { Gather } from './gather.ts'
import { Memory, slabBytes } from './memory.ts'
import type { DecryptOptions } from './options.ts'
import { Digest } from './parallel/digest.ts'
import type { Lanes } from './parallel/lanes.ts'
import { LaneOpener, type Parallel, parallelOf } from './parallel/parallel.ts'
import { type ReadStart, requireHoldable } from './start.ts'
import type { Emit } from './writer.ts'

type State =
  | { readonly at: 'marker' | 'regular' | 'final-head' | 'block-head' }
  | { readonly at: 'final'; readonly iv: Uint8Array; readonly bytes: number }
  | { readonly at: 'block'; readonly decipher: DecipherGCM; left: number }
  | { readonly at: 'footer-length' | 'end' }
  | { readonly at: 'footer'; readonly bytes: number }
  | { readonly at: 'signature'; readonly signature: Uint8Array }

/**
 * Reads the body and footer of one message, chunk by chunk and synchronously. Emits a frame after
 * its tag was verified; of a signed message, the non-framed body, or the final frame and the piece
 * before it, are held until the signature was: the final frame may be empty. When a call throws,
 * what that call would have emitted is zeroed and withheld.
 */
export class BodyReader {
  readonly #memory = new Memory()
  readonly #opener: LaneOpener
  readonly #digest: Digest | undefined
  readonly #start: ReadStart
  readonly #options: DecryptOptions
  readonly #emit: Emit
  readonly #gather = new Gather()
  #state: State
  #sequence = 1
  #slab: Uint8Array = new Uint8Array(0)
  #filled = 0
  /** Verified by its tag, or of a non-framed body not even that: not to be emitted yet. */
  #withheld: Uint8Array[] = []
  /** Verified by everything there is, to be emitted at the end of the call. */
  #ready: Uint8Array[] = []
  /** Of a signed message: what would have been emitted last. */
  #last: Uint8Array | undefined

  constructor(
    start: ReadStart,
    options: DecryptOptions,
    emit: Emit,
    parallel: Parallel = parallelOf(1),
  ) {
    this.#start = start
    this.#options = options
    this.#emit = emit
    const { suite, messageId, frameLength } = start.header
    const message = { suite, messageId, frameLength, key: start.keys.encryption }
    const own = { frames: start.frames, memory: this.#memory }
    this.#opener = new LaneOpener(parallel, { mode: 'decrypt', ...message, ...own })
    this.#digest = start.verifier && new Digest(start.verifier, start.headerBytes, parallel)
    this.#state = { at: start.header.contentType === 'framed' ? 'marker' : 'block-head' }
  }

  /** Whether the message is whole; a stream that ends before that was cut short. */
  get isDone(): boolean {
    return this.#state.at === 'end'
  }

  update(chunk: Uint8Array): Promise<void> | undefined {
    if (this.isDone) return this.#refuseMore(chunk)
    const { frameLength, contentType } = this.#start.header
    const bytes = this.#sequence * frameLength + chunk.length
    const lanes =
      contentType === 'framed'
        ? this.#opener.at(bytes, (frames) => this.#emitVerified(frames))
        : undefined
    if (lanes !== undefined) return this.#zeroing(this.#delegate(lanes, chunk))
    try {
      this.#read(chunk)
      this.#release()
      if (this.#state.at === 'signature') return this.#zeroing(this.#verify(this.#state.signature))
      return this.#digest?.room() ?? this.#opener.starting()
    } catch (error) {
      this.zero()
      throw error
    }
  }

  #refuseMore(chunk: Uint8Array): undefined {
    if (chunk.length === 0) return
    this.zero()
    throw trailing()
  }

  async #zeroing(work: Promise<void>): Promise<void> {
    try {
      await work
    } catch (error) {
      this.zero()
      throw error
    }
  }

  /** Of a signed message: what was withheld until here goes out. */
  async #verify(signature: Uint8Array): Promise<void> {
    await this.#digest?.finish(signature)
    this.#end()
    this.#release()
    if (this.#last !== undefined) this.#emit(this.#last)
    this.#last = undefined
  }

  /** Emits what is verified by everything there is. */
  #release(): void {
    this.#closeSlab()
    for (const slab of this.#ready.splice(0)) this.#emitVerified(slab)
  }

  #emitVerified(piece: Uint8Array): void {
    if (this.#digest === undefined) return this.#emit(piece)
    const before = this.#last
    this.#last = piece
    if (before !== undefined) this.#emit(before)
  }

  /** Cuts the chunk into its units and works on those that other threads do not. */
  #read(chunk: Uint8Array): void {
    this.#gather.feed(chunk)
    let isBody = this.#isBody
    while (this.#step()) {
      if (!isBody || this.#isBody) continue
      this.#digest?.update(chunk.subarray(0, chunk.length - this.#gather.rest))
      isBody = false
    }
    if (isBody) this.#digest?.update(chunk)
    const isAtEnd = this.isDone || this.#state.at === 'signature'
    if (isAtEnd && this.#gather.rest > 0) throw trailing()
  }

  /**
   * Regular frames go to other threads. What is emitted besides, and every failure, waits until those
   * before it are done: the first thing that is wrong with a message is what it fails with.
   */
  async #delegate(lanes: Lanes, chunk: Uint8Array): Promise<void> {
    for (let at = 0; at === 0 || at < chunk.length; at += slabBytes) {
      const room = lanes.room()
      if (room) await room
      await this.#readBehind(lanes, chunk.subarray(at, at + slabBytes))
      await this.#digest?.room()
    }
    const state = this.#state
    if (state.at !== 'signature' && !this.isDone) return
    await lanes.drain()
    if (state.at === 'signature') await this.#verify(state.signature)
    this.#release()
    this.#opener.close()
  }

  async #readBehind(lanes: Lanes, chunk: Uint8Array): Promise<void> {
    try {
      this.#read(chunk)
    } catch (error) {
      await lanes.drain()
      throw error
    }
  }

  /** Resolves when all that was read is verified, or throws what was wrong with it. */
  settled(): Promise<void> | undefined {
    return this.isDone ? undefined : this.#opener.lanes?.drain()
  }

  /** Takes back what was emitted, to be used again. */
  give(piece: Uint8Array): void {
    this.#memory.give(piece)
  }

  /** Forgets everything that is held. To be called whatever happens. */
  zero(): void {
    this.#opener.close()
    this.#digest?.close()
    this.#memory.zero()
    for (const slab of [this.#slab, ...this.#withheld, ...this.#ready]) slab.fill(0)
    this.#last?.fill(0)
    this.#last = undefined
    this.#slab = new Uint8Array(0)
    this.#withheld = []
    this.#ready = []
    this.#gather.zero()
    this.#start.keys.zero()
  }

  get #isBody(): boolean {
    return !['footer-length', 'footer', 'signature', 'end'].includes(this.#state.at)
  }

  /** Goes on by one unit of the format; `false` when that has to wait for more bytes. */
  #step(): boolean {
    const state = this.#state
    switch (state.at) {
      case 'marker':
        return this.#unit(4, (bytes) => this.#marker(viewOf(bytes).getUint32(0)))
      case 'regular': {
        const { frameLength } = this.#start.header
        return this.#unit(ivBytes + frameLength + tagBytes, (bytes) => this.#regular(bytes))
      }
      case 'final-head':
        return this.#unit(finalHeadBytes - 4, (bytes) => {
          const head = finalHead(bytes, this.#start.header, this.#sequence)
          this.#state = { at: 'final', iv: copyOf(head.iv), bytes: head.bytes }
        })
      case 'final':
        return this.#unit(state.bytes + tagBytes, (bytes) => this.#final(state.iv, bytes))
      case 'block-head':
        return this.#unit(blockHeadBytes, (bytes) => this.#blockHead(bytes))
      case 'block':
        return state.left > 0
          ? this.#block(state)
          : this.#unit(tagBytes, (tag) => this.#blockTag(state.decipher, tag))
      case 'footer-length':
        return this.#unit(2, (bytes) => {
          this.#state = { at: 'footer', bytes: signatureBytes(bytes, this.#start.header) }
        })
      case 'footer':
        return this.#unit(state.bytes, (signature) => {
          this.#state = { at: 'signature', signature: copyOf(signature) }
        })
      case 'signature':
      case 'end':
        return false
    }
  }

  #unit(length: number, use: (bytes: Uint8Array) => void): boolean {
    const bytes = this.#gather.take(length)
    if (bytes === undefined) return false
    use(bytes)
    return true
  }

  #marker(marker: number): void {
    if (marker !== finalMarker && marker !== this.#sequence) throw outOfOrder()
    this.#state = { at: marker === finalMarker ? 'final-head' : 'regular' }
  }

  #regular(bytes: Uint8Array): void {
    const { frameLength } = this.#start.header
    const { lanes } = this.#opener
    if (lanes !== undefined) lanes.add(this.#sequence, bytes)
    else this.#regularHere(bytes, frameLength)
    this.#sequence += 1
    this.#state = { at: 'marker' }
  }

  #regularHere(bytes: Uint8Array, frameLength: number): void {
    if (this.#filled === this.#slab.length) this.#openSlab()
    const sealed = sealedFrame(bytes.subarray(0, ivBytes), bytes.subarray(ivBytes))
    this.#start.frames.decrypt('regular', this.#sequence, sealed, this.#slab, this.#filled)
    this.#filled += frameLength
  }

  #final(iv: Uint8Array, bytes: Uint8Array): void {
    const plaintext = uncleared(bytes.length - tagBytes)
    const sealed = sealedFrame(iv, bytes)
    this.#start.frames.decrypt('final', this.#sequence, sealed, plaintext, 0)
    this.#withheld.push(plaintext)
    this.#endBody()
  }

  #blockHead(head: Uint8Array): void {
    const bytes = blockBytes(head)
    requireHoldable(bytes, this.#options)
    const decipher = this.#start.frames.open('block', 1, head.subarray(0, ivBytes), bytes)
    this.#state = { at: 'block', decipher, left: bytes }
  }

  #block(state: { readonly decipher: DecipherGCM; left: number }): boolean {
    const bytes = this.#gather.some(state.left)
    if (bytes.length === 0) return false
    this.#withheld.push(plain(state.decipher.update(bytes)))
    state.left -= bytes.length
    return true
  }

  #blockTag(decipher: DecipherGCM, tag: Uint8Array): void {
    try {
      decipher.setAuthTag(tag)
      decipher.final()
    } catch {
      throw decryptionFailed()
    }
    this.#endBody()
  }

  #endBody(): void {
    if (this.#start.verifier === undefined) this.#end()
    else this.#state = { at: 'footer-length' }
  }

  #end(): void {
    this.#closeSlab()
    this.#ready.push(...this.#withheld.splice(0).filter((slab) => slab.length > 0))
    this.#state = { at: 'end' }
    this.#start.keys.zero()
  }

  /** Memory for this frame and for those behind it that lie in the same chunk. */
  #openSlab(): void {
    this.#closeSlab()
    const { frameLength } = this.#start.header
    const following = Math.floor(this.#gather.rest / frameLength)
    const most = Math.floor(slabBytes / frameLength)
    this.#slab = this.#memory.take(frameLength * Math.max(1, Math.min(1 + following, most)))
  }

  #closeSlab(): void {
    if (this.#filled > 0) {
      // What was not filled was never written: it must not be seen through the view's buffer.
      this.#slab.fill(0, this.#filled)
      this.#ready.push(this.#slab.subarray(0, this.#filled))
    }
    this.#slab = new Uint8Array(0)
    this.#filled = 0
  }
}

const sealedFrame = (iv: Uint8Array, rest: Uint8Array): SealedFrame => ({
  iv,
  ciphertext: rest.subarray(0, rest.length - tagBytes),
  tag: rest.subarray(rest.length - tagBytes),
})
