import type { FrameCipher } from '../format/frame.ts'
import type { Suite } from '../format/suites.ts'
import type { Memory } from '../memory.ts'
import type { Mode } from './protocol.ts'

/** A message whose regular frames are to be worked on. */
export type LaneMessage = {
  readonly mode: Mode
  readonly suite: Suite
  readonly messageId: Uint8Array
  readonly frameLength: number
  /** The derived key; stays the caller's. */
  readonly key: Uint8Array
  /** The same key in use, for what this thread works on itself. */
  readonly frames: FrameCipher
  /** Where output goes. */
  readonly memory: Memory
}
