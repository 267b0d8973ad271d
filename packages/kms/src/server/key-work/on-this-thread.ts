import { runKeyTask } from '../../core/crypto/asymmetric/key-task.ts'
import type { KeyWork } from '../../core/ports.ts'

/** Does everything at once, and holds up its thread. */
export const onThisThread: KeyWork = {
  run: (task) => Promise.resolve().then(() => runKeyTask(task)),
  generateKeyPair: (spec) => onThisThread.run({ kind: 'generateKeyPair', spec }),
}
