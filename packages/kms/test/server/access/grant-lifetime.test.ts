import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createKey, refused, succeeded, succeededEmpty } from '../expect.ts'
import { startTestService } from '../harness.ts'
import { callIam, done, newUser } from '../identity/query.ts'
import { type Made, openGrantScene } from './grant-scene.ts'
import { callsAs, iamArn } from './scene.ts'

const { service, call, ann, bea, KeyId, toAnn, plaintext, create, entries, revoke } =
  await openGrantScene()

describe('a grant token', () => {
  it('is taken while its grant exists, also by who is not the grantee, and permits nothing', async () => {
    const { GrantId, GrantToken } = await create(toAnn)
    const withToken = { ...plaintext, GrantTokens: [GrantToken] }
    succeeded(await ann('Encrypt', withToken))
    succeeded(await call('Encrypt', withToken))
    refused(await bea('Encrypt', withToken), 'AccessDeniedException', /user\/bea/)
    await revoke(GrantId)
    const text = 'A grant token is not valid.'
    for (const by of [ann, call])
      refused(await by('Encrypt', withToken), 'InvalidGrantTokenException', text)
  })

  it('of another Region, or of a key that is gone, is not valid', async () => {
    const doomed = await createKey(service)
    const { GrantToken } = await create({ ...toAnn, KeyId: doomed.KeyId })
    const elsewhere = { region: 'us-west-2' }
    const there = await createKey(service, {}, elsewhere)
    refused(
      await call('DescribeKey', { KeyId: there.KeyId, GrantTokens: [GrantToken] }, elsewhere),
      'InvalidGrantTokenException',
      'A grant token is not valid.',
    )
    succeeded(await call('DescribeKey', { KeyId, GrantTokens: [GrantToken] }))
    const soon = { KeyId: doomed.KeyId, PendingWindowInDays: 7 }
    succeeded(await call('ScheduleKeyDeletion', soon))
    succeeded(await call('DescribeKey', { KeyId, GrantTokens: [GrantToken] }))
  })
})

describe('grants', () => {
  it('outlive a restart of the service', async () => {
    await using first = await startTestService()
    const user = await newUser(first, 'ann')
    const key = await createKey(first)
    const input = { ...toAnn, KeyId: key.KeyId }
    const { GrantToken, GrantId } = succeeded(await first.call('CreateGrant', input)) as Made
    await using second = await first.restart()
    const again = callsAs(second, user)
    succeeded(
      await again('Encrypt', { KeyId: key.KeyId, Plaintext: 'AA==', GrantTokens: [GrantToken] }),
    )
    succeededEmpty(await second.call('RevokeGrant', { KeyId: key.KeyId, GrantId }))
    refused(
      await again('Encrypt', { KeyId: key.KeyId, Plaintext: 'AA==' }),
      'AccessDeniedException',
      /ann/,
    )
  })

  it('do not pass to a later user of the same name', async () => {
    const UserName = 'recreated'
    const first = await newUser(service, UserName)
    const GranteePrincipal = iamArn(`user/${UserName}`)
    const { GrantId } = await create({
      ...toAnn,
      GranteePrincipal,
      RetiringPrincipal: GranteePrincipal,
    })
    succeeded(await callsAs(service, first)('Encrypt', plaintext))
    const AccessKeyId = first.accessKeyId
    done(await callIam(service, 'DeleteAccessKey', { UserName, AccessKeyId }))
    done(await callIam(service, 'DeleteUser', { UserName }))
    const second = callsAs(service, await newUser(service, UserName))
    refused(await second('Encrypt', plaintext), 'AccessDeniedException', /recreated/)
    refused(await second('RetireGrant', { KeyId, GrantId }), 'AccessDeniedException', /RetireGrant/)
    const listed = await entries({ RetiringPrincipal: GranteePrincipal }, 'ListRetirableGrants')
    assert.deepEqual(listed, [])
    await revoke(GrantId)
  })
})
