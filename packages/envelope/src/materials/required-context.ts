import { reservedPrefix } from '../context.ts'
import { EnvelopeError } from '../errors.ts'
import { type ManagerOrKeyring, managerOf } from './default.ts'
import type { EncryptionContext, MaterialsManager } from './types.ts'

/** `requiredKeys`: names of the encryption context, one at least, none of them reserved. */
export type RequiredContextOptions = ManagerOrKeyring & {
  readonly requiredKeys: readonly string[]
}

/**
 * Keeps pairs of the encryption context out of the message, yet authenticates them: every message
 * has to have them when it is encrypted, and its reader has to give them again. Throws
 * `ContextMismatch` where one is missing, and where the manager beneath dropped or changed one.
 */
export const requiredContextManager = (options: RequiredContextOptions): MaterialsManager => {
  const manager = managerOf(options)
  const required = [...new Set(options.requiredKeys)]
  requireNames(required)

  return {
    async encryptionMaterials(request) {
      requireKeys(required, request.context, 'The encryption context')
      const materials = await manager.encryptionMaterials(request)
      requirePairs(required, request.context, materials)
      const requiredContextKeys = [...new Set([...materials.requiredContextKeys, ...required])]
      return { ...materials, requiredContextKeys }
    },

    async decryptionMaterials(request) {
      const reproduced: EncryptionContext = request.reproducedContext ?? new Map()
      requireKeys(required, reproduced, 'The reproduced encryption context')
      const materials = await manager.decryptionMaterials(request)
      requirePairs(required, reproduced, materials)
      return materials
    },
  }
}

const requireNames = (required: readonly string[]): void => {
  if (required.length === 0)
    throw new EnvelopeError('InvalidInput', 'Name at least one key that is required.')
  for (const key of required)
    if (typeof key !== 'string' || !key.isWellFormed() || key.startsWith(reservedPrefix))
      throw new EnvelopeError(
        'InvalidInput',
        `A required key has to be well-formed Unicode and must not begin with ${reservedPrefix}.`,
      )
}

const requireKeys = (
  required: readonly string[],
  context: EncryptionContext,
  whose: string,
): void => {
  const missing = required.filter((key) => !context.has(key))
  if (missing.length === 0) return
  const names = missing.map((key) => JSON.stringify(key)).join(', ')
  throw new EnvelopeError('ContextMismatch', `${whose} lacks ${names}.`)
}

/** A pair that the manager beneath lost would be authenticated by nothing. */
const requirePairs = (
  required: readonly string[],
  given: EncryptionContext,
  materials: { readonly context: EncryptionContext; readonly dataKey: Uint8Array },
): void => {
  const changed = required.find((key) => materials.context.get(key) !== given.get(key))
  if (changed === undefined) return
  materials.dataKey.fill(0)
  throw new EnvelopeError(
    'ContextMismatch',
    `The materials manager beneath lost or changed ${JSON.stringify(changed)}.`,
  )
}
