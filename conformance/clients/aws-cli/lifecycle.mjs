import assert from 'node:assert/strict'
import { constants, createPublicKey, publicEncrypt, randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { account } from '../setting.mjs'
import { call, file, newKey, refuses } from './client.mjs'

const root = `arn:aws:iam::${account}:root`

describe('the aws command (v2): the life of keys', { concurrency: 2 }, () => {
  test('tells of a key that rotates, by itself and on demand', async () => {
    const { KeyId } = await newKey()
    await call(`enable-key-rotation --key-id ${KeyId} --rotation-period-in-days 90`)
    const on = await call(`get-key-rotation-status --key-id ${KeyId}`)
    assert.equal(on.RotationPeriodInDays, 90)
    await call(`disable-key-rotation --key-id ${KeyId}`)
    await call(`rotate-key-on-demand --key-id ${KeyId}`)
    const { Rotations } = await call(`list-key-rotations --key-id ${KeyId}`)
    assert.deepEqual(
      Rotations.map(({ RotationType }) => RotationType),
      ['ON_DEMAND'],
    )
    const never = await call(`get-key-last-usage --key-id ${KeyId}`)
    assert.deepEqual(never.KeyLastUsage, {})
  })

  test('imports key material, and deletes it', async () => {
    const { KeyId, Arn } = await newKey('--origin EXTERNAL')
    const key = `--key-id ${KeyId}`
    const given = await call(
      `get-parameters-for-import ${key} --wrapping-algorithm RSAES_OAEP_SHA_256 ` +
        '--wrapping-key-spec RSA_2048',
    )
    const der = Buffer.from(given.PublicKey, 'base64')
    const publicKey = {
      key: createPublicKey({ key: der, format: 'der', type: 'spki' }),
      padding: constants.RSA_PKCS1_OAEP_PADDING,
      oaepHash: 'sha256',
    }
    const token = file('token', Buffer.from(given.ImportToken, 'base64'))
    const material = file('material', publicEncrypt(publicKey, randomBytes(32)))
    // The command sends whole seconds.
    const expires = new Date(Math.ceil(Date.now() / 1000) * 1000 + 86_400_000).toISOString()
    await call(
      `import-key-material ${key} --import-token ${token} --encrypted-key-material ${material} ` +
        `--valid-to ${expires}`,
    )
    const { KeyMetadata } = await call(`describe-key ${key}`)
    assert.equal(new Date(KeyMetadata.ValidTo).toISOString(), expires)
    await call(`delete-imported-key-material ${key}`)
    await refuses(
      `encrypt ${key} --plaintext aGVsbG8=`,
      'Encrypt',
      'KMSInvalidStateException',
      `${Arn} is pending import.`,
    )
  })

  test('has a key in two Regions, whose primary moves', async () => {
    const { KeyId } = await newKey('--multi-region')
    const there = 'ca-west-1'
    await call(`replicate-key --key-id ${KeyId} --replica-region ${there}`)
    const sealed = await call(`encrypt --key-id ${KeyId} --plaintext aGVsbG8=`)
    const decrypt = `decrypt --ciphertext-blob ${sealed.CiphertextBlob} --region ${there}`
    assert.equal((await call(decrypt)).Plaintext, 'aGVsbG8=')
    await call(`update-primary-region --key-id ${KeyId} --primary-region ${there}`)
    const { KeyMetadata } = await call(`describe-key --key-id ${KeyId} --region ${there}`)
    assert.equal(KeyMetadata.MultiRegionConfiguration.MultiRegionKeyType, 'PRIMARY')
  })

  test('makes grants, lists them, retires and revokes them', async () => {
    const { KeyId } = await newKey()
    const principals = `--grantee-principal ${root} --retiring-principal ${root}`
    const create = `create-grant --key-id ${KeyId} ${principals} --operations`
    const one = await call(`${create} Decrypt`)
    const two = await call(`${create} Encrypt`)
    const { Grants } = await call(`list-retirable-grants --retiring-principal ${root}`)
    assert.equal(Grants.length, 2)
    await call(`retire-grant --grant-token ${one.GrantToken}`)
    await call(`revoke-grant --key-id ${KeyId} --grant-id ${two.GrantId}`)
    assert.deepEqual((await call(`list-grants --key-id ${KeyId}`)).Grants, [])
  })

  test('describes a key anew, and names its policy', async () => {
    const { KeyId } = await newKey()
    await call(`update-key-description --key-id ${KeyId} --description anew`)
    assert.equal((await call(`describe-key --key-id ${KeyId}`)).KeyMetadata.Description, 'anew')
    const { PolicyNames } = await call(`list-key-policies --key-id ${KeyId}`)
    assert.deepEqual(PolicyNames, ['default'])
  })
})
