/** The hierarchical keyring, and the key stores beneath it, which share one table. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { keyStoreOn } from './branch-keys.mjs'
import { context, defaultSuite, plaintextOf, policyFor, unsignedSuite } from './cases.mjs'
import { openTable } from './dynamodb.mjs'
import { ours } from './ours.mjs'
import { passesBothWays } from './passing.mjs'

const shapes = [
  { frameLength: 512, bytes: 1000 },
  { frameLength: 4096, bytes: 0 },
]

/** Branch keys that one side makes and rotates, the other one reads. */
export const testHierarchy = async (peer, kmsKeyArn, region) => {
  const table = await openTable()
  const { keyStore, store, close } = keyStoreOn(table, kmsKeyArn, region)
  after(async () => {
    close()
    await table.close()
  })
  const admins = {
    keyhold: {
      create: (options) => keyStore.createBranchKey(options),
      version: (branchKeyId) => keyStore.versionBranchKey(branchKeyId),
    },
    [peer.name]: {
      create: (options) => peer.createBranchKey({ store, ...options }),
      version: (branchKeyId) => peer.versionBranchKey({ store, branchKeyId }),
    },
  }
  const wrappingOf = (branchKeyId) => ({ kind: 'hierarchical', branchKeyId, keyStore, store })

  for (const [name, admin] of Object.entries(admins))
    test(`both wrap under a branch key that ${name} made and rotated`, async () => {
      const branchKeyId = await admin.create({
        branchKeyId: `tenant of ${name}`,
        context: { tenant: 'größer ✓' },
      })
      const wrapping = wrappingOf(branchKeyId)
      const written = []
      for (const writer of [ours, peer]) written.push(await write(writer, wrapping))
      for (const suite of [defaultSuite, unsignedSuite])
        await passesBothWays(ours, peer, shapes, { suite, wrapping })
      await admin.version(branchKeyId)
      for (const suite of [defaultSuite, unsignedSuite])
        await passesBothWays(ours, peer, shapes, { suite, wrapping })
      for (const message of written)
        for (const reader of [ours, peer]) await read(reader, wrapping, message)
    })

  test('each rotates what the other one made, and reads what was written before', async () => {
    const written = []
    for (const [one, other] of [
      [admins.keyhold, admins[peer.name]],
      [admins[peer.name], admins.keyhold],
    ]) {
      const wrapping = wrappingOf(await one.create({}))
      written.push({ wrapping, message: await write(ours, wrapping) })
      await other.version(wrapping.branchKeyId)
      await passesBothWays(ours, peer, shapes, { suite: defaultSuite, wrapping })
    }
    for (const { wrapping, message } of written)
      for (const reader of [ours, peer]) await read(reader, wrapping, message)
  })

  test('both refuse a message under another branch key', async () => {
    const [one, other] = [wrappingOf(await keyStore.createBranchKey()), wrappingOf('none')]
    const message = await write(ours, one)
    for (const reader of [ours, peer]) await assert.rejects(read(reader, other, message))
  })
}

const bytes = 700
const policy = policyFor(defaultSuite)

const write = async (writer, wrapping) => {
  const frameLength = 512
  const plaintext = plaintextOf(bytes)
  const options = { suite: defaultSuite, frameLength, context, wrapping, policy }
  return new Uint8Array(await writer.encrypt({ plaintext, ...options }))
}

const read = async (reader, wrapping, message) => {
  const { plaintext } = await reader.decrypt({ message, wrapping, policy })
  assert.ok(plaintextOf(bytes).equals(plaintext))
}
