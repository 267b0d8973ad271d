/** One client writes, another one reads, and what was read is what was written. */
import assert from 'node:assert/strict'
import { inspect } from '@keyhold/envelope'
import { context as usualContext, plaintextOf, policyFor } from './cases.mjs'

const publicKeyName = 'aws-crypto-public-key'

/**
 * Has `writer` write a message and `reader` read it. `wrapping` says by which keys; `readBy`, if
 * given, by which others it is read.
 */
export const passes = async (writer, reader, options) => {
  const { suite, frameLength, bytes, wrapping, readBy = wrapping } = options
  const { context = usualContext, requiredKeys, reproducedContext } = options
  const policy = policyFor(suite)
  const plaintext = plaintextOf(bytes)
  const message = await writer.encrypt({
    plaintext,
    suite,
    frameLength,
    context,
    wrapping,
    policy,
    requiredKeys,
  })
  await requireHeader(message, options, context)
  const opened = await reader.decrypt({
    message,
    wrapping: readBy,
    policy,
    requiredKeys,
    reproducedContext,
  })
  const what = `${bytes} bytes in frames of ${frameLength}`
  assert.ok(plaintext.equals(opened.plaintext), `${reader.name} read other bytes: ${what}`)
  requireContext(opened.context, suite, context, what)
}

/** Both ways, with each of the shapes; a peer that cannot write one has to say so itself. */
export const passesBothWays = async (own, peer, shapes, options) => {
  for (const shape of shapes) {
    await passes(own, peer, { ...options, ...shape })
    const back = passes(peer, own, { ...options, ...shape })
    if (peer.canWrite?.(shape.frameLength) ?? true) await back
    else await assert.rejects(back, peer.cannotWrite)
  }
}

/** Without this, a client that ignores what it is told would pass for one that does it. */
const requireHeader = async (message, { suite, frameLength, requiredKeys = [] }, context) => {
  const { header } = await inspect(new Uint8Array(message))
  assert.equal(header.suite.name, suite.name)
  assert.equal(header.frameLength, frameLength)
  for (const [key, value] of Object.entries(context))
    assert.equal(header.context.get(key), requiredKeys.includes(key) ? undefined : value)
}

const requireContext = (actual, suite, expected, what) => {
  const { [publicKeyName]: publicKey, ...rest } = actual
  assert.equal(publicKey !== undefined, suite.signature !== undefined, what)
  assert.deepEqual({ ...rest }, { ...expected }, what)
}
