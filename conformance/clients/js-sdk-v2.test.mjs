import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Agent } from 'node:https'
import { describe, test } from 'node:test'
// It announces its age on standard error when it is loaded, unless it is told not to.
process.env['AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE'] = '1'
const { default: AWS } = await import('aws-sdk')
const { account, credentials, setting, unknownKeyId } = await import('./setting.mjs')

const region = 'eu-west-2'
const kms = new AWS.KMS({
  endpoint: setting.plain.endpoint,
  region,
  credentials,
  apiVersion: '2014-11-01',
  maxRetries: 0,
})
const call = (name, input = {}, by = kms) => by[name](input).promise()
const refuses = async (name, input, code, message, by = kms) => {
  const error = await call(name, input, by).then(
    () => assert.fail(`${name} succeeded`),
    (thrown) => thrown,
  )
  assert.equal(error.code, code, error.message)
  assert.equal(error.statusCode, 400)
  assert.equal(error.message, message)
}

const walk = async (name, list, input) => {
  const seen = []
  let Marker
  do {
    const page = await call(name, { ...input, Limit: 1, ...(Marker && { Marker }) })
    seen.push(...page[list])
    assert.equal(page.Truncated, page.NextMarker !== undefined)
    Marker = page.NextMarker
  } while (Marker !== undefined)
  return seen
}

describe('AWS SDK for JavaScript v2', () => {
  test('a key goes through its whole life', async () => {
    const { KeyMetadata: key } = await call('createKey', { Description: 'v2' })
    const { KeyId, Arn } = key
    assert.ok(key.CreationDate instanceof Date)
    assert.equal(Arn, `arn:aws:kms:${region}:${account}:key/${KeyId}`)
    assert.deepEqual((await call('describeKey', { KeyId })).KeyMetadata, key)
    await call('updateKeyDescription', { KeyId, Description: 'two' })
    await call('disableKey', { KeyId })
    await refuses('encrypt', { KeyId, Plaintext: 'x' }, 'DisabledException', `${Arn} is disabled.`)
    await call('enableKey', { KeyId })
    const scheduled = await call('scheduleKeyDeletion', { KeyId, PendingWindowInDays: 30 })
    assert.equal(scheduled.KeyState, 'PendingDeletion')
    assert.ok(scheduled.DeletionDate > new Date())
    assert.deepEqual(await call('cancelKeyDeletion', { KeyId }), { KeyId: Arn })
    const { KeyMetadata } = await call('describeKey', { KeyId })
    assert.equal(KeyMetadata.KeyState, 'Disabled')
    assert.equal(KeyMetadata.Description, 'two')
  })

  test('data is encrypted, moved to another key and decrypted', async () => {
    const from = (await call('createKey')).KeyMetadata
    const to = (await call('createKey')).KeyMetadata
    const EncryptionContext = { purpose: 'v2 ✓' }
    const { CiphertextBlob } = await call('encrypt', {
      KeyId: from.KeyId,
      Plaintext: Buffer.from('data'),
      EncryptionContext,
    })
    const opened = await call('decrypt', { CiphertextBlob, EncryptionContext })
    assert.equal(opened.Plaintext.toString(), 'data')
    assert.equal(opened.KeyId, from.Arn)
    const moved = await call('reEncrypt', {
      CiphertextBlob,
      SourceEncryptionContext: EncryptionContext,
      DestinationKeyId: to.KeyId,
    })
    assert.equal(moved.SourceKeyId, from.Arn)
    const again = await call('decrypt', { CiphertextBlob: moved.CiphertextBlob })
    assert.equal(again.Plaintext.toString(), 'data')
    await refuses('decrypt', { CiphertextBlob }, 'InvalidCiphertextException', null)
    await refuses(
      'encrypt',
      { KeyId: unknownKeyId, Plaintext: 'x' },
      'NotFoundException',
      `Key 'arn:aws:kms:${region}:${account}:key/${unknownKeyId}' does not exist`,
    )
  })

  test('data keys and random bytes have the length that was asked', async () => {
    const { KeyId } = (await call('createKey')).KeyMetadata
    const made = await call('generateDataKey', { KeyId, KeySpec: 'AES_256' })
    const { Plaintext } = await call('decrypt', { CiphertextBlob: made.CiphertextBlob })
    assert.deepEqual(Plaintext, made.Plaintext)
    const sealed = await call('generateDataKeyWithoutPlaintext', { KeyId, NumberOfBytes: 7 })
    assert.equal(sealed.Plaintext, undefined)
    assert.equal((await call('generateRandom', { NumberOfBytes: 9 })).Plaintext.length, 9)
    await refuses('generateRandom', {}, 'ValidationException', 'NumberOfBytes is required.')
  })

  test('aliases, tags and policies are written, listed and removed', async () => {
    const { KeyId } = (await call('createKey')).KeyMetadata
    const other = (await call('createKey')).KeyMetadata
    for (const name of ['one', 'two'])
      await call('createAlias', { AliasName: `alias/v2/${name}`, TargetKeyId: KeyId })
    const aliases = await walk('listAliases', 'Aliases', { KeyId })
    assert.deepEqual(
      aliases.map(({ AliasName }) => AliasName),
      ['alias/v2/one', 'alias/v2/two'],
    )
    await call('updateAlias', { AliasName: 'alias/v2/one', TargetKeyId: other.KeyId })
    const { KeyMetadata } = await call('describeKey', { KeyId: 'alias/v2/one' })
    assert.equal(KeyMetadata.KeyId, other.KeyId)
    await call('deleteAlias', { AliasName: 'alias/v2/one' })
    await call('tagResource', { KeyId, Tags: [{ TagKey: 'a', TagValue: '1' }] })
    assert.equal((await call('listResourceTags', { KeyId })).Tags[0].TagValue, '1')
    await call('untagResource', { KeyId, TagKeys: ['a'] })
    assert.deepEqual((await call('listResourceTags', { KeyId })).Tags, [])
    const { Policy } = await call('getKeyPolicy', { KeyId, PolicyName: 'default' })
    await call('putKeyPolicy', { KeyId, PolicyName: 'default', Policy })
    const { PolicyNames } = await call('listKeyPolicies', { KeyId })
    assert.deepEqual(PolicyNames, ['default'])
    const keys = await walk('listKeys', 'Keys', {})
    for (const id of [KeyId, other.KeyId]) assert.ok(keys.some((key) => key.KeyId === id))
  })

  test('it speaks to the service over TLS when it trusts its CA', async () => {
    const { tls } = setting
    const secured = new AWS.KMS({
      endpoint: tls.endpoint,
      region,
      credentials: { accessKeyId: tls.accessKeyId, secretAccessKey: tls.secretAccessKey },
      httpOptions: { agent: new Agent({ ca: readFileSync(tls.caFile) }) },
    })
    const { KeyId } = (await call('createKey', {}, secured)).KeyMetadata
    const { CiphertextBlob } = await call('encrypt', { KeyId, Plaintext: 'over TLS' }, secured)
    const { Plaintext } = await call('decrypt', { CiphertextBlob }, secured)
    assert.equal(Plaintext.toString(), 'over TLS')
  })
})
