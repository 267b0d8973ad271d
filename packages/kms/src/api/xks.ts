import * as rows from './xks/rows.ts'
import type { XksService } from './service.ts'

/** The other half of external key stores: keys of this service for AWS KMS, or another Keyhold. */
export const xksProxy = {
  name: 'kms-xks-proxy',
  protocol: 'xks',
  operations: rows,
} as const satisfies XksService

export type XksOperations = typeof rows
