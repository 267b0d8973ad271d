import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { createKey, invalid, refused, succeeded, succeededEmpty } from './expect.ts'
import { startTestService } from './harness.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const { call } = service

const tag = (TagKey: string, TagValue = '') => ({ TagKey, TagValue })
const tagsOf = async (KeyId: string) =>
  succeeded(await call('ListResourceTags', { KeyId }))['Tags'] as { TagKey: string }[]

describe('TagResource and UntagResource', () => {
  it('do: add, change and remove tags; removing one that is not there is no error', async () => {
    const { KeyId, Arn } = await createKey(service, { Tags: [tag('a', '1')] })
    succeededEmpty(await call('TagResource', { KeyId: Arn, Tags: [tag('b'), tag('A', 'x')] }))
    succeededEmpty(await call('TagResource', { KeyId, Tags: [tag('a', '2')] }))
    assert.deepEqual(await tagsOf(KeyId), [tag('a', '2'), tag('b'), tag('A', 'x')])
    succeededEmpty(await call('UntagResource', { KeyId, TagKeys: ['a', 'missing', 'missing'] }))
    succeededEmpty(await call('UntagResource', { KeyId, TagKeys: ['missing'] }))
    succeededEmpty(await call('UntagResource', { KeyId, TagKeys: [] }))
    succeededEmpty(await call('TagResource', { KeyId, Tags: [] }))
    assert.deepEqual(await tagsOf(KeyId), [tag('b'), tag('A', 'x')])
  })

  it('refuse: what AWS refuses, and change nothing then', async () => {
    const { KeyId } = await createKey(service, { Tags: [tag('kept', '1')] })
    const add = (...Tags: object[]) => call('TagResource', { KeyId, Tags })
    refused(await add(tag('kept', '2'), tag('kept', '3')), 'TagException', 'Duplicate tag keys')
    const reserved = 'Tags beginning with aws: are reserved'
    refused(await add(tag('fine'), tag('Aws:x')), 'TagException', reserved)
    const fifty = Array.from({ length: 50 }, (_, n) => tag(`t-${n}`))
    refused(await add(...fifty), 'TagException', 'Too many tags')
    const short = 'have length greater than or equal to 1'
    invalid(await add(tag('')), " ''", 'tags.1.member.tagKey', short)
    invalid(await add(tag('a'), { TagKey: 'b' }), ' null', 'tags.2.member.tagValue', 'not be null')
    assert.deepEqual(await tagsOf(KeyId), [tag('kept', '1')])
    succeededEmpty(await add(...fifty.slice(1)))
    assert.equal((await tagsOf(KeyId)).length, 50)
    succeededEmpty(await add(tag('kept', 'changed')))
    refused(await add(tag('one-more')), 'TagException', 'Too many tags')
  })
})
