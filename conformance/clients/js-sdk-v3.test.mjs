/** The AWS SDK for JavaScript v3 over every operation, in what it does and in what it refuses. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import * as kms from '@aws-sdk/client-kms'
import { operations } from '../../packages/kms/src/api/operations.ts'
import './js-sdk-v3/keys.mjs'
import './js-sdk-v3/aliases.mjs'
import './js-sdk-v3/data.mjs'
import './js-sdk-v3/tags-and-policies.mjs'
import './js-sdk-v3/grants.mjs'
import './js-sdk-v3/signing.mjs'
import './js-sdk-v3/macs.mjs'
import './js-sdk-v3/shared-secrets.mjs'
import './js-sdk-v3/data-key-pairs.mjs'
import './js-sdk-v3/import.mjs'
import './js-sdk-v3/rotation.mjs'
import './js-sdk-v3/multi-region.mjs'
import './js-sdk-v3/key-stores.mjs'
import './js-sdk-v3/connection.mjs'
import { client, done, refused } from './js-sdk-v3/client.mjs'

after(() => client.destroy())

test('every operation of AWS KMS has been seen to succeed and to refuse', () => {
  const all = new Set(Object.keys(operations))
  const commands = Object.keys(kms).filter((name) => /^[A-Z].*Command$/.test(name))
  assert.deepEqual(new Set(commands.map((name) => name.replace(/Command$/, ''))), all)
  assert.deepEqual(done, all)
  assert.deepEqual(refused, all)
})
