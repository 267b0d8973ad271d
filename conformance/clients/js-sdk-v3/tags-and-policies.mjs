import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as kms from '@aws-sdk/client-kms'
import { account, unknownKeyId } from '../setting.mjs'
import { call, client, newKey, refuses, unknownKey } from './client.mjs'

describe('AWS SDK for JavaScript v3: tags and policies', () => {
  test('tags are set, changed, listed by pages and removed', async () => {
    const { KeyId } = await newKey()
    const Tags = ['a', 'b', 'c'].map((TagKey) => ({ TagKey, TagValue: `1${TagKey}` }))
    assert.deepEqual(await call('TagResource', { KeyId, Tags }), {})
    await call('TagResource', { KeyId, Tags: [{ TagKey: 'b', TagValue: '2' }] })
    await call('UntagResource', { KeyId, TagKeys: ['a', 'never-there'] })
    const seen = []
    for await (const page of kms.paginateListResourceTags({ client, pageSize: 1 }, { KeyId }))
      seen.push(...page.Tags)
    assert.deepEqual(seen, [
      { TagKey: 'b', TagValue: '2' },
      { TagKey: 'c', TagValue: '1c' },
    ])
    assert.equal((await call('ListResourceTags', { KeyId })).Truncated, false)
    const twice = [Tags[0], Tags[0]]
    await refuses('TagResource', { KeyId, Tags: twice }, 'TagException', 'Duplicate tag keys')
    await refuses(
      'TagResource',
      { KeyId, Tags: [{ TagKey: 'AWS:x', TagValue: '' }] },
      'TagException',
      'Tags beginning with aws: are reserved',
    )
    const nowhere = { KeyId: unknownKeyId }
    await refuses('UntagResource', { ...nowhere, TagKeys: ['a'] }, 'NotFoundException', unknownKey)
    await refuses('ListResourceTags', nowhere, 'NotFoundException', unknownKey)
  })

  test('a key has the default policy, and returns another one as it was given', async () => {
    const { KeyId } = await newKey()
    const first = await call('GetKeyPolicy', { KeyId, PolicyName: 'default' })
    assert.equal(first.PolicyName, 'default')
    assert.deepEqual(JSON.parse(first.Policy), {
      Version: '2012-10-17',
      Id: 'key-default-1',
      Statement: [
        {
          Sid: 'Enable IAM User Permissions',
          Effect: 'Allow',
          Principal: { AWS: `arn:aws:iam::${account}:root` },
          Action: 'kms:*',
          Resource: '*',
        },
      ],
    })
    const Policy = first.Policy.replace('key-default-1', 'mine')
    assert.deepEqual(await call('PutKeyPolicy', { KeyId, PolicyName: 'default', Policy }), {})
    assert.equal((await call('GetKeyPolicy', { KeyId })).Policy, Policy)
    assert.deepEqual(await call('ListKeyPolicies', { KeyId }), {
      PolicyNames: ['default'],
      Truncated: false,
    })
    await refuses('GetKeyPolicy', { KeyId, PolicyName: 'x' }, 'NotFoundException', /./)
    const broken = { KeyId, Policy: 'not json' }
    await refuses('PutKeyPolicy', broken, 'MalformedPolicyDocumentException', /./)
    const nowhere = { KeyId: unknownKeyId }
    await refuses('ListKeyPolicies', nowhere, 'NotFoundException', unknownKey)
  })
})
