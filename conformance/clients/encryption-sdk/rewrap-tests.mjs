/** Messages that were given new keys: every peer has to read them, whoever had written them. */
import { test } from 'node:test'
import { rewrap } from '@keyhold/envelope'
import { suites } from './cases.mjs'
import { keyringOf, ours } from './ours.mjs'
import { passes } from './passing.mjs'

/** A writer whose messages are written under other keys first, and then given the ones asked for. */
const rewrapping = (writer, from) => ({
  name: `${writer.name}, rewrapped`,
  encrypt: async ({ wrapping, policy, ...options }) => {
    const old = await writer.encrypt({ ...options, policy, wrapping: from })
    const { message } = await rewrap(new Uint8Array(old), {
      from: { keyring: keyringOf(from), commitmentPolicy: policy },
      to: { keyring: keyringOf(wrapping) },
    })
    return message
  },
})

/** Every suite from one key of the service to another, and to a raw key and back. */
export const testRewrapping = (peer, kms, aes, shapes) => {
  const ways = [
    { from: kms.kms, wrapping: kms.second },
    { from: kms.several, wrapping: aes },
    { from: aes, wrapping: kms.several },
  ]
  for (const suite of suites)
    test(`${suite.name} under new keys`, async () => {
      for (const { from, wrapping } of ways)
        for (const shape of shapes) {
          await passes(rewrapping(ours, from), peer, { ...shape, suite, wrapping })
          if (peer.canWrite?.(shape.frameLength) ?? true)
            await passes(rewrapping(peer, from), peer, { ...shape, suite, wrapping })
        }
    })
}
