import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import './aws-cli/lifecycle.mjs'
import './aws-cli/key-pairs.mjs'
import './aws-cli/key-stores.mjs'
import {
  bench,
  call,
  commandsKnown,
  done,
  newKey,
  refuses,
  region,
  textOf,
  words,
} from './aws-cli/client.mjs'
import { aws } from './cli.mjs'
import { account, setting, unknownKeyId } from './setting.mjs'

writeFileSync(join(bench.folder, 'secret.txt'), 'a secret\n')

describe('the aws command (v2)', { concurrency: 2 }, () => {
  test('makes a key, gives it an alias and finds it by that', async () => {
    const { KeyId, Arn } = await newKey()
    assert.equal(Arn, `arn:aws:kms:${region}:${account}:key/${KeyId}`)
    await call(`create-alias --alias-name alias/app --target-key-id ${KeyId}`)
    assert.equal((await call('describe-key --key-id alias/app')).KeyMetadata.KeyId, KeyId)
    const other = await newKey()
    await call(`update-alias --alias-name alias/app --target-key-id ${other.KeyId}`)
    const { Aliases } = await call(`list-aliases --key-id ${other.KeyId}`)
    assert.deepEqual(
      Aliases.map(({ AliasName }) => AliasName),
      ['alias/app'],
    )
    await call('delete-alias --alias-name alias/app')
    await refuses(
      'describe-key --key-id alias/app',
      'DescribeKey',
      'NotFoundException',
      `Alias arn:aws:kms:${region}:${account}:alias/app is not found.`,
    )
  })

  test('encrypts with a context, moves the ciphertext to another key and decrypts', async () => {
    const { KeyId } = await newKey()
    const other = await newKey()
    const sealed = await call(
      `encrypt --key-id ${KeyId} --plaintext fileb://secret.txt --encryption-context a=1`,
    )
    const blob = sealed.CiphertextBlob
    const opened = await call(`decrypt --ciphertext-blob ${blob} --encryption-context a=1`)
    assert.equal(textOf(opened.Plaintext), 'a secret\n')
    await refuses(
      `decrypt --ciphertext-blob ${blob} --encryption-context a=2`,
      'Decrypt',
      'InvalidCiphertextException',
      '',
    )
    const moved = await call(
      `re-encrypt --ciphertext-blob ${blob} --source-encryption-context a=1 ` +
        `--destination-key-id ${other.KeyId}`,
    )
    assert.equal(moved.KeyId, other.Arn)
    const again = await call(`decrypt --ciphertext-blob ${moved.CiphertextBlob}`)
    assert.equal(textOf(again.Plaintext), 'a secret\n')
    const from = `--key-id ${other.KeyId}`
    await refuses(
      `decrypt --ciphertext-blob ${blob} --encryption-context a=1 ${from}`,
      'Decrypt',
      'IncorrectKeyException',
      'The key ID in the request does not identify a CMK that can perform this operation.',
    )
  })

  test('makes data keys and random bytes', async () => {
    const { KeyId } = await newKey()
    const made = await call(`generate-data-key --key-id ${KeyId} --key-spec AES_256`)
    const opened = await call(`decrypt --ciphertext-blob ${made.CiphertextBlob}`)
    assert.equal(opened.Plaintext, made.Plaintext)
    const sealed = await call(
      `generate-data-key-without-plaintext --key-id ${KeyId} --number-of-bytes 9`,
    )
    assert.equal(sealed.Plaintext, undefined)
    const random = await call('generate-random --number-of-bytes 10')
    assert.equal(Buffer.from(random.Plaintext, 'base64').length, 10)
    await refuses(
      'generate-random',
      'GenerateRandom',
      'ValidationException',
      'NumberOfBytes is required.',
    )
  })

  test('walks pages of keys and tags', async () => {
    const made = []
    for (let n = 0; n < 3; n += 1) made.push((await newKey()).KeyId)
    const [KeyId] = made
    const all = (await call('list-keys --page-size 1')).Keys.map((key) => key.KeyId)
    assert.equal(new Set(all).size, all.length)
    for (const id of made) assert.ok(all.includes(id))
    await call(
      `tag-resource --key-id ${KeyId} --tags`,
      ...words('TagKey=a,TagValue=1 TagKey=b,TagValue='),
    )
    const { Tags } = await call(`list-resource-tags --key-id ${KeyId} --page-size 1`)
    assert.deepEqual(Tags, [
      { TagKey: 'a', TagValue: '1' },
      { TagKey: 'b', TagValue: '' },
    ])
    const first = await call(`list-resource-tags --key-id ${KeyId} --max-items 1`)
    const rest = await call(
      `list-resource-tags --key-id ${KeyId} --starting-token ${first.NextToken}`,
    )
    assert.deepEqual([...first.Tags, ...rest.Tags], Tags)
    await call(`untag-resource --key-id ${KeyId} --tag-keys a b`)
    assert.deepEqual((await call(`list-resource-tags --key-id ${KeyId}`)).Tags, [])
  })

  test('reads and replaces a policy', async () => {
    const { KeyId } = await newKey()
    const { Policy } = await call(`get-key-policy --key-id ${KeyId} --policy-name default`)
    const mine = Policy.replace('key-default-1', 'mine')
    await call(`put-key-policy --key-id ${KeyId} --policy-name default --policy`, mine)
    const read = await call(`get-key-policy --key-id ${KeyId} --policy-name default`)
    assert.equal(read.Policy, mine)
  })

  test('disables, schedules for deletion and keeps a key', async () => {
    const { KeyId, Arn } = await newKey()
    await call(`disable-key --key-id ${KeyId}`)
    const encrypt = `encrypt --key-id ${KeyId} --plaintext aGVsbG8=`
    await refuses(encrypt, 'Encrypt', 'DisabledException', `${Arn} is disabled.`)
    await call(`enable-key --key-id ${KeyId}`)
    const scheduled = await call(
      `schedule-key-deletion --key-id ${KeyId} --pending-window-in-days 7`,
    )
    assert.equal(scheduled.KeyState, 'PendingDeletion')
    await refuses(encrypt, 'Encrypt', 'KMSInvalidStateException', `${Arn} is pending deletion.`)
    assert.equal((await call(`cancel-key-deletion --key-id ${KeyId}`)).KeyId, Arn)
    assert.equal((await call(`describe-key --key-id ${KeyId}`)).KeyMetadata.KeyState, 'Disabled')
  })

  test('hears of faults in the words of AWS', async () => {
    await refuses(
      `describe-key --key-id ${unknownKeyId}`,
      'DescribeKey',
      'NotFoundException',
      `Key 'arn:aws:kms:${region}:${account}:key/${unknownKeyId}' does not exist`,
    )
    await refuses(
      'list-keys --no-sign-request',
      'ListKeys',
      'MissingAuthenticationTokenException',
      'Missing Authentication Token',
    )
  })

  test('speaks to the service over TLS when it trusts its CA', async () => {
    const { tls } = setting
    const { stdout, stderr, code } = await aws(bench, ['create-key', '--ca-bundle', tls.caFile], {
      endpoint: tls.endpoint,
      env: { AWS_ACCESS_KEY_ID: tls.accessKeyId, AWS_SECRET_ACCESS_KEY: tls.secretAccessKey },
    })
    assert.equal(stderr, '')
    assert.equal(code, 0)
    assert.equal(JSON.parse(stdout).KeyMetadata.Enabled, true)
  })
})

test('every command that the AWS CLI has a description of has been seen to succeed', () => {
  const known = new Set(commandsKnown())
  assert.equal(known.size, 56)
  for (const command of known) assert.ok(done.has(command), command)
})
