import { timingSafeEqual } from 'node:crypto'
import type {
  DecryptRequest,
  EncryptedDataKey,
  EncryptRequest,
  EncryptResult,
  Keyring,
} from '../materials/types.ts'
import { invalid, type Unwrapped, wrapFailed } from './data-key.ts'

export type MultiKeyringOptions = {
  /** Makes the data key; without it the keyring only decrypts, or wraps what another one made. */
  readonly generator?: Keyring
  /** Each wraps the same data key once more, so that any of them can decrypt. */
  readonly children?: readonly Keyring[]
}

/**
 * Several keyrings as one. Encrypting asks the generator first, then every child, and fails with
 * any of them; decrypting tries them in this order until one has the data key.
 */
export const multiKeyring = ({ generator, children = [] }: MultiKeyringOptions): Keyring => {
  const all = generator === undefined ? [...children] : [generator, ...children]
  if (all.length === 0) throw invalid('A multi keyring needs a generator or a child.')
  return {
    onEncrypt: (request) => wrapWithAll(request, generator, all),
    onDecrypt: (request) => unwrapWithAny(request, all),
  }
}

const wrapWithAll = async (
  request: EncryptRequest,
  generator: Keyring | undefined,
  all: readonly Keyring[],
): Promise<EncryptResult> => {
  if (request.dataKey === undefined && generator === undefined)
    throw invalid('A multi keyring without a generator cannot make a data key.')
  const encryptedDataKeys: EncryptedDataKey[] = []
  let dataKey = request.dataKey
  try {
    for (const keyring of all) {
      const result = await keyring.onEncrypt({ ...request, dataKey })
      dataKey ??= result.dataKey
      if (!isSameKey(dataKey, result.dataKey))
        throw wrapFailed('A keyring wrapped another data key than the one it was given.')
      if (result.encryptedDataKeys.length === 0)
        throw wrapFailed('A keyring did not wrap the data key: whoever has its key could not read.')
      encryptedDataKeys.push(...result.encryptedDataKeys)
    }
  } catch (error) {
    if (dataKey !== request.dataKey) dataKey?.fill(0)
    throw error
  }
  if (dataKey === undefined) throw wrapFailed('No keyring made a data key.')
  return { dataKey, encryptedDataKeys }
}

const unwrapWithAny = async (
  request: DecryptRequest,
  all: readonly Keyring[],
): Promise<Unwrapped> => {
  const errors: unknown[] = []
  for (const keyring of all) {
    try {
      const result = await keyring.onDecrypt(request)
      if ('dataKey' in result) return result
      errors.push(...result.errors)
    } catch (error) {
      errors.push(error)
    }
  }
  return { errors }
}

const isSameKey = (a: Uint8Array, b: Uint8Array): boolean =>
  a === b || (a.length === b.length && timingSafeEqual(a, b))
