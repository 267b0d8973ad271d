import { generateKeyPair } from '../../core/crypto/asymmetric/key-pairs.ts'
import type { KeyWork } from '../../core/ports.ts'

/** Does everything at once, and holds up its thread. */
export const onThisThread: KeyWork = {
  generateKeyPair: (spec) => Promise.resolve().then(() => generateKeyPair(spec)),
}
