import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as kms from '@aws-sdk/client-kms'
import { account, unknownKeyId } from '../setting.mjs'
import { call, client, newKey, refuses, unknownKey } from './client.mjs'

const root = `arn:aws:iam::${account}:root`

describe('AWS SDK for JavaScript v3: grants', () => {
  test('a grant is made, listed by pages, retired and revoked', async () => {
    const { KeyId, Arn } = await newKey()
    const input = {
      KeyId,
      GranteePrincipal: root,
      RetiringPrincipal: root,
      Operations: ['Decrypt', 'Encrypt'],
      Constraints: { EncryptionContextSubset: { käse: '✓' } },
      Name: 'sdk/js',
    }
    const made = await call('CreateGrant', input)
    assert.match(made.GrantId, /^[0-9a-f]{64}$/)
    const again = await call('CreateGrant', input)
    assert.equal(again.GrantId, made.GrantId)
    assert.notEqual(again.GrantToken, made.GrantToken)
    const other = await call('CreateGrant', { ...input, Name: 'other' })
    const seen = []
    for await (const page of kms.paginateListGrants({ client, pageSize: 1 }, { KeyId }))
      seen.push(...page.Grants)
    assert.deepEqual(
      new Set(seen.map(({ GrantId }) => GrantId)),
      new Set([made.GrantId, other.GrantId]),
    )
    const { Grants } = await call('ListGrants', { KeyId: Arn, GrantId: made.GrantId })
    const [{ CreationDate, ...entry }] = Grants
    assert.ok(CreationDate instanceof Date)
    assert.deepEqual(entry, {
      ...input,
      KeyId: Arn,
      GrantId: made.GrantId,
      IssuingAccount: root,
    })
    const retirable = []
    const pages = kms.paginateListRetirableGrants(
      { client, pageSize: 1 },
      { RetiringPrincipal: root },
    )
    for await (const page of pages)
      retirable.push(...page.Grants.filter((grant) => grant.KeyId === Arn))
    assert.equal(retirable.length, 2)
    assert.equal((await call('ListRetirableGrants', { RetiringPrincipal: root })).Truncated, false)
    const { CiphertextBlob } = await call('Encrypt', {
      KeyId,
      Plaintext: new Uint8Array([1]),
      GrantTokens: [made.GrantToken],
    })
    assert.deepEqual(await call('RetireGrant', { GrantToken: again.GrantToken }), {})
    await refuses(
      'Decrypt',
      { CiphertextBlob, GrantTokens: [made.GrantToken] },
      'InvalidGrantTokenException',
      /./,
    )
    assert.deepEqual(await call('RevokeGrant', { KeyId, GrantId: other.GrantId }), {})
    assert.deepEqual((await call('ListGrants', { KeyId })).Grants, [])
  })

  test('faults are those of AWS', async () => {
    const { KeyId } = await newKey()
    const nobody = `arn:aws:iam::${account}:user/nobody`
    const input = { KeyId, GranteePrincipal: nobody, Operations: ['Decrypt'] }
    const text = `ARN does not refer to a valid principal: ${nobody}`
    await refuses('CreateGrant', input, 'InvalidArnException', text)
    await refuses('ListRetirableGrants', { RetiringPrincipal: nobody }, 'InvalidArnException', text)
    const GrantId = 'ab'.repeat(32)
    await refuses('RevokeGrant', { KeyId, GrantId }, 'NotFoundException', /./)
    await refuses('RetireGrant', { KeyId, GrantId }, 'NotFoundException', /./)
    await refuses('RetireGrant', { GrantToken: 'token' }, 'InvalidGrantTokenException', /./)
    await refuses('RevokeGrant', { KeyId, GrantId: 'x' }, 'InvalidGrantIdException', /./)
    await refuses('ListGrants', { KeyId: unknownKeyId }, 'NotFoundException', unknownKey)
    const dry = { KeyId, GranteePrincipal: root, Operations: ['Decrypt'], DryRun: true }
    await refuses('CreateGrant', dry, 'DryRunOperationException', /would have succeeded/)
  })
})
