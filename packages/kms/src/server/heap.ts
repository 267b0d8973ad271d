import { setFlagsFromString } from 'node:v8'

/** Of what is in use after a full collection: so much more may come before the next one. */
const growthPercent = 30

/**
 * Has V8 collect the heap of a process before it has grown by much. It would let it grow by several
 * times what is in use, which for a service that lives on caches is memory for nothing: full
 * collections are rare with it or without. The flag is V8's own and undocumented; a version without
 * it says so on standard error, and goes on.
 */
export const keepHeapSmall = (): void => {
  setFlagsFromString(`--heap-growing-percent=${growthPercent}`)
}
