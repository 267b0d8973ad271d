import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { wrappingKeyOf } from '../../../src/core/crypto/wrap.ts'
import { Hierarchy } from '../../../src/core/seal/hierarchy.ts'
import { systemRandom } from '../../../src/server/system.ts'

const random = systemRandom()
const place = {
  table: 'material',
  rowId: 'r',
  account: '',
  region: '',
  keyId: 'k',
  materialId: 'm',
  purpose: 'encrypt',
  spec: '',
}

test('a hierarchy that was handed over opens and makes what the first one does', () => {
  const newKey = () => wrappingKeyOf(randomBytes(16), randomBytes(32))
  const first = new Hierarchy(
    random.uuid(),
    new Map([
      [1, newKey()],
      [2, newKey()],
    ]),
    random,
  )
  const bytes = Buffer.from(first.handOver())
  const second = Hierarchy.takeOver(bytes, random)
  // What it was made of is zeroed by whoever gave it.
  bytes.fill(0)
  assert.equal(second.clusterId, first.clusterId)
  const secret = randomBytes(32)
  assert.deepEqual(Buffer.from(second.unwrap(place, first.wrap(place, secret))), secret)
  assert.deepEqual(Buffer.from(first.unwrap(place, second.wrap(place, secret))), secret)
  assert.equal(second.stateKey().version, 2)
  assert(second.stateKey().key.equals(first.stateKey().key))
  assert(second.tokenKeyOf('grant', 1)?.equals(first.tokenKeyOf('grant', 1)!))
  assert.equal(second.tokenKeyOf('grant', 3), undefined)
})
