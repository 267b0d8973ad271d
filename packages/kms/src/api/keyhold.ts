import * as accounts from './keyhold/accounts.ts'
import * as sessions from './keyhold/sessions.ts'
import type { Operation } from './operation.ts'
import type { Service } from './service.ts'

/** The operations that AWS has no counterpart of: see docs/decisions on administration. */
export const keyholdOperations = { ...accounts, ...sessions } as const satisfies {
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
  unbuilt: [],
} as const satisfies Service
