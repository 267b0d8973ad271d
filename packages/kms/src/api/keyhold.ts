import * as access from './keyhold/access.ts'
import * as accounts from './keyhold/accounts.ts'
import * as sessions from './keyhold/sessions.ts'
import type { Operation } from './operation.ts'
import type { Service } from './service.ts'

/** What the command line offers as `keyhold account`, and as `keyhold access`. */
export const accountOperations = { ...accounts, ...sessions }
export const accessOperations = { ...access }

/** The operations that AWS has no counterpart of: see docs/decisions on administration. */
export const keyholdOperations = {
  ...accountOperations,
  ...accessOperations,
} as const satisfies {
  readonly [name: string]: Operation
}

export type KeyholdOperations = typeof keyholdOperations

/** Keyhold's own operations, for who operates it. */
export const keyhold = {
  name: 'keyhold',
  region: 'us-east-1',
  protocol: 'json',
  targetPrefix: 'Keyhold.',
  operations: keyholdOperations,
} as const satisfies Service
