/** `@keyhold/envelope` and the AWS Encryption SDK for JavaScript: each reads what the other writes. */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { defaultSuite, fewShapes, shapes, unsortedContext } from './encryption-sdk/cases.mjs'
import { testCommand } from './encryption-sdk/command-tests.mjs'
import { testHierarchy } from './encryption-sdk/hierarchy-tests.mjs'
import { js } from './encryption-sdk/js.mjs'
import { kmsWrappings, multi, rawAes, rawRsa } from './encryption-sdk/keys.mjs'
import { closeClients, ours } from './encryption-sdk/ours.mjs'
import { passes } from './encryption-sdk/passing.mjs'
import { testRewrapping } from './encryption-sdk/rewrap-tests.mjs'
import {
  kmsRows,
  multiRows,
  rawWrappings,
  testContexts,
  testRefusals,
  testSuites,
  testWrappings,
} from './encryption-sdk/shared-tests.mjs'
import { testCaching, testStreams } from './encryption-sdk/stream-tests.mjs'

const region = 'eu-south-2'
const kms = await kmsWrappings(region)
after(closeClients)

describe('AWS Encryption SDK for JavaScript: every suite, keyring and frame length', () => {
  const wrappings = {
    'a KMS keyring': kms.kms,
    'a raw AES keyring': rawAes(),
    'a raw RSA keyring': rawRsa(),
    'a multi keyring': multi(kms.several, rawAes(), rawRsa()),
  }
  testSuites(js, wrappings, shapes)
})

describe('AWS Encryption SDK for JavaScript: wrapping keys', () => {
  testWrappings(js, { ...kmsRows(kms), ...multiRows(kms), ...rawWrappings() })
  test('a KMS keyring whose generator is an alias', async () => {
    for (const [writer, reader] of [
      [ours, js],
      [js, ours],
    ])
      await passes(writer, reader, {
        suite: defaultSuite,
        frameLength: 4096,
        bytes: 5000,
        wrapping: kms.alias,
        readBy: kms.kms,
      })
  })
})

describe('AWS Encryption SDK for JavaScript: encryption contexts', () => {
  testContexts(js, kms)
  test('a raw AES key binds the order of a dictionary by default: nobody else reads that', async () => {
    const aes = rawAes()
    const options = { suite: defaultSuite, frameLength: 4096, bytes: 10, context: unsortedContext }
    const wrapping = { ...aes, utf8Sorting: false }
    await passes(js, js, { ...options, wrapping })
    await assert.rejects(passes(js, ours, { ...options, wrapping }), { code: 'NoDataKey' })
  })
})

describe('AWS Encryption SDK for JavaScript: branch keys', async () => {
  await testHierarchy(js, kms.arns[0], region)
})

describe('AWS Encryption SDK for JavaScript: streams', () => {
  testStreams(js, kms.kms)
})

describe('AWS Encryption SDK for JavaScript: cached data keys', () => {
  testCaching(js, kms.kms)
})

describe('AWS Encryption SDK for JavaScript: messages under new keys', () => {
  testRewrapping(js, kms, rawAes(), fewShapes)
})

describe('AWS Encryption SDK for JavaScript: files of keyhold encrypt', () => {
  testCommand(js, kms, region)
})

describe('AWS Encryption SDK for JavaScript: refusals', () => {
  testRefusals(js, kms)
})
