import assert from 'node:assert/strict'
import { createPublicKey, type KeyObject } from 'node:crypto'
import type { ErrorCode } from '../../src/api/errors.ts'
import { errorStatus } from '../../src/api/errors.ts'
import { account, type Answer, region, type Reply, type TestService } from './harness.ts'

/** Fails unless the call succeeded; returns the answer, whose members the caller knows. */
export const succeeded = (reply: Reply): Answer => {
  assert.equal(reply.status, 200, reply.text)
  assert.equal(reply.headers['content-type'], 'application/x-amz-json-1.1')
  assert.match(String(reply.headers['x-amzn-requestid']), /^[0-9a-f-]{36}$/)
  return reply.json
}

/** Fails unless the call succeeded with an empty body. */
export const succeededEmpty = (reply: Reply): void => {
  succeeded(reply)
  assert.equal(reply.text, '')
}

/**
 * Fails unless the call was refused with exactly this fault. Without `message` the answer must have
 * no such member; a pattern is for texts that name what the test does not know.
 */
export const refused = (reply: Reply, code: ErrorCode, message?: string | RegExp): void => {
  assert.equal(reply.type, code, reply.text)
  assert.equal(reply.status, errorStatus[code])
  assert.equal(reply.headers['x-amzn-errortype'], code)
  assert.equal(reply.headers['content-type'], 'application/x-amz-json-1.1')
  if (message instanceof RegExp) assert.match(reply.message ?? '', message)
  else
    assert.deepEqual(
      reply.json,
      message === undefined ? { __type: code } : { __type: code, message },
    )
}

/** A ValidationException of one constraint, in AWS's words. */
export const invalid = (reply: Reply, value: string, path: string, constraint: string): void =>
  refused(
    reply,
    'ValidationException',
    `1 validation error detected: Value${value} at '${path}' failed to satisfy constraint: Member must ${constraint}`,
  )

export type KeyMetadata = {
  readonly KeyId: string
  readonly Arn: string
  readonly KeyState: string
} & Readonly<Record<string, unknown>>

/** Makes a key and returns what the service says of it. */
export const createKey = async (
  service: TestService,
  input: object = {},
  options: { readonly region?: string } = {},
): Promise<KeyMetadata> =>
  succeeded(await service.call('CreateKey', input, options))['KeyMetadata'] as KeyMetadata

/** Encrypts and returns the ciphertext as base64. */
export const encrypt = async (service: TestService, input: object): Promise<string> =>
  succeeded(await service.call('Encrypt', { Plaintext: base64('text'), ...input }))[
    'CiphertextBlob'
  ] as string

/** The public key of an asymmetric key. */
export const publicKeyOf = async (service: TestService, KeyId: string): Promise<KeyObject> => {
  const { PublicKey } = succeeded(await service.call('GetPublicKey', { KeyId }))
  const der = Buffer.from(String(PublicKey), 'base64')
  return createPublicKey({ key: der, format: 'der', type: 'spki' })
}

export const base64 = (text: string | Uint8Array): string => Buffer.from(text).toString('base64')

export const arnOf = (resource: string, where = region, owner = account): string =>
  `arn:aws:kms:${where}:${owner}:${resource}`

export const unknownKeyId = '00000000-1111-2222-3333-444444444444'
