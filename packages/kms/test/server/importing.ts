import { wrapMaterial } from '../wrapping.ts'
import { createKey, type KeyMetadata, succeeded } from './expect.ts'
import type { Reply, TestService } from './harness.ts'

/** A key without material, of any spec. */
export const externalKey = (service: TestService, input: object = {}): Promise<KeyMetadata> =>
  createKey(service, { Origin: 'EXTERNAL', ...input })

/** Members of an import of material that does not expire. */
export const neverExpires = { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' }

/** A member of an answer that is bytes. */
export const bytesOf = (value: unknown): Buffer => Buffer.from(String(value), 'base64')

export type ImportOptions = {
  readonly algorithm?: string
  readonly wrappingKeySpec?: string
  /** Further members of ImportKeyMaterial; without any, the material does not expire. */
  readonly members?: Readonly<Record<string, unknown>>
}

/** What ImportKeyMaterial takes: the material wrapped with parameters that are got for it. */
export const importInput = async (
  { call }: TestService,
  { KeyId }: Pick<KeyMetadata, 'KeyId'>,
  material: Uint8Array,
  { algorithm = 'RSAES_OAEP_SHA_256', wrappingKeySpec = 'RSA_2048', members }: ImportOptions = {},
): Promise<Record<string, unknown>> => {
  const asked = { KeyId, WrappingAlgorithm: algorithm, WrappingKeySpec: wrappingKeySpec }
  const { PublicKey, ImportToken } = succeeded(await call('GetParametersForImport', asked))
  return {
    KeyId,
    ImportToken,
    EncryptedKeyMaterial: wrapMaterial(algorithm, bytesOf(PublicKey), material),
    ...(members ?? neverExpires),
  }
}

/** Gets parameters, wraps the material, and imports it. */
export const importMaterial = async (
  service: TestService,
  key: Pick<KeyMetadata, 'KeyId'>,
  material: Uint8Array,
  options: ImportOptions = {},
): Promise<Reply> =>
  service.call('ImportKeyMaterial', await importInput(service, key, material, options))

/** What DescribeKey says. */
export const describeKey = async (
  { call }: TestService,
  { KeyId }: Pick<KeyMetadata, 'KeyId'>,
): Promise<KeyMetadata> =>
  succeeded(await call('DescribeKey', { KeyId }))['KeyMetadata'] as KeyMetadata
