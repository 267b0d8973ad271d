import assert from 'node:assert/strict'
import { test } from 'node:test'
import { grantOf } from '../../../src/core/access/grants/grant.ts'
import type { Key } from '../../../src/core/keys/key.ts'
import { defaultQuotas } from '../../../src/core/quotas.ts'
import { Change } from '../../../src/core/state/change.ts'
import { putGrant } from '../../../src/server/access/new-grant.ts'
import type { Call } from '../../../src/server/call.ts'
import { account, region } from '../harness.ts'

const arn = `arn:aws:kms:${region}:${account}:key/1`
const key = { rowId: `${region}/${account}/1`, arn, record: { region, account } } as Key
const grant = grantOf({
  grantId: 'ab'.repeat(32),
  keyArn: arn,
  granteePrincipal: `arn:aws:iam::${account}:root`,
  retiringPrincipal: `arn:aws:iam::${account}:root`,
  issuingAccount: account,
  operations: ['Decrypt'],
  constraints: {},
  createdAtMs: 0,
})

/** A call about a key that has so many grants. */
const callWith = (count: number): Call =>
  ({
    grants: { count: () => Promise.resolve(count) },
    change: new Change(),
    quotas: defaultQuotas,
  }) as unknown as Call

test('a key takes its 50,000th grant, and no more', async () => {
  const call = callWith(49_999)
  await putGrant(call, key, grant)
  assert.deepEqual(
    call.change.rows.map(({ table }) => table),
    ['grant', 'grant_retiring'],
  )
  const full = callWith(50_000)
  await assert.rejects(putGrant(full, key, grant), {
    code: 'LimitExceededException',
    message: `The key ${arn} has 50000 grants, which is the limit.`,
  })
  assert.equal(full.change.isEmpty, true)
})
