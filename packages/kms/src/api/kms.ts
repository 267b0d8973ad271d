import { operationNames } from './operation-names.ts'
import { isBuilt, operations } from './operations.ts'
import type { Service } from './service.ts'

/** AWS Key Management Service. */
export const kms = {
  name: 'kms',
  protocol: 'json',
  targetPrefix: 'TrentService.',
  operations,
  unbuilt: operationNames.filter((name) => !isBuilt(name)),
} as const satisfies Service
