/** IAM and STS by AWS's SDKs for JavaScript, with their providers of credentials, and by boto3. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { iam } from '../../packages/kms/src/api/iam.ts'
import './iam/users.mjs'
import './iam/groups-and-policies.mjs'
import './iam/roles.mjs'
import './iam/sessions.mjs'
import './iam/js-v2.mjs'
import './iam/boto3.mjs'
import { done, refused } from './iam/client.mjs'

test('every operation that is declared has been seen to succeed and to be refused', () => {
  const declared = new Set(Object.keys(iam.operations))
  // There are no passwords: these two are seen to find none.
  const empty = new Set(['GetLoginProfile', 'DeleteLoginProfile'])
  assert.deepEqual(declared.difference(done), empty)
  assert.deepEqual(refused, declared)
})
