import { operations } from './operations.ts'
import type { Service } from './service.ts'

/** AWS Key Management Service. */
export const kms = {
  name: 'kms',
  protocol: 'json',
  targetPrefix: 'TrentService.',
  operations,
} as const satisfies Service
