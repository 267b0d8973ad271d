import { createSecretKey } from 'node:crypto'
import type { StateKey } from '../../../src/core/state/state.ts'

/** A state key for tests, another one for each `fill`. */
export const someStateKey = (fill = 1, version = 1): StateKey => ({
  version,
  key: createSecretKey(new Uint8Array(32).fill(fill)),
})
