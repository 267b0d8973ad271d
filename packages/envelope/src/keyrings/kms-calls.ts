import { copyOf, utf8 } from '../bytes.ts'
import type { DecryptRequest, EncryptedDataKey, EncryptRequest } from '../materials/types.ts'
import { type KmsArn, parseArn, parseKeyArn } from './arn.ts'
import { nameOf, takeOwn } from './bytes.ts'
import { attemptFailed, givenDataKey, invalid, wrapFailed } from './data-key.ts'
import {
  type Decrypts,
  type Encrypts,
  contextRecord,
  type GeneratesDataKeys,
  grantTokensMember,
} from './kms-client.ts'

export const kmsProviderId = 'aws-kms'

/** A wrapping key as the caller configured it. */
export type ConfiguredKey = {
  /** Key ARN, alias ARN, key id or alias name. */
  readonly id: string
  /** `undefined` for a bare id or name. */
  readonly arn: KmsArn | undefined
}

/** Throws `InvalidInput` for what is neither an ARN of KMS nor a bare id or alias name. */
export const configuredKey = (id: string): ConfiguredKey => {
  const arn = typeof id === 'string' ? parseArn(id) : undefined
  if (arn !== undefined) return { id, arn }
  if (typeof id !== 'string' || id === '' || id.startsWith('arn:') || !id.isWellFormed())
    throw invalid('A KMS key is named by its ARN, its id or an alias.')
  return { id, arn: undefined }
}

/** Asks the service for a data key. What comes back is checked before it is believed. */
export const kmsGenerate = async (
  client: GeneratesDataKeys,
  key: ConfiguredKey,
  { suite, context }: EncryptRequest,
  grantTokens: readonly string[] | undefined,
): Promise<{ readonly dataKey: Uint8Array; readonly wrapped: EncryptedDataKey }> => {
  const answer = await called(key.id, () =>
    client.generateDataKey({
      KeyId: key.id,
      NumberOfBytes: suite.keyBytes,
      EncryptionContext: contextRecord(context),
      ...grantTokensMember(grantTokens),
    }),
  )
  if (answer.Plaintext === undefined) throw wrapFailed(`KMS gave no data key under ${key.id}.`)
  const dataKey = takeOwn(answer.Plaintext)
  try {
    if (dataKey.length !== suite.keyBytes)
      throw wrapFailed(`KMS gave a data key of a wrong length under ${key.id}.`)
    return { dataKey, wrapped: wrappedBy(key, answer) }
  } catch (error) {
    dataKey.fill(0)
    throw error
  }
}

/** Wraps the request's data key once more. */
export const kmsWrap = async (
  client: Encrypts,
  key: ConfiguredKey,
  request: EncryptRequest,
  grantTokens: readonly string[] | undefined,
): Promise<EncryptedDataKey> => {
  const dataKey = givenDataKey(request)
  if (dataKey === undefined) throw invalid('There is no data key to wrap.')
  const answer = await called(key.id, () =>
    client.encrypt({
      KeyId: key.id,
      Plaintext: dataKey,
      EncryptionContext: contextRecord(request.context),
      ...grantTokensMember(grantTokens),
    }),
  )
  return wrappedBy(key, answer)
}

/** Has the service unwrap a data key under exactly this key. Throws an error to be collected. */
export const kmsUnwrap = async (
  client: Decrypts,
  keyArn: string,
  wrapped: EncryptedDataKey,
  { suite, context }: DecryptRequest,
  grantTokens: readonly string[] | undefined,
): Promise<Uint8Array> => {
  const answer = await client
    .decrypt({
      KeyId: keyArn,
      CiphertextBlob: wrapped.ciphertext,
      EncryptionContext: contextRecord(context),
      ...grantTokensMember(grantTokens),
    })
    .catch((cause: unknown) => {
      throw attemptFailed(`KMS did not decrypt a data key under ${keyArn}.`, cause)
    })
  return plaintextOf(answer, keyArn, suite.keyBytes)
}

/** The plaintext of an answer that names the key asked for; else it is zeroed and refused. */
export const plaintextOf = (
  answer: { readonly KeyId?: string | undefined; readonly Plaintext?: Uint8Array | undefined },
  keyArn: string,
  length: number,
): Uint8Array => {
  if (answer.Plaintext === undefined)
    throw attemptFailed(`KMS answered without a data key for ${keyArn}.`)
  const plaintext = takeOwn(answer.Plaintext)
  if (answer.KeyId === keyArn && plaintext.length === length) return plaintext
  plaintext.fill(0)
  throw attemptFailed(
    answer.KeyId === keyArn
      ? `KMS answered with a data key of a wrong length for ${keyArn}.`
      : `KMS answered for another key than ${keyArn}.`,
  )
}

/** The ARN that a data key of the KMS provider names. Throws an error to be collected. */
export const arnOfDataKey = (wrapped: EncryptedDataKey): KmsArn => {
  const text = nameOf(wrapped.providerInfo)
  const arn = text === undefined ? undefined : parseKeyArn(text)
  if (arn === undefined) throw attemptFailed('A data key of KMS does not name a key by its ARN.')
  return arn
}

const called = async <Answer>(id: string, call: () => Promise<Answer>): Promise<Answer> => {
  try {
    return await call()
  } catch (cause) {
    throw wrapFailed(`KMS did not wrap a data key under ${id}.`, cause)
  }
}

type WrapAnswer = {
  readonly KeyId?: string | undefined
  readonly CiphertextBlob?: Uint8Array | undefined
}

/** The provider info is the ARN as returned: an alias never gets into a message. */
const wrappedBy = (key: ConfiguredKey, { KeyId, CiphertextBlob }: WrapAnswer): EncryptedDataKey => {
  const arn = KeyId === undefined ? undefined : parseKeyArn(KeyId)
  if (arn === undefined) throw wrapFailed(`KMS answered without the ARN of the key ${key.id}.`)
  if (!isAnswerFor(key, arn)) throw wrapFailed(`KMS answered for another key than ${key.id}.`)
  if (CiphertextBlob === undefined || CiphertextBlob.length === 0)
    throw wrapFailed(`KMS answered without a ciphertext for ${key.id}.`)
  return {
    providerId: kmsProviderId,
    providerInfo: utf8(arn.text),
    ciphertext: copyOf(CiphertextBlob),
  }
}

// Only the service knows where an alias points; of its ARN, the owner can be told.
const isAnswerFor = (key: ConfiguredKey, answered: KmsArn): boolean => {
  if (key.arn?.resourceType === 'key') return key.arn.text === answered.text
  if (key.arn !== undefined)
    return key.arn.region === answered.region && key.arn.account === answered.account
  return key.id.startsWith('alias/') || key.id === answered.resourceId
}
