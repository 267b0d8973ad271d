import assert from 'node:assert/strict'
import { test } from 'node:test'
import { arns, grant } from '../support.ts'

test('a grant knows whom it names, each by the id of the time when it was made', () => {
  const { grantee, retiring } = grant({
    granteePrincipal: arns.alice,
    granteeId: 'AIDAALICE',
    retiringPrincipal: arns.role,
  })
  assert.equal(grantee.kind, 'user')
  assert.notEqual(grantee.name, grant({ granteePrincipal: arns.alice }).grantee.name)
  assert.equal(retiring?.kind, 'role')
  assert.equal(grant().retiring, undefined)
})

test('a record that names no principal is no grant', () => {
  for (const changes of [{ granteePrincipal: '*' }, { retiringPrincipal: 'alice' }])
    assert.throws(() => grant(changes), {
      name: 'TypeError',
      message: 'a grant that names no principal',
    })
})
