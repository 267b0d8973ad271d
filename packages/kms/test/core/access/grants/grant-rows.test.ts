import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  granteeParent,
  grantNameOf,
  grantRowId,
  retiringParent,
  rowsOfGrant,
} from '../../../../src/core/access/grants/grant-rows.ts'
import { arns, grant, home } from '../support.ts'

const keyRowId = `eu-central-1/${home}/1`
const grantId = 'a1'.repeat(32)
const id = `${keyRowId}/${grantId}`

test('a grant’s row has the name of its key’s row and its own, and tells both', () => {
  assert.equal(grantRowId({ keyRowId, grantId }), id)
  assert.deepEqual(grantNameOf(id), { keyRowId, grantId })
})

test('grants are found by their key and grantee, and by Region and retiring principal', () => {
  assert.equal(granteeParent(keyRowId, 'alice'), `${keyRowId}/alice`)
  assert.equal(retiringParent('eu-central-1', 'bob'), 'eu-central-1/bob')
})

test('a grant that somebody may retire has a second row, of the same id', () => {
  assert.deepEqual(rowsOfGrant(keyRowId, grant({ grantId })), [{ table: 'grant', id }])
  assert.deepEqual(rowsOfGrant(keyRowId, grant({ grantId, retiringPrincipal: arns.bob })), [
    { table: 'grant', id },
    { table: 'grant_retiring', id },
  ])
})
