import { contextOf, publicKeyName, reservedPrefix } from '../context.ts'
import { EnvelopeError } from '../errors.ts'
import type { Suite } from '../format/suites.ts'
import { requireDataKeyCount } from './checks.ts'
import { defaultSuite, requireSuiteForDecrypt, requireSuiteForEncrypt } from './commitment.ts'
import { generateSigningKey, parsePublicKey } from './signing.ts'
import type {
  DecryptionMaterials,
  DecryptionMaterialsRequest,
  DecryptRequest,
  EncryptionContext,
  EncryptionMaterials,
  EncryptionMaterialsRequest,
  EncryptRequest,
  EncryptResult,
  Keyring,
  MaterialsManager,
} from './types.ts'

/**
 * Fresh materials for every message from one keyring: the suite by the commitment policy unless the
 * caller names one, and for signing suites a key pair that signs nothing else.
 *
 * Throws `InvalidInput` for a context with reserved names, `PolicyViolation` for a suite or a number
 * of data keys that is not allowed, `KeyringFailed` and `NoDataKey` for what the keyring could not
 * do, `ContextMismatch` where a reproduced context contradicts the message, and `Malformed` for a
 * message whose suite and public key do not go together.
 */
export const defaultManager = (keyring: Keyring): MaterialsManager => ({
  encryptionMaterials: (request) => encryptionMaterials(keyring, request),
  decryptionMaterials: (request) => decryptionMaterials(keyring, request),
})

/** What a manager stands on: another manager, or a keyring under the default one. */
export type ManagerOrKeyring =
  | { readonly manager: MaterialsManager; readonly keyring?: undefined }
  | { readonly keyring: Keyring; readonly manager?: undefined }

/** Throws `InvalidInput` unless exactly one of both is given. */
export const managerOf = (options: ManagerOrKeyring): MaterialsManager => {
  const { manager, keyring } = options
  if (manager !== undefined && keyring === undefined) return manager
  if (keyring !== undefined && manager === undefined) return defaultManager(keyring)
  throw new EnvelopeError('InvalidInput', 'Give either a materials manager or a keyring.')
}

const encryptionMaterials = async (
  keyring: Keyring,
  request: EncryptionMaterialsRequest,
): Promise<EncryptionMaterials> => {
  const pairs = contextOf(request.context)
  const suite = request.suite ?? defaultSuite(request.commitmentPolicy)
  requireSuiteForEncrypt(request.commitmentPolicy, suite)
  const signing = suite.signature && (await generateSigningKey(suite.signature.curve))
  const context =
    signing === undefined ? pairs : new Map([...pairs, [publicKeyName, signing.publicKey]])
  const { dataKey, encryptedDataKeys } = await wrapped(keyring, {
    suite,
    context,
    dataKey: request.dataKey,
  })
  try {
    if (dataKey.length !== suite.keyBytes || encryptedDataKeys.length === 0)
      throw new EnvelopeError(
        'KeyringFailed',
        'The keyring gave a data key that does not fit the suite, or did not wrap it.',
      )
    requireDataKeyCount(encryptedDataKeys.length, request.maxEncryptedDataKeys)
  } catch (error) {
    dataKey.fill(0)
    throw error
  }
  return {
    suite,
    context,
    requiredContextKeys: [],
    dataKey,
    encryptedDataKeys,
    signingKey: signing?.signingKey,
  }
}

const decryptionMaterials = async (
  keyring: Keyring,
  request: DecryptionMaterialsRequest,
): Promise<DecryptionMaterials> => {
  const { suite, encryptedDataKeys } = request
  requireSuiteForDecrypt(request.commitmentPolicy, suite)
  if (encryptedDataKeys.length === 0)
    throw new EnvelopeError('Malformed', 'The message has no encrypted data key.')
  const verificationKey = verificationKeyOf(suite, request.context)
  const { context, requiredContextKeys } = reproduce(request.context, request.reproducedContext)
  const dataKey = await unwrapped(keyring, { suite, context, encryptedDataKeys })
  if (dataKey.length !== suite.keyBytes) {
    dataKey.fill(0)
    throw noDataKey([new Error('The keyring gave a data key of the wrong length.')])
  }
  return { suite, context, requiredContextKeys, dataKey, verificationKey }
}

/** A suite that signs has its public key in the context, and no other suite has one there. */
const verificationKeyOf = (suite: Suite, context: EncryptionContext) => {
  const publicKey = context.get(publicKeyName)
  if (suite.signature === undefined) {
    if (publicKey === undefined) return undefined
    throw new EnvelopeError('Malformed', 'The message carries a public key, but is not signed.')
  }
  if (publicKey === undefined)
    throw new EnvelopeError('Malformed', 'The message is signed, but carries no public key.')
  return parsePublicKey(publicKey, suite.signature.curve)
}

/**
 * The context of the message with what the caller reproduced. Pairs that the message does not store
 * are the required ones: the header's tag covers them. No public key may come in that way.
 */
const reproduce = (
  stored: EncryptionContext,
  reproduced: EncryptionContext | undefined,
): { context: EncryptionContext; requiredContextKeys: readonly string[] } => {
  const context = new Map(stored)
  const requiredContextKeys: string[] = []
  for (const [key, value] of reproduced ?? []) {
    const known = stored.get(key)
    if (known === value) continue
    if (known !== undefined)
      throw new EnvelopeError(
        'ContextMismatch',
        'The encryption context of the message is not the one that was given.',
      )
    if (key.startsWith(reservedPrefix))
      throw new EnvelopeError(
        'ContextMismatch',
        `The message has no ${JSON.stringify(key)} in its encryption context.`,
      )
    context.set(key, value)
    requiredContextKeys.push(key)
  }
  return { context, requiredContextKeys }
}

const wrapped = async (keyring: Keyring, request: EncryptRequest): Promise<EncryptResult> => {
  try {
    return await keyring.onEncrypt(request)
  } catch (cause) {
    if (cause instanceof EnvelopeError) throw cause
    throw new EnvelopeError('KeyringFailed', 'The keyring could not wrap a data key.', { cause })
  }
}

const unwrapped = async (keyring: Keyring, request: DecryptRequest): Promise<Uint8Array> => {
  let result: Awaited<ReturnType<Keyring['onDecrypt']>>
  try {
    result = await keyring.onDecrypt(request)
  } catch (cause) {
    if (cause instanceof EnvelopeError) throw cause
    throw noDataKey([cause])
  }
  if ('dataKey' in result) return result.dataKey
  throw noDataKey(result.errors)
}

const noDataKey = (causes: readonly unknown[]): EnvelopeError =>
  new EnvelopeError(
    'NoDataKey',
    causes.length === 0
      ? 'None of the data keys of this message is for the wrapping keys given.'
      : 'No wrapping key could unwrap a data key of this message.',
    { causes },
  )
