import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  inRegion,
  isMultiRegion,
  isSameOrReplica,
  parseArn,
  parseKeyArn,
} from '../../src/keyrings/arn.ts'

const plain = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd'
const mrk = 'arn:aws:kms:us-east-1:111122223333:key/mrk-1234abcd'
const parse = (text: string) => {
  const arn = parseArn(text)
  assert.ok(arn, text)
  return arn
}

describe('an ARN of KMS', () => {
  test('has six parts, the last of them a key or an alias', () => {
    assert.deepEqual(parseArn(plain), {
      text: plain,
      partition: 'aws',
      region: 'us-east-1',
      account: '111122223333',
      resourceType: 'key',
      resourceId: '1234abcd',
    })
    assert.equal(parseArn('arn:aws-cn:kms:cn-north-1:1:alias/a/b')?.resourceId, 'a/b')
    assert.equal(parseKeyArn('arn:aws:kms:us-east-1:1:alias/a'), undefined)
    for (const text of [
      '',
      'arn',
      'arn-not:aws:kms:us-east-1:1:key/k',
      'arn::kms:us-east-1:1:key/k',
      'arn:aws:s3:us-east-1:1:key/k',
      'arn:aws:kms::1:key/k',
      'arn:aws:kms:us-east-1::key/k',
      'arn:aws:kms:us-east-1:1:key/',
      'arn:aws:kms:us-east-1:1:key',
      'arn:aws:kms:us-east-1:1:keys/k',
      'arn:aws:kms:us-east-1:1:key/k:x',
      'arn:aws:kms:us east:1:key/k',
      'arn:aws:kms:us-east-1.evil.example:1:key/k',
      '1234abcd',
      'alias/a',
    ])
      assert.equal(parseArn(text), undefined, text)
  })

  test('never makes the parser throw', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const arn = parseArn(text)
        assert.ok(arn === undefined || arn.text === text)
        parseArn(`arn:aws:kms:${text}`)
      }),
    )
  })

  test('names replicas of one key when both are multi-Region keys', () => {
    const replica = mrk.replace('us-east-1', 'eu-west-1')
    assert.ok(isMultiRegion(parse(mrk)))
    assert.ok(!isMultiRegion(parse('arn:aws:kms:us-east-1:1:alias/mrk-a')))
    assert.ok(isSameOrReplica(parse(mrk), parse(replica)))
    assert.ok(isSameOrReplica(parse(plain), parse(plain)))
    const others = [
      replica.replace('111122223333', '444455556666'),
      replica.replace('arn:aws:', 'arn:aws-cn:'),
      replica.replace('mrk-1', 'mrk-2'),
      replica.replace('key/', 'alias/'),
      plain,
    ]
    for (const other of others) assert.ok(!isSameOrReplica(parse(mrk), parse(other)), other)
    assert.ok(!isSameOrReplica(parse(plain), parse(plain.replace('us-east-1', 'eu-west-1'))))
    assert.equal(inRegion(parse(mrk), 'eu-west-1'), replica)
  })
})
