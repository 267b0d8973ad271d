import type { ChildProcess } from 'node:child_process'
import { closeSync, readSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Random } from '../../core/ports.ts'
import { Hierarchy } from '../../core/seal/hierarchy.ts'

/** After the three standard streams and the channel. */
const keysFd = 4
/** More than a thousand versions of the domain key. */
const handedBytesMax = 65_536

/**
 * Gives a worker the keys that the service was unsealed with, over a pipe that only the two have. The
 * bytes are in no message, argument, variable or file, and are zeroed once the system has them.
 */
export const handKeys = async (child: ChildProcess, hierarchy: Hierarchy): Promise<void> => {
  const pipe = child.stdio[keysFd]
  if (!(pipe instanceof Socket)) throw new TypeError('the worker has no pipe for keys')
  const bytes = hierarchy.handOver()
  // It broke, so the worker is gone, which is noticed elsewhere.
  pipe.on('error', () => undefined)
  try {
    await new Promise<void>((resolve) => pipe.end(bytes, resolve).once('close', resolve))
  } finally {
    bytes.fill(0)
    pipe.destroy()
  }
}

/** In a worker, once: the keys that it was given. Waits for them, for without them there is no work. */
export const takeKeys = (random: Random): Hierarchy => {
  const bytes = Buffer.alloc(handedBytesMax)
  try {
    let length = 0
    for (;;) {
      const read = readSync(keysFd, bytes, length, bytes.length - length, null)
      if (read === 0) break
      length += read
    }
    return Hierarchy.takeOver(bytes.subarray(0, length), random)
  } finally {
    bytes.fill(0)
    closeSync(keysFd)
  }
}
