/** Scripts for the AWS Encryption CLI, with only the program's name replaced by `keyhold`. */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { rm } from 'node:fs/promises'
import { installPrograms, openScene, region } from './encryption-cli/scene.mjs'
import { filesFor, refusals, scripts, unreadable } from './encryption-cli/scripts.mjs'
import { differences } from './encryption-cli/differences.mjs'
import { kmsIn } from './encryption-sdk/keys.mjs'
import { credentials } from './setting.mjs'

const makeKeys = async () => {
  const kms = kmsIn(region)
  const { KeyMetadata: key } = await kms.createKey({})
  const { KeyMetadata: other } = await kms.createKey({})
  await kms.createAlias({ AliasName: 'alias/cli', TargetKeyId: key.KeyId })
  kms.destroy()
  return { KEY: key.Arn, KEY_ID: key.KeyId, OTHER: other.Arn }
}

const files = filesFor({ region, ...credentials })
const variables = await makeKeys()
const bin = await installPrograms()
after(() => rm(bin, { recursive: true, force: true }))

const withScene = async (use) => {
  const scene = await openScene(bin, files, variables)
  try {
    await use(scene)
  } finally {
    await scene.close()
  }
}

const sameTrees = async (scene) => {
  const theirs = await scene.look('theirs')
  assert.deepEqual(await scene.look('ours'), theirs)
  return theirs
}

describe(
  'a script for the AWS Encryption CLI does the same with keyhold',
  { concurrency: 2 },
  () => {
    for (const [title, steps] of Object.entries(scripts))
      test(title, () =>
        withScene(async (scene) => {
          for (const script of steps) {
            const { theirs, ours } = await scene.run(script)
            assert.equal(theirs.code, 0, theirs.stderr)
            assert.equal(ours.code, 0, ours.stderr)
            assert.deepEqual(ours.stdout, theirs.stdout)
            await sameTrees(scene)
            scene.swap()
          }
        }),
      )
  },
)

describe('keyhold refuses what the AWS Encryption CLI refuses', { concurrency: 2 }, () => {
  for (const [title, script] of Object.entries(refusals))
    test(title, () =>
      withScene(async (scene) => {
        const before = await scene.look('ours')
        const { theirs, ours } = await scene.run(script)
        assert.notEqual(theirs.code, 0)
        assert.notEqual(ours.code, 0)
        assert.equal(ours.stdout, '')
        assert.notEqual(ours.stderr, '')
        assert.deepEqual(await scene.look('ours'), before)
      }),
    )
})

describe(
  'keyhold does not read what the AWS Encryption CLI does not read',
  { concurrency: 2 },
  () => {
    for (const [title, { prepare, refused }] of Object.entries(unreadable))
      test(title, () =>
        withScene(async (scene) => {
          const prepared = await scene.run(prepare)
          for (const { code, stderr } of Object.values(prepared)) assert.equal(code, 0, stderr)
          scene.swap()
          const before = await scene.look('ours')
          const { theirs, ours } = await scene.run(refused)
          assert.notEqual(theirs.code, 0)
          assert.notEqual(ours.code, 0)
          assert.equal(ours.stdout, '')
          assert.deepEqual(await scene.look('ours'), before)
        }),
      )
  },
)

describe('keyhold differs from the AWS Encryption CLI on purpose', { concurrency: 2 }, () => {
  for (const { title, prepare, isSwapped, script, theirs: wanted, ours: own } of differences)
    test(title, () =>
      withScene(async (scene) => {
        if (prepare !== undefined) {
          const prepared = await scene.run(prepare)
          for (const { code, stderr } of Object.values(prepared)) assert.equal(code, 0, stderr)
        }
        if (isSwapped) scene.swap()
        const answers = await scene.run(script)
        for (const [who, expected] of Object.entries({ theirs: wanted, ours: own })) {
          const { code, stderr } = answers[who]
          assert.equal(code === 0, expected.succeeds, `${who}: ${code} ${stderr}`)
          const tree = await scene.look(who)
          for (const [path, content] of Object.entries(expected.leaves ?? {}))
            assert.deepEqual(tree[path], content, `${who}: ${path}`)
        }
      }),
    )
})
