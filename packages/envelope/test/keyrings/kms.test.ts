import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Kms } from '../../../kms/src/client/index.ts'
import { EnvelopeError } from '../../src/errors.ts'
import { kmsKeyring, type KmsDataKeyClient } from '../../src/keyrings/kms.ts'
import type { AgreesOnSecrets, WrapsBranchKeys } from '../../src/keyrings/kms-client.ts'
import { kmsDiscoveryKeyring } from '../../src/keyrings/kms-discovery.ts'
import {
  kmsMultiRegionDiscoveryKeyring,
  kmsMultiRegionKeyring,
} from '../../src/keyrings/kms-multi-region.ts'
import { StandInKms } from './stand-in-kms.ts'
import {
  agrees,
  oneSuitePerKeyLength,
  refuses,
  signed,
  someContext,
  tampered,
  unsigned,
  withCode,
  wrap,
} from './trying.ts'

/** Keyhold's own client fits as it is, which is for the compiler to check. */
export const keyholdFits = (kms: Kms): KmsDataKeyClient & WrapsBranchKeys => kms

/** A method of AWS's `KMS` class: overloaded, its members possibly undefined, its lists writable. */
type AwsMethod<Input, Output> = {
  (args: Input, options?: { abortSignal?: AbortSignal }): Promise<Output & { $metadata: object }>
  (args: Input, callback: (error: unknown, data?: Output) => void): void
}
type AwsInput = {
  KeyId: string | undefined
  EncryptionContext?: Record<string, string> | undefined
  GrantTokens?: string[] | undefined
}
type AwsOutput = {
  KeyId?: string | undefined
  Plaintext?: Uint8Array | undefined
  CiphertextBlob?: Uint8Array | undefined
}
type AwsKms = {
  generateDataKey: AwsMethod<AwsInput & { NumberOfBytes?: number | undefined }, AwsOutput>
  encrypt: AwsMethod<AwsInput & { Plaintext: Uint8Array | undefined }, AwsOutput>
  decrypt: AwsMethod<AwsInput & { CiphertextBlob?: Uint8Array | undefined }, AwsOutput>
  getPublicKey: AwsMethod<
    { KeyId: string | undefined; GrantTokens?: string[] | undefined },
    { KeyId?: string | undefined; PublicKey?: Uint8Array | undefined; KeyUsage?: 'KEY_AGREEMENT' }
  >
  deriveSharedSecret: AwsMethod<
    {
      KeyId: string | undefined
      KeyAgreementAlgorithm: 'ECDH' | undefined
      PublicKey: Uint8Array | undefined
      GrantTokens?: string[] | undefined
    },
    { KeyId?: string | undefined; SharedSecret?: Uint8Array | undefined }
  >
}
/** So does a class with the overloads of AWS's. */
export const awsFits = (kms: AwsKms): KmsDataKeyClient & AgreesOnSecrets => kms

const setUp = () => {
  const client = new StandInKms()
  const generator = client.createKey()
  const second = client.createKey()
  return { client, generator, second }
}

describe('a KMS keyring', () => {
  test('has KMS make the data key, and every further key wrap it', async () => {
    for (const suite of [...oneSuitePerKeyLength, signed]) {
      const { client, generator, second } = setUp()
      const keyring = kmsKeyring({ client, generator, keys: [second] })
      for (const arn of [generator, second]) {
        const reader = kmsKeyring({ client, keys: [arn] })
        const { encryptedDataKeys } = await agrees(keyring, reader, { suite })
        assert.deepEqual(
          encryptedDataKeys.map(({ providerId, providerInfo }) => [
            providerId,
            Buffer.from(providerInfo).toString(),
          ]),
          [
            ['aws-kms', generator],
            ['aws-kms', second],
          ],
        )
      }
    }
  })

  test('asks with the context, the length of the suite and the grant tokens', async () => {
    const { client, generator } = setUp()
    await agrees(...twice(kmsKeyring({ client, generator, grantTokens: ['t'] })))
    const [made, opened] = client.calls
    assert.deepEqual(made, {
      operation: 'generateDataKey',
      input: {
        KeyId: generator,
        NumberOfBytes: 32,
        EncryptionContext: Object.fromEntries(someContext),
        GrantTokens: ['t'],
      },
    })
    assert.equal(opened?.input['KeyId'], generator)
    assert.ok(Object.hasOwn(opened.input['EncryptionContext'] as object, '__proto__'))
  })

  test('tries only data keys whose ARN is configured, and asks for exactly that key', async () => {
    const { client, generator, second } = setUp()
    const result = await wrap(kmsKeyring({ client, generator }))
    client.calls.length = 0
    await refuses(kmsKeyring({ client, keys: [second] }), result, 0)
    assert.equal(client.calls.length, 0)
    const [wrapped] = result.encryptedDataKeys
    assert.ok(wrapped)
    const foreign = { ...result, encryptedDataKeys: [{ ...wrapped, providerId: 'aws-kms ' }] }
    await refuses(kmsKeyring({ client, generator }), foreign, 0)
    const noArn = { ...wrapped, providerInfo: Buffer.from('alias/app') }
    await refuses(kmsKeyring({ client, generator }), { ...result, encryptedDataKeys: [noArn] }, 1)
    const notText = { ...wrapped, providerInfo: Uint8Array.of(0xff) }
    await refuses(kmsKeyring({ client, generator }), { ...result, encryptedDataKeys: [notText] }, 1)
    assert.equal(client.calls.length, 0)
  })

  test('encrypts with an alias or a key id, and decrypts with neither', async () => {
    const { client, generator } = setUp()
    client.createAlias('alias/app', generator)
    client.createAlias('arn:aws:kms:eu-west-1:111122223333:alias/app', generator)
    const id = generator.split('/')[1]!
    for (const name of ['alias/app', 'arn:aws:kms:eu-west-1:111122223333:alias/app', id]) {
      const keyring = kmsKeyring({ client, generator: name })
      const result = await agrees(keyring, kmsKeyring({ client, keys: [generator] }))
      const errors = await refuses(keyring, result, 1)
      assert.match(String(errors[0]), /only those can decrypt/)
    }
  })

  test('refuses another context and a tampered data key, with the cause kept', async () => {
    const { client, generator } = setUp()
    const keyring = kmsKeyring({ client, generator })
    const result = await wrap(keyring)
    const [error] = await refuses(keyring, result, 1, { context: new Map() })
    assert.equal((error as { cause: Error }).cause.name, 'InvalidCiphertextException')
    const [wrapped] = result.encryptedDataKeys
    assert.ok(wrapped)
    for (const each of [...tampered(wrapped)].slice(0, 40))
      await refuses(keyring, { ...result, encryptedDataKeys: [each] }, 1)
  })

  test('does not believe answers that name another key or hold another length', async () => {
    const { client, generator, second } = setUp()
    const keyring = kmsKeyring({ client, generator, keys: [second] })
    const result = await wrap(keyring)
    const lies: readonly Record<string, unknown>[] = [
      { KeyId: second },
      { KeyId: generator.split('/')[1] },
      { KeyId: undefined },
      { Plaintext: undefined },
      { Plaintext: new Uint8Array(31) },
      { CiphertextBlob: undefined },
    ]
    const strict = kmsKeyring({ client, keys: [generator] })
    for (const lie of lies) {
      client.alter = (_, answer) => ({ ...answer, ...lie })
      await assert.rejects(wrap(keyring), withCode('KeyringFailed'))
      if (!('CiphertextBlob' in lie)) await refuses(strict, result, 1)
    }
  })

  test('zeroes the data key that came in an answer, wherever it lay', async () => {
    const { client, generator } = setUp()
    const seen: Uint8Array[] = []
    client.alter = (_, answer) => {
      if (answer['Plaintext'] instanceof Uint8Array) seen.push(answer['Plaintext'])
      return answer
    }
    await agrees(...twice(kmsKeyring({ client, generator })))
    assert.equal(seen.length, 2)
    for (const bytes of seen) assert.ok(bytes.every((byte) => byte === 0))
  })

  test('fails to encrypt when one of its keys fails, after every call has ended', async () => {
    const { client, generator, second } = setUp()
    const gone = `${generator}0`
    const keyring = kmsKeyring({ client, generator, keys: [gone, second] })
    await assert.rejects(wrap(keyring), (error) => {
      assert.ok(error instanceof EnvelopeError && error.code === 'KeyringFailed')
      assert.equal((error.cause as Error).name, 'NotFoundException')
      return true
    })
    assert.equal(client.count('encrypt'), 2)
  })

  test('asks for the client of each Region once', async () => {
    const clients = new Map(['eu-west-1', 'us-east-1'].map((name) => [name, new StandInKms(name)]))
    const arns = [...clients.values()].map((client) => client.createKey())
    const asked: (string | undefined)[] = []
    const clientFor = (region: string | undefined) => {
      asked.push(region)
      return clients.get(region ?? '')!
    }
    const keyring = kmsKeyring({ clientFor, generator: arns[0]!, keys: [arns[1]!] })
    await agrees(keyring, keyring)
    await agrees(keyring, kmsKeyring({ clientFor, keys: [arns[1]!] }))
    assert.deepEqual(asked, ['eu-west-1', 'us-east-1', 'us-east-1'])
  })

  test('needs keys, each once, and one way to a client', async () => {
    const { client, generator } = setUp()
    const invalid = withCode('InvalidInput')
    assert.throws(() => kmsKeyring({ client }), invalid)
    assert.throws(() => kmsKeyring({ client, generator, keys: [generator] }), invalid)
    assert.throws(() => kmsKeyring({ client, generator: 'arn:aws:s3:::bucket' }), invalid)
    assert.throws(() => kmsKeyring({ client, generator: '' }), invalid)
    assert.throws(() => kmsKeyring({ generator } as never), invalid)
    await assert.rejects(wrap(kmsKeyring({ client, keys: [generator] })), invalid)
  })
})

describe('a KMS discovery keyring', () => {
  test('decrypts under the key that the message names, and never encrypts', async () => {
    const { client, generator } = setUp()
    const discovery = kmsDiscoveryKeyring({ client })
    await agrees(kmsKeyring({ client, generator }), discovery)
    await assert.rejects(wrap(discovery), withCode('InvalidInput'))
  })

  test('asks nobody about keys that the filter does not admit', async () => {
    const { client, generator } = setUp()
    const result = await wrap(kmsKeyring({ client, generator }))
    client.calls.length = 0
    const withFilter = (partition: string, ...accounts: string[]) =>
      kmsDiscoveryKeyring({ client, filter: { partition, accounts } })
    await refuses(withFilter('aws-cn', '111122223333'), result, 0)
    await refuses(withFilter('aws', '444455556666'), result, 0)
    assert.equal(client.calls.length, 0)
    await agrees(kmsKeyring({ client, generator }), withFilter('aws', '1', '111122223333'))
    assert.throws(() => withFilter('aws'), withCode('InvalidInput'))
  })

  test('does not build a client for a Region that no host name may contain', async () => {
    const { client, generator } = setUp()
    const result = await wrap(kmsKeyring({ client, generator }))
    const [wrapped] = result.encryptedDataKeys
    assert.ok(wrapped)
    const evil = generator.replace('eu-west-1', 'evil.example/')
    const forged = { ...wrapped, providerInfo: Buffer.from(evil) }
    const discovery = kmsDiscoveryKeyring({ clientFor: () => assert.fail('asked for a client') })
    await refuses(discovery, { ...result, encryptedDataKeys: [forged] }, 1)
  })
})

describe('a multi-Region keyring', () => {
  const setUpRegions = () => {
    const primary = new StandInKms('eu-west-1')
    const mrk = primary.createKey('mrk-0123456789abcdef0123456789abcdef')
    const plain = primary.createKey()
    const replica = new StandInKms('us-east-1', primary)
    return { primary, replica, mrk, plain, mrkReplica: mrk.replace('eu-west-1', 'us-east-1') }
  }

  test('decrypts with the replica that is configured, in its own Region', async () => {
    const { primary, replica, mrk, mrkReplica } = setUpRegions()
    const writer = kmsMultiRegionKeyring({ client: primary, generator: mrk })
    await agrees(writer, kmsMultiRegionKeyring({ client: replica, keys: [mrkReplica] }))
    assert.equal(replica.calls.at(-1)?.input['KeyId'], mrkReplica)
    await refuses(kmsKeyring({ client: replica, keys: [mrkReplica] }), await wrap(writer), 0)
  })

  test('takes single-Region keys letter by letter', async () => {
    const { primary, replica, plain } = setUpRegions()
    const result = await wrap(kmsMultiRegionKeyring({ client: primary, generator: plain }))
    const elsewhere = plain.replace('eu-west-1', 'us-east-1')
    await refuses(kmsMultiRegionKeyring({ client: replica, keys: [elsewhere] }), result, 0)
    await agrees(...twice(kmsMultiRegionKeyring({ client: primary, generator: plain })))
  })

  test('refuses two replicas of one key', () => {
    const { primary, mrk, mrkReplica } = setUpRegions()
    const options = { client: primary, generator: mrk, keys: [mrkReplica] }
    assert.throws(() => kmsMultiRegionKeyring(options), withCode('InvalidInput'))
    const byId = { client: primary, generator: mrk, keys: [mrk.split('/')[1]!] }
    assert.throws(() => kmsMultiRegionKeyring(byId), withCode('InvalidInput'))
  })

  test('in discovery, moves multi-Region keys to its Region and leaves others alone', async () => {
    const { primary, replica, mrk, plain } = setUpRegions()
    const discovery = kmsMultiRegionDiscoveryKeyring({
      client: replica,
      region: 'us-east-1',
      filter: { partition: 'aws', accounts: ['111122223333'] },
    })
    await agrees(kmsKeyring({ client: primary, generator: mrk }), discovery)
    replica.calls.length = 0
    await refuses(discovery, await wrap(kmsKeyring({ client: primary, generator: plain })), 0)
    assert.equal(replica.calls.length, 0)
    await assert.rejects(wrap(discovery), withCode('InvalidInput'))
    await assert.rejects(wrap(discovery, { suite: unsigned }), withCode('InvalidInput'))
  })
})

const twice = <T>(keyring: T): [T, T] => [keyring, keyring]
