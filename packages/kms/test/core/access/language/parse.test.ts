import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kinds, parsed, policyText, refusal, refusalOf } from './support.ts'

const syntax = {
  key: 'Policy contains a syntax error.',
  identity: 'Syntax errors in policy.',
  session: 'Syntax errors in policy.',
  trust: 'Syntax error in policy.',
}

test('a policy of each kind is read into its elements', () => {
  const document = parsed('key', {
    Sid: 'Allow use of the key',
    NotAction: ['kms:Put*'],
    Action: undefined,
    Condition: { StringEquals: { 'aws:username': 'a' }, Null: { 'aws:userid': false } },
  })
  assert.equal(document.version, '2012-10-17')
  const [statement] = document.statements
  assert.deepEqual(statement, {
    index: 0,
    sid: 'Allow use of the key',
    effect: 'Allow',
    principals: { negated: false, entries: [{ type: 'AWS', text: '*' }] },
    actions: { negated: true, patterns: ['kms:Put*'] },
    resources: { negated: false, patterns: ['*'] },
    conditions: [
      {
        operator: { name: 'StringEquals', qualifier: undefined, ifExists: false },
        operatorText: 'StringEquals',
        key: 'aws:username',
        values: ['a'],
      },
      {
        operator: { name: 'Null' },
        operatorText: 'Null',
        key: 'aws:userid',
        values: ['false'],
      },
    ],
  })
  for (const kind of kinds) assert.equal(refusal(kind), undefined, kind)
})

test('a lone statement stands for a list of one', () => {
  const statement = JSON.parse(policyText('key')).Statement[0]
  assert.equal(parsed('key', {}, { Statement: statement }).statements.length, 1)
})

test('what is no JSON, or has a member twice, is refused', () => {
  const texts = {
    key: 'Policy contains invalid json',
    identity: syntax.identity,
    session: syntax.session,
    trust: 'This policy contains invalid Json',
  }
  for (const kind of kinds)
    for (const text of [
      '',
      '{',
      `${policyText(kind)} x`,
      policyText(kind).replace('"Effect"', '"Effect":"Deny","Effect"'),
      policyText(kind).replace('"Version"', '"Version":"2008-10-17","Version"'),
    ])
      assert.equal(refusalOf(kind, text), texts[kind], text)
})

test('what is no object is refused', () => {
  for (const kind of kinds) {
    for (const text of ['[]', '"x"', 'null', '1'])
      assert.equal(refusalOf(kind, text), syntax[kind], text)
    for (const Statement of ['x', [[]], null, [null], 1])
      assert.equal(refusal(kind, {}, { Statement }), syntax[kind], JSON.stringify(Statement))
  }
})

test('an unknown member is refused, in the document and in a statement', () => {
  for (const kind of kinds) {
    assert.equal(refusal(kind, {}, { Comment: 'x' }), syntax[kind])
    assert.equal(refusal(kind, {}, { version: '2012-10-17' }), syntax[kind])
    assert.equal(refusal(kind, { Conditions: {} }), syntax[kind])
    assert.equal(refusal(kind, { sid: 'x' }), syntax[kind])
  }
})

test('a policy without a statement is refused', () => {
  const texts = {
    key: 'Policy contains no statement.',
    identity: syntax.identity,
    session: syntax.session,
    trust: 'Could not parse the policy: Statement is empty!',
  }
  for (const kind of kinds)
    for (const Statement of [undefined, []])
      assert.equal(refusal(kind, {}, { Statement }), texts[kind])
})

test('identities need the newer version of the language, and others without one have the older', () => {
  for (const kind of ['key', 'trust'] as const) {
    assert.equal(parsed(kind, {}, { Version: undefined }).version, '2008-10-17')
    assert.equal(parsed(kind, {}, { Version: '2008-10-17' }).version, '2008-10-17')
  }
  for (const kind of ['identity', 'session'] as const)
    for (const Version of [undefined, '2008-10-17'])
      assert.equal(
        refusal(kind, {}, { Version }),
        'Policy document must be version 2012-10-17 or greater.',
      )
  for (const Version of ['2012-10-18', '2020-01-01', '', 20121017, null]) {
    assert.equal(refusal('key', {}, { Version }), 'Policy contains an unknown version.')
    assert.equal(
      refusal('trust', {}, { Version }),
      'The policy must contain a valid version string',
    )
    assert.equal(refusal('identity', {}, { Version }), syntax.identity)
  }
})

test('an Id is for policies of resources', () => {
  assert.equal(parsed('key', {}, { Id: 'key-default-1' }).id, 'key-default-1')
  assert.equal(parsed('trust', {}, { Id: 'x' }).id, 'x')
  assert.equal(refusal('key', {}, { Id: 1 }), syntax.key)
  for (const kind of ['identity', 'session'] as const)
    assert.equal(refusal(kind, {}, { Id: 'x' }), syntax[kind])
})

test('a Sid is letters and digits, and of a key policy any text that can be shown', () => {
  const form =
    'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular ' +
    'expression [0-9A-Za-z]*'
  for (const kind of ['identity', 'session', 'trust'] as const) {
    assert.equal(refusal(kind, { Sid: 'Allow use' }), form)
    assert.equal(refusal(kind, { Sid: 'a-b' }), form)
    assert.equal(refusal(kind, { Sid: '' }), undefined)
    assert.equal(refusal(kind, { Sid: 'Abc123' }), undefined)
  }
  assert.equal(refusal('key', { Sid: 'Allow access for Key Administrators' }), undefined)
  for (const Sid of ['a\nb', '\u001b[2J', '\u009b2J', '\u007f'])
    assert.equal(refusal('key', { Sid }), 'Policy contains a statement with an invalid Sid.')
  for (const kind of kinds) assert.equal(refusal(kind, { Sid: 1 }), syntax[kind])
})

test('a Sid stands once in a policy of an identity, and may stand twice in a key policy', () => {
  const twice = (kind: (typeof kinds)[number], Sid: string): string | undefined => {
    const [statement] = JSON.parse(policyText(kind, { Sid })).Statement
    return refusal(kind, {}, { Statement: [statement, statement] })
  }
  assert.equal(twice('key', 'a'), undefined)
  assert.equal(twice('identity', 'a'), 'Statement IDs (SID) in a single policy must be unique.')
  assert.equal(twice('trust', 'a'), 'The Statement Ids in the policy are not unique')
  assert.equal(twice('identity', ''), undefined)
})

test('an Effect is Allow or Deny, in this case', () => {
  for (const Effect of [undefined, 1, 'allow', 'DENY', ''])
    for (const kind of ['identity', 'session'] as const)
      assert.equal(refusal(kind, { Effect }), syntax[kind])
  assert.equal(
    refusal('key', { Effect: 'allow' }),
    'Policy contains a statement without a valid Effect.',
  )
  assert.equal(refusal('trust', { Effect: undefined }), 'Missing required field Effect')
  assert.equal(refusal('trust', { Effect: 'Maybe' }), 'Invalid effect: Maybe')
})

test('an element and its negation exclude each other', () => {
  for (const kind of kinds) {
    assert.equal(refusal(kind, { NotAction: 'kms:*' }), syntax[kind])
    assert.equal(refusal(kind, { Resource: '*', NotResource: '*' }), syntax[kind])
    assert.equal(
      refusal(kind, { Effect: 'Deny', Principal: { AWS: '*' }, NotPrincipal: { AWS: '*' } }),
      syntax[kind],
    )
  }
})
