import assert from 'node:assert/strict'
import { test } from 'node:test'
import { conditionKeys } from '../../../../src/core/access/conditions/keys.ts'
import {
  type Facts,
  type FactValue,
  lookupIn,
} from '../../../../src/core/access/conditions/lookup.ts'

const nowMs = Date.UTC(2026, 0, 2, 3, 4, 5, 678)

/** Facts that know nothing but what a test gives. */
const factsOf = (known: Partial<Facts> = {}): Facts => ({
  action: 'kms:Decrypt',
  member: () => undefined,
  owner: '111122223333',
  caller: () => undefined,
  connection: () => undefined,
  nowMs: () => nowMs,
  ...known,
})
const members =
  (values: Readonly<Record<string, FactValue>>): Facts['member'] =>
  (path) =>
    values[path]

test('a member of the request is the value of its condition key, as text', () => {
  const facts = {
    member: members({
      SigningAlgorithm: 'ECDSA_SHA_256',
      PendingWindowInDays: 7,
      BypassPolicyLockoutSafetyCheck: true,
    }),
  }
  assert.deepEqual(lookupIn(factsOf(facts))('kms:signingalgorithm'), ['ECDSA_SHA_256'])
  assert.deepEqual(lookupIn(factsOf(facts))('kms:bypasspolicylockoutsafetycheck'), ['true'])
  const window = 'kms:schedulekeydeletionpendingwindowindays'
  assert.deepEqual(lookupIn(factsOf({ ...facts, action: 'kms:ScheduleKeyDeletion' }))(window), [
    '7',
  ])
})

test('a member counts for the actions that its row lists alone, and its absence is the default', () => {
  const algorithm = 'kms:encryptionalgorithm'
  for (const [action, member] of [
    ['kms:Encrypt', 'EncryptionAlgorithm'],
    ['kms:Decrypt', 'EncryptionAlgorithm'],
    ['kms:ReEncryptFrom', 'SourceEncryptionAlgorithm'],
    ['kms:ReEncryptTo', 'DestinationEncryptionAlgorithm'],
  ] as const) {
    const given = factsOf({ action, member: members({ [member]: 'RSAES_OAEP_SHA_256' }) })
    assert.deepEqual(lookupIn(given)(algorithm), ['RSAES_OAEP_SHA_256'], action)
    assert.deepEqual(lookupIn(factsOf({ action }))(algorithm), ['SYMMETRIC_DEFAULT'], action)
  }
  const dataKey = factsOf({ action: 'kms:GenerateDataKey' })
  assert.deepEqual(lookupIn(dataKey)(algorithm), ['SYMMETRIC_DEFAULT'])
  assert.equal(lookupIn(factsOf({ action: 'kms:Sign' }))(algorithm), undefined)
})

test('iam:ResourceTag is about identities, and about no key', () => {
  const resourceTags = () => [['Team', 'red']] as const
  for (const [action, values] of [
    ['iam:GetUser', ['red']],
    ['sts:AssumeRole', ['red']],
    ['kms:Decrypt', undefined],
  ] as const)
    assert.deepEqual(lookupIn(factsOf({ action, resourceTags }))('iam:resourcetag/team'), values)
})

test('what is known of the key comes before what the request asks for', () => {
  const asked = { member: members({ KeySpec: 'RSA_2048', Origin: 'EXTERNAL' }) }
  const create = factsOf({ ...asked, action: 'kms:CreateKey' })
  assert.deepEqual(lookupIn(create)('kms:keyspec'), ['RSA_2048'])
  assert.deepEqual(lookupIn(create)('kms:customermasterkeyspec'), ['RSA_2048'])
  assert.deepEqual(lookupIn(create)('kms:keyorigin'), ['EXTERNAL'])
  assert.deepEqual(lookupIn(create)('kms:keyusage'), ['ENCRYPT_DECRYPT'])
  assert.deepEqual(lookupIn(create)('kms:multiregion'), ['false'])
  const key = (property: string): FactValue => ({ spec: 'HMAC_256', multiRegion: true })[property]
  const decrypt = factsOf({ ...asked, key })
  assert.deepEqual(lookupIn(decrypt)('kms:keyspec'), ['HMAC_256'])
  assert.deepEqual(lookupIn(decrypt)('kms:multiregion'), ['true'])
  assert.equal(lookupIn(decrypt)('kms:keyorigin'), undefined)
})

test('pairs of the encryption context are found by their keys in any case', () => {
  const facts = factsOf({
    encryptionContext: new Map([
      ['App', 'one'],
      ['Stage', 'prod'],
    ]),
  })
  assert.deepEqual(lookupIn(facts)('kms:encryptioncontext:app'), ['one'])
  assert.equal(lookupIn(facts)('kms:encryptioncontext:other'), undefined)
  assert.deepEqual(lookupIn(facts)('kms:encryptioncontextkeys'), ['App', 'Stage'])
  assert.equal(lookupIn(factsOf())('kms:encryptioncontextkeys'), undefined)
})

test('two keys of a context that differ by case alone give both values', () => {
  const facts = factsOf({
    encryptionContext: new Map([
      ['App', 'one'],
      ['app', 'two'],
    ]),
  })
  assert.deepEqual(lookupIn(facts)('kms:encryptioncontext:app'), ['one', 'two'])
})

test('tags of the request, the resource and the caller each have their key', () => {
  const facts = factsOf({
    requestTags: () => [['Team', 'a']],
    resourceTags: () => [['Team', 'b']],
    callerTags: () => [['Team', 'c']],
  })
  assert.deepEqual(lookupIn(facts)('aws:requesttag/team'), ['a'])
  assert.deepEqual(lookupIn(facts)('aws:resourcetag/team'), ['b'])
  assert.deepEqual(lookupIn(facts)('aws:principaltag/team'), ['c'])
  assert.deepEqual(lookupIn(facts)('aws:tagkeys'), ['Team'])
  assert.equal(lookupIn(facts)('aws:requesttag/tea'), undefined)
})

test('a request that takes tags away has their keys, and no values', () => {
  const facts = factsOf({ requestTagKeys: () => ['Team', 'Stage'] })
  assert.deepEqual(lookupIn(facts)('aws:tagkeys'), ['Team', 'Stage'])
  assert.equal(lookupIn(facts)('aws:requesttag/team'), undefined)
})

test('the clock gives a date and seconds', () => {
  assert.deepEqual(lookupIn(factsOf())('aws:currenttime'), ['2026-01-02T03:04:05.678Z'])
  assert.deepEqual(lookupIn(factsOf())('aws:epochtime'), [String(Math.floor(nowMs / 1000))])
})

test('no service of AWS ever calls, and a grant is never for one', () => {
  assert.deepEqual(lookupIn(factsOf())('aws:viaawsservice'), ['false'])
  assert.deepEqual(lookupIn(factsOf())('aws:principalisawsservice'), ['false'])
  assert.equal(lookupIn(factsOf())('kms:viaservice'), undefined)
  const forResource = 'kms:grantisforawsresource'
  assert.deepEqual(lookupIn(factsOf({ action: 'kms:CreateGrant' }))(forResource), ['false'])
  assert.equal(lookupIn(factsOf())(forResource), undefined)
})

test('the claims of a web identity are found by their names, and no row’s name is one', () => {
  const facts = factsOf({ claim: (name) => (name === 'id.example.org:sub' ? 'me' : 'claimed') })
  assert.deepEqual(lookupIn(facts)('id.example.org:sub'), ['me'])
  assert.equal(lookupIn(facts)('kms:viaservice'), undefined)
  assert.equal(lookupIn(factsOf())('id.example.org:sub'), undefined)
})

test('a measurement of the recipient is found by its name', () => {
  const facts = factsOf({ recipient: (name) => (name === 'pcr0' ? 'ab12' : undefined) })
  assert.deepEqual(lookupIn(facts)('kms:recipientattestation:pcr0'), ['ab12'])
  assert.equal(lookupIn(facts)('kms:recipientattestation:pcr1'), undefined)
  assert.equal(lookupIn(factsOf())('kms:recipientattestation:pcr0'), undefined)
})

test('the account of a resource is the one that owns it', () => {
  assert.deepEqual(lookupIn(factsOf())('aws:resourceaccount'), ['111122223333'])
})

test('a value is looked for only where the row of its key says, and only when it is asked for', () => {
  const asked: string[] = []
  const note =
    (where: string) =>
    (what: string): undefined => {
      asked.push(`${where} ${what}`)
    }
  const lookup = lookupIn(
    factsOf({
      caller: note('caller'),
      connection: note('connection'),
      key: note('key'),
      call: note('call'),
    }),
  )
  assert.deepEqual(asked, [])
  lookup('aws:sourceip')
  lookup('aws:username')
  lookup('kms:requestalias')
  lookup('kms:resourcealiases')
  assert.deepEqual(asked, [
    'connection address',
    'caller userName',
    'call requestAlias',
    'key aliases',
  ])
})

test('every row can be looked up when nothing is known', () => {
  const lookup = lookupIn(factsOf())
  for (const { name, isPrefix } of conditionKeys) {
    const values = lookup(`${name}${isPrefix === true ? 'x' : ''}`.toLowerCase())
    for (const value of values ?? []) assert.equal(typeof value, 'string', name)
  }
})
