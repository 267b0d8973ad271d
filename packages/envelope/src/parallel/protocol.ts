import type { KeyObject } from 'node:crypto'
import type { Signature } from '../format/footer.ts'
import { frameOverhead } from '../format/frame.ts'
import { slabBytes } from '../memory.ts'

/**
 * What main thread and workers say to each other. A session is one message under one key. A job is
 * a slab of consecutive regular frames, each `frameLength + frameOverhead` bytes behind the one
 * before. To encrypt, the plaintext stands where the ciphertext would be. The answer is memory that
 * is handed over: whole frames, or plaintext without gaps. Slabs are used again, and zeroed in the end
 * by the main thread: clearing shared memory each time would cost a third of what encrypting does.
 *
 * A digest is the signature of one message: signed with a private key, verified with a public one.
 */
export type WorkerRequest =
  | {
      readonly open: number
      readonly suiteId: number
      readonly messageId: Uint8Array
      /** The derived key. The worker zeroes this memory, which is shared, once it has read it. */
      readonly key: SharedArrayBuffer
      readonly frameLength: number
    }
  | { readonly openDigest: number; readonly signature: Signature; readonly key: KeyObject }
  /** Of a session or a digest. */
  | { readonly close: number }
  | FramesJob
  | DigestJob
  | FinishJob

export type FramesJob = {
  readonly job: number
  readonly session: number
  readonly mode: Mode
  readonly slab: SharedArrayBuffer
  /** The number of the first frame; the others follow. */
  readonly sequence: number
  readonly count: number
  /** Memory to write the answer into, if there is any that is used up. */
  readonly spare: ArrayBuffer | undefined
}

/** The next `bytes` bytes of what is signed. The answer is the slab, which is handed over and back. */
export type DigestJob = {
  readonly job: number
  readonly digest: number
  readonly slab: ArrayBuffer
  readonly bytes: number
}

/** Answered with the footer; or, for a signature to verify, with nothing or `unauthentic`. */
export type FinishJob = {
  readonly job: number
  readonly finish: number
  /** Not read by who signs. */
  readonly signature: Uint8Array
}

export type WorkerReply =
  | { readonly ready: true }
  | { readonly job: number; readonly outcome: Outcome }

/** What a job came to: bytes that now belong to whoever asked, or what went wrong. */
export type Outcome = Uint8Array<ArrayBuffer> | 'unauthentic' | 'failed'

export type Mode = 'encrypt' | 'decrypt'

/** Longer frames are left to the main thread: memory stays at some slabs of this size. */
export const frameLengthMax = 1024 * 1024

/** How many frames a slab holds; at least one, if it is not longer than `frameLengthMax`. */
export const framesPerSlab = (frameLength: number): number =>
  Math.floor(slabBytes / (frameLength + frameOverhead))
