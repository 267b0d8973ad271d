import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  grantNotFound,
  newGrantId,
  requireGrantId,
} from '../../../../src/core/access/grants/grant-id.ts'
import { systemRandom } from '../../crypto/fixtures.ts'

test('a new grant id is 64 digits of hex, and another one each time', () => {
  const ids = [newGrantId(systemRandom), newGrantId(systemRandom)]
  for (const id of ids) assert.equal(requireGrantId(id), id)
  assert.notEqual(ids[0], ids[1])
})

test('what cannot be the id of a grant is refused', () => {
  const id = '0123456789abcdef'.repeat(4)
  assert.equal(requireGrantId(id), id)
  for (const text of ['', 'x', id.slice(1), `${id}0`, id.toUpperCase(), `${id}\n`, ` ${id}`])
    assert.throws(() => requireGrantId(text), {
      code: 'InvalidGrantIdException',
      message: `Invalid grant id ${text}`,
    })
})

test('a grant that is not there is named in the refusal', () => {
  const error = grantNotFound('a1')
  assert.equal(error.code, 'NotFoundException')
  assert.equal(error.message, 'Grant a1 is not found.')
})
