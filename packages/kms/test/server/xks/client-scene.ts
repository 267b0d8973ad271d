import assert from 'node:assert/strict'
import { after, beforeEach } from 'node:test'
import { Secret } from '../../../src/core/crypto/secret.ts'
import { BackendError } from '../../../src/core/key-stores/backend.ts'
import type { BackendFailure } from '../../../src/core/key-stores/failures.ts'
import { XksClient, type XksOptions } from '../../../src/server/xks/client.ts'
import { FakeClock, region } from '../harness.ts'
import { TestProxy } from './proxy.ts'

export const errand = {
  principalArn: 'arn:aws:iam::111122223333:user/alice',
  keyArn: 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
  operation: 'Encrypt',
  requestId: '4112f4d6-db54-4af4-ae30-c55a22a8dfae',
}
export const healthErrand = {
  operation: 'CreateCustomKeyStore',
  requestId: errand.requestId,
} as const
export const plaintext = Buffer.from('the inner layer')
export const aad = Buffer.from('header and context')

export const fails = async (work: Promise<unknown>, failure: BackendFailure): Promise<void> => {
  await assert.rejects(work, (error) => {
    assert(error instanceof BackendError, String(error))
    assert.equal(error.failure, failure, error.message)
    return true
  })
}

/** A proxy for all tests of a file, well behaved before each of them, and clients of it. */
export const openClientScene = async () => {
  const clock = new FakeClock()
  const proxy = await TestProxy.start(region)
  after(() => proxy[Symbol.asyncDispose]())
  beforeEach(() => {
    proxy.instead = () => undefined
    proxy.spoil = (answer) => answer
    proxy.metadata = undefined
    proxy.ivBytes = 12
    proxy.requests.length = 0
  })

  const clientOf = async (
    changed: { readonly secret?: string; readonly path?: string } & XksOptions = {},
  ) => {
    const { secret = proxy.credential.RawSecretAccessKey, path = proxy.path, ...options } = changed
    const client = new XksClient(
      {
        connectivity: 'PUBLIC_ENDPOINT',
        endpoint: 'https://localhost',
        path,
        accessKeyId: proxy.credential.AccessKeyId,
      },
      region,
      new Secret(Buffer.from(secret)),
      clock,
      { ...(await proxy.options()), ...options },
    )
    return Object.assign(client, { [Symbol.asyncDispose]: () => client.close() })
  }

  const encrypts = async (options: XksOptions = {}) => {
    await using client = await clientOf(options)
    await client.encrypt('external-1', plaintext, aad, errand)
  }
  const decrypts = async () => {
    await using client = await clientOf()
    const outer = {
      ciphertext: plaintext,
      iv: Buffer.alloc(12),
      tag: Buffer.alloc(16),
      metadata: Buffer.alloc(0),
    }
    await client.decrypt('external-1', outer, aad, errand)
  }
  const checks = async (options: XksOptions = {}) => {
    await using client = await clientOf(options)
    await client.check(healthErrand)
  }
  const admits = async (keyId = 'external-1') => {
    await using client = await clientOf()
    await client.admitKey(keyId, { ...errand, operation: 'CreateKey' })
  }

  return { clock, proxy, clientOf, encrypts, decrypts, checks, admits }
}
