import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createKey, refused, succeededEmpty } from '../expect.ts'
import { allow, newUser } from '../identity/query.ts'
import { openGrantScene } from './grant-scene.ts'
import { callsAs, iamArn, notAllowed } from './scene.ts'

const { service, call, ann, bea, role, KeyId, Arn, toAnn, create, entries, revoke } =
  await openGrantScene()

describe('RetireGrant', () => {
  const retirable = { ...toAnn, RetiringPrincipal: iamArn('user/bea') }
  const gone = async (GrantId: string) => assert.deepEqual(await entries({ KeyId, GrantId }), [])

  it('decodes: a token, or key and id, and not both or less', async () => {
    const byToken = await create(retirable)
    succeededEmpty(await bea('RetireGrant', { GrantToken: byToken.GrantToken }))
    await gone(byToken.GrantId)
    const byId = await create(retirable)
    succeededEmpty(await bea('RetireGrant', { KeyId: Arn, GrantId: byId.GrantId }))
    await gone(byId.GrantId)
    const { GrantId, GrantToken } = await create(retirable)
    for (const input of [
      {},
      { KeyId },
      { GrantId },
      { GrantToken, KeyId },
      { GrantToken, GrantId },
      { GrantToken, KeyId, GrantId },
    ])
      refused(
        await bea('RetireGrant', input),
        'ValidationException',
        'Either a grant token, or both a key ID and a grant ID, must be specified.',
      )
    await revoke(GrantId)
  })

  it('refuses: a grant that is not there', async () => {
    const { GrantId, GrantToken } = await create(retirable)
    await revoke(GrantId)
    refused(
      await bea('RetireGrant', { GrantToken }),
      'InvalidGrantTokenException',
      'A grant token is not valid.',
    )
    refused(
      await bea('RetireGrant', { KeyId, GrantId }),
      'NotFoundException',
      `Grant ${GrantId} is not found.`,
    )
    refused(
      await bea('RetireGrant', { KeyId, GrantId: 'x' }),
      'InvalidGrantIdException',
      'Invalid grant id x',
    )
  })

  it('does: for the retiring principal, the grantee that may, and the account', async () => {
    const { GrantId } = await create(retirable)
    const byId = { KeyId, GrantId }
    refused(
      await ann('RetireGrant', byId),
      'AccessDeniedException',
      notAllowed(iamArn('user/ann'), 'kms:RetireGrant', `resource: ${Arn}`),
    )
    refused(await role('RetireGrant', byId), 'AccessDeniedException', /kms:RetireGrant/)
    succeededEmpty(await bea('RetireGrant', byId))
    const toRetire = await create({ ...toAnn, Operations: ['Encrypt', 'RetireGrant'] })
    succeededEmpty(await ann('RetireGrant', { GrantToken: toRetire.GrantToken }))
    const byRoot = await create(retirable)
    succeededEmpty(await call('RetireGrant', { KeyId, GrantId: byRoot.GrantId }))
    const delegated = callsAs(
      service,
      await newUser(service, 'retirer', allow('kms:RetireGrant', Arn)),
    )
    const left = await create(retirable)
    succeededEmpty(await delegated('RetireGrant', { KeyId, GrantId: left.GrantId }))
    await gone(left.GrantId)
  })

  it('does: not against a Deny', async () => {
    const barred = callsAs(
      service,
      await newUser(service, 'barred', {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Deny', Action: 'kms:RetireGrant', Resource: '*' }],
      }),
    )
    const { GrantId } = await create({ ...toAnn, RetiringPrincipal: iamArn('user/barred') })
    refused(
      await barred('RetireGrant', { KeyId, GrantId }),
      'AccessDeniedException',
      /with an explicit deny in an identity-based policy$/,
    )
    await revoke(GrantId)
  })
})

describe('RevokeGrant', () => {
  it('refuses: a grant that is not on the key, and callers without the permission', async () => {
    const { GrantId } = await create({ ...toAnn, RetiringPrincipal: iamArn('user/bea') })
    const other = await createKey(service)
    refused(
      await call('RevokeGrant', { KeyId: other.KeyId, GrantId }),
      'NotFoundException',
      `Grant ${GrantId} is not found.`,
    )
    refused(
      await call('RevokeGrant', { KeyId, GrantId: 'x' }),
      'InvalidGrantIdException',
      'Invalid grant id x',
    )
    for (const by of [ann, bea])
      refused(await by('RevokeGrant', { KeyId, GrantId }), 'AccessDeniedException', /RevokeGrant/)
    succeededEmpty(await call('RevokeGrant', { KeyId: Arn, GrantId }))
    refused(
      await call('RevokeGrant', { KeyId, GrantId }),
      'NotFoundException',
      `Grant ${GrantId} is not found.`,
    )
  })
})
