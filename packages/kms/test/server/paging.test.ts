import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { createKey, invalid, refused, succeeded, succeededEmpty } from './expect.ts'
import { rootArn } from '../../src/core/keys/arn.ts'
import { account, type Answer, region, type Reply, startTestService } from './harness.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const { call } = service

const keys = [await createKey(service), await createKey(service), await createKey(service)]
const [first, second] = [keys[0]?.KeyId ?? '', keys[1]?.KeyId ?? '']
for (let n = 1; n <= 5; n += 1) {
  const TargetKeyId = n < 4 ? first : second
  succeededEmpty(await call('CreateAlias', { AliasName: `alias/n${n}`, TargetKeyId }))
}
const Tags = Array.from({ length: 7 }, (_, n) => ({ TagKey: `t${n}`, TagValue: '' }))
succeededEmpty(await call('TagResource', { KeyId: first, Tags }))
await createKey(service, {}, { region: 'us-east-1' })
await createKey(service, {}, { region: 'us-east-1' })

type Listing = {
  readonly operation: string
  readonly filter: object
  readonly items: string
  readonly count: number
  readonly limitMax: number
}
const listings: readonly Listing[] = [
  { operation: 'ListKeys', filter: {}, items: 'Keys', count: 3, limitMax: 1000 },
  { operation: 'ListAliases', filter: {}, items: 'Aliases', count: 5, limitMax: 100 },
  { operation: 'ListAliases', filter: { KeyId: first }, items: 'Aliases', count: 3, limitMax: 100 },
  {
    operation: 'ListResourceTags',
    filter: { KeyId: first },
    items: 'Tags',
    count: 7,
    limitMax: 50,
  },
]
const list = async ({ operation, filter }: Listing, input: object): Promise<Answer> =>
  succeeded(await call(operation, { ...filter, ...input }))

const badMarker = (reply: Reply): void =>
  refused(reply, 'InvalidMarkerException', 'The marker is not valid.')

for (const listing of listings) {
  const { operation, filter, items, count, limitMax } = listing
  describe(`${operation} ${JSON.stringify(Object.keys(filter))}`, () => {
    it('gives out every item once, page by page, in the same order as at once', async () => {
      const whole = await list(listing, {})
      assert.equal(whole['Truncated'], false)
      assert.equal('NextMarker' in whole, false)
      const all = whole[items] as unknown[]
      assert.equal(all.length, count)
      for (const Limit of [1, 2, count - 1, count, count + 1]) {
        const found: unknown[] = []
        let Marker: unknown
        for (;;) {
          const page = await list(listing, { Limit, Marker })
          found.push(...(page[items] as unknown[]))
          assert((page[items] as unknown[]).length <= Limit)
          assert.equal(page['Truncated'], 'NextMarker' in page)
          Marker = page['NextMarker']
          if (Marker === undefined) break
        }
        assert.deepEqual(found, all)
      }
    })

    it('refuses markers that are made up, edited, or of another listing', async () => {
      const { NextMarker } = await list(listing, { Limit: 1 })
      const marker = String(NextMarker)
      const ask = (Marker: string) => call(operation, { ...filter, Marker })
      for (let at = 0; at < marker.length; at += 1) {
        const other = marker[at] === 'A' ? 'B' : 'A'
        badMarker(await ask(marker.slice(0, at) + other + marker.slice(at + 1)))
      }
      for (const wrong of [
        'x',
        ' ',
        '0',
        '=',
        `${marker}A`,
        `${marker}=`,
        ` ${marker}`,
        marker.slice(1),
      ])
        badMarker(await ask(wrong))
      for (const other of listings) {
        if (other === listing) continue
        const foreign = await list(other, { Limit: 1 })
        badMarker(await ask(String(foreign['NextMarker'])))
      }
      if (Object.keys(filter).length > 0) return
      const elsewhere = succeeded(await call('ListKeys', { Limit: 1 }, { region: 'us-east-1' }))
      badMarker(await ask(String(elsewhere['NextMarker'])))
    })

    it(`takes no limit above ${limitMax}`, async () => {
      await list(listing, { Limit: limitMax })
      const most = `have value less than or equal to ${limitMax}`
      const reply = await call(operation, { ...filter, Limit: limitMax + 1 })
      invalid(reply, ` '${limitMax + 1}'`, 'limit', most)
    })
  })
}

describe('a marker', () => {
  it('goes on where it stood, though its item is gone, and after a restart', async () => {
    await using fresh = await startTestService()
    const { KeyId } = await createKey(fresh)
    for (const n of [1, 2, 3, 4])
      succeededEmpty(
        await fresh.call('CreateAlias', { AliasName: `alias/${n}`, TargetKeyId: KeyId }),
      )
    const { NextMarker } = succeeded(await fresh.call('ListAliases', { Limit: 2 }))
    succeededEmpty(await fresh.call('DeleteAlias', { AliasName: 'alias/2' }))
    await using again = await fresh.restart()
    const rest = succeeded(await again.call('ListAliases', { Marker: NextMarker }))
    const names = (rest['Aliases'] as { AliasName: string }[]).map(({ AliasName }) => AliasName)
    assert.deepEqual(names, ['alias/3', 'alias/4'])
  })

  it('of another cluster is refused', async () => {
    await using other = await startTestService()
    await createKey(other)
    const { NextMarker } = succeeded(await call('ListKeys', { Limit: 1 }))
    badMarker(await other.call('ListKeys', { Marker: NextMarker }))
  })
})

describe('ListRetirableGrants', () => {
  it('refuses: a marker that is none of its own', async () => {
    const { NextMarker } = succeeded(await call('ListKeys', { Limit: 1 }))
    for (const Marker of ['x', NextMarker])
      badMarker(
        await call('ListRetirableGrants', {
          RetiringPrincipal: rootArn({ region, account }),
          Marker,
        }),
      )
  })
})
