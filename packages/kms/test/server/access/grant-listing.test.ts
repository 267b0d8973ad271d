import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createKey, invalid, refused, succeeded } from '../expect.ts'
import { noPrincipal, openGrantScene } from './grant-scene.ts'
import { iamArn, newAccount, notAllowed, otherAccount } from './scene.ts'

const { service, call, ann, KeyId, Arn, toAnn, create, entries, revoke } = await openGrantScene()

describe('ListGrants', () => {
  it('does: lists the grants on the key page by page, or those to one principal', async () => {
    const { KeyId: fresh, Arn: freshArn } = await createKey(service)
    const made = new Set<string>()
    for (let number = 0; number < 7; number += 1) {
      const GranteePrincipal = number % 2 === 0 ? iamArn('user/ann') : iamArn('role/app')
      made.add((await create({ ...toAnn, KeyId: fresh, GranteePrincipal })).GrantId)
    }
    const listed: unknown[] = []
    let Marker: unknown
    do {
      const page = succeeded(
        await call('ListGrants', {
          KeyId: freshArn,
          Limit: 3,
          ...(Marker === undefined ? {} : { Marker }),
        }),
      )
      listed.push(
        ...(page['Grants'] as readonly { GrantId: string }[]).map(({ GrantId }) => GrantId),
      )
      Marker = page['NextMarker']
      assert.equal(page['Truncated'], Marker !== undefined)
    } while (Marker !== undefined)
    assert.deepEqual(new Set(listed), made)
    assert.equal(listed.length, 7)
    const own = { KeyId: fresh, GranteePrincipal: iamArn('user/ann') }
    assert.equal((await entries(own)).length, 4)
    const first = succeeded(await call('ListGrants', { ...own, Limit: 2 }))
    const rest = succeeded(await call('ListGrants', { ...own, Marker: first['NextMarker'] }))
    assert.equal((rest['Grants'] as unknown[]).length, 2)
    assert.equal(rest['Truncated'], false)
    assert.deepEqual(await entries({ KeyId: fresh, GranteePrincipal: iamArn('user/bea') }), [])
    assert.deepEqual(await entries({ KeyId: fresh, GrantId: 'ab'.repeat(32) }), [])
    for (const other of [{ KeyId }, { KeyId: fresh }, { ...own, GrantId: 'ab'.repeat(32) }])
      refused(
        await call('ListGrants', { ...other, Marker: first['NextMarker'] }),
        'InvalidMarkerException',
        'The marker is not valid.',
      )
  })

  it('refuses: what cannot be the id of a grant, and a Limit over AWS’s', async () => {
    refused(
      await call('ListGrants', { KeyId, GrantId: 'x' }),
      'InvalidGrantIdException',
      'Invalid grant id x',
    )
    invalid(
      await call('ListGrants', { KeyId, Limit: 101 }),
      " '101'",
      'limit',
      'have value less than or equal to 100',
    )
  })
})

describe('ListRetirableGrants', () => {
  it('does: lists the grants in the Region that a principal may retire, on any key', async () => {
    const other = await createKey(service)
    const RetiringPrincipal = iamArn('user/bea')
    const made = [
      await create({ ...toAnn, RetiringPrincipal }),
      await create({ ...toAnn, RetiringPrincipal, KeyId: other.KeyId }),
    ]
    const elsewhere = { region: 'us-west-2' }
    const there = await createKey(service, {}, elsewhere)
    succeeded(
      await call('CreateGrant', { ...toAnn, RetiringPrincipal, KeyId: there.KeyId }, elsewhere),
    )
    const found = await entries({ RetiringPrincipal }, 'ListRetirableGrants')
    assert.deepEqual(
      new Set(found.map(({ GrantId }) => GrantId)),
      new Set(made.map(({ GrantId }) => GrantId)),
    )
    assert.deepEqual(new Set(found.map((each) => each['KeyId'])), new Set([Arn, other.Arn]))
    const page = succeeded(await call('ListRetirableGrants', { RetiringPrincipal, Limit: 1 }))
    assert.equal(page['Truncated'], true)
    const Marker = page['NextMarker']
    const last = succeeded(await call('ListRetirableGrants', { RetiringPrincipal, Marker }))
    assert.equal((last['Grants'] as unknown[]).length, 1)
    await revoke(made[0]?.GrantId ?? '')
    assert.equal((await entries({ RetiringPrincipal }, 'ListRetirableGrants')).length, 1)
    await revoke(made[1]?.GrantId ?? '', other.KeyId)
  })

  it('refuses: no principal, one that does not exist, and one of another account', async () => {
    invalid(await call('ListRetirableGrants', {}), ' null', 'retiringPrincipal', 'not be null')
    await newAccount(service)
    for (const RetiringPrincipal of [iamArn('user/nobody'), iamArn('root', otherAccount), 'x'])
      refused(
        await call('ListRetirableGrants', { RetiringPrincipal }),
        'InvalidArnException',
        noPrincipal(RetiringPrincipal),
      )
    refused(
      await ann('ListRetirableGrants', { RetiringPrincipal: iamArn('user/ann') }),
      'AccessDeniedException',
      notAllowed(iamArn('user/ann'), 'kms:ListRetirableGrants', 'resource: *'),
    )
  })
})
