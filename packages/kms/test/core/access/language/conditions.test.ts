import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kinds, parsed, refusal } from './support.ts'

const isSyntaxFault = (kind: (typeof kinds)[number], Condition: unknown): void =>
  assert.match(refusal(kind, { Condition }) ?? '', /^(?:Policy contains a s|S)yntax errors? ?/i)

test('numbers and booleans may stand without quotation marks', () => {
  const { conditions } = parsed('key', {
    Condition: {
      NumericLessThan: { 'kms:ScheduleKeyDeletionPendingWindowInDays': 10 },
      Bool: { 'aws:SecureTransport': false },
      StringEquals: { 'aws:userid': ['a', true] },
    },
  }).statements[0]!
  assert.deepEqual(
    conditions.map(({ values }) => values),
    [['10'], ['false'], ['a', 'true']],
  )
})

test('a number that was rounded when it was read is refused', () => {
  const key = 'aws:EpochTime'
  const text = (number: string): string | undefined => {
    const asText = JSON.stringify({ NumericLessThan: { [key]: 0 } }).replace('0}', `${number}}`)
    return refusal('key', { Condition: JSON.parse(asText) as unknown })
  }
  assert.equal(text('123456789012345'), undefined)
  assert.notEqual(text('9007199254740993'), undefined)
  assert.notEqual(text('1e300'), undefined)
  const asText = (number: number): string | undefined =>
    refusal('key', { Condition: { StringEquals: { 'aws:userid': number } } })
  assert.equal(asText(Number.MAX_SAFE_INTEGER), undefined)
  assert.notEqual(asText(Number.MAX_SAFE_INTEGER + 1), undefined)
})

test('an unknown operator, an empty list or a value that could never match is refused', () => {
  for (const kind of kinds)
    for (const Condition of [
      { StringMatches: { 'aws:userid': 'a' } },
      { stringEquals: { 'aws:userid': 'a' } },
      { StringEquals: { 'aws:userid': [] } },
      { StringEquals: { 'aws:userid': null } },
      { StringEquals: { 'aws:userid': {} } },
      { StringEquals: 'aws:userid' },
      { StringEquals: ['aws:userid'] },
      { NumericEquals: { 'aws:EpochTime': 'soon' } },
      { DateLessThan: { 'aws:CurrentTime': '2026-02-30' } },
      { Bool: { 'aws:SecureTransport': 'yes' } },
      { IpAddress: { 'aws:SourceIp': '10.0.0.0/33' } },
      { Null: { 'aws:userid': 'maybe' } },
      { NullIfExists: { 'aws:userid': 'true' } },
      { StringEquals: { 'aws:userid': ['a', '${'] } },
      { StringEqualsIgnoreCase: { 'aws:userid': '${' } },
      { StringNotLike: { 'aws:userid': '${' } },
      { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:user/${' } },
      { Bool: { 'aws:SecureTransport': '${' } },
      [],
      'x',
    ])
      isSyntaxFault(kind, Condition)
})

test('a block without operators or keys says nothing', () => {
  for (const Condition of [{}, { StringEquals: {} }])
    assert.deepEqual(parsed('key', { Condition }).statements[0]!.conditions, [])
})

test('a condition key has the prefix of its service or provider', () => {
  for (const kind of kinds) {
    for (const name of ['', 'username', ':x', 'aws:', ':x:y', '::x'])
      assert.equal(
        refusal(kind, { Condition: { StringEquals: { [name]: 'a' } } }),
        'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
        name,
      )
    assert.equal(
      refusal(kind, { Condition: { StringEquals: { 'id.example.org:sub': 'a' } } }),
      undefined,
    )
  }
})

test('a key policy may not depend on the key’s tags or aliases', () => {
  for (const name of ['aws:ResourceTag/a', 'AWS:resourcetag/a', 'kms:ResourceAliases']) {
    const Condition = { StringEquals: { [name]: 'a' } }
    assert.equal(
      refusal('key', { Condition }),
      'These condition keys are not permitted in a key policy: aws:ResourceTag, kms:ResourceTag, ' +
        'kms:ResourceAliases',
    )
    assert.equal(refusal('identity', { Condition }), undefined)
  }
})

test('in a key policy, ForAllValues is refused with keys that it would hold without', () => {
  const of = (name: string, operator = 'ForAllValues:StringEquals'): string | undefined =>
    refusal('key', { Condition: { [operator]: { [name]: 'a' } } })
  assert.equal(
    of('kms:EncryptionContext:app'),
    'OverlyPermissiveCondition:EncryptionContext: Using the ForAllValues set operator with a ' +
      'single-valued condition key matches requests without the specified encryption context or ' +
      'with an unspecified encryption context. To fix, remove ForAllValues.',
  )
  assert.equal(
    of('aws:RequestTag/team'),
    'OverlyPermissiveCondition: Using the ForAllValues set operator with a single-valued condition ' +
      'key matches requests without the specified tag or with an unspecified tag. To fix, remove ' +
      'ForAllValues.',
  )
  assert.match(of('aws:RequestTag/kms:x') ?? '', /without the specified tag/)
  assert.equal(of('kms:EncryptionContext:app', 'ForAnyValue:StringEquals'), undefined)
  assert.equal(of('kms:EncryptionContextKeys'), undefined)
})
