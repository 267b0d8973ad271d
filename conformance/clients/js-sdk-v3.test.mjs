/** The AWS SDK for JavaScript v3 over every operation, in what it does and in what it refuses. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { operations } from '../../packages/kms/src/api/operations.ts'
import './js-sdk-v3/keys.mjs'
import './js-sdk-v3/aliases.mjs'
import './js-sdk-v3/data.mjs'
import './js-sdk-v3/tags-and-policies.mjs'
import './js-sdk-v3/grants.mjs'
import './js-sdk-v3/signing.mjs'
import './js-sdk-v3/connection.mjs'
import { client, done, refused } from './js-sdk-v3/client.mjs'

after(() => client.destroy())

test('every operation that is declared has been seen to succeed and to refuse', () => {
  const declared = new Set(Object.keys(operations))
  assert.deepEqual(done, declared)
  assert.deepEqual(refused, declared)
})
