import type { Operation } from './operation.ts'
import type { Service } from './service.ts'
import * as sessions from './sts/sessions.ts'

/** Every operation of STS that is built. */
export const stsOperations = { ...sessions } as const satisfies {
  readonly [name: string]: Operation
}

export type StsOperations = typeof stsOperations

/** AWS Security Token Service, as far as Keyhold serves it. */
export const sts = {
  name: 'sts',
  // Roles and users are one for all Regions: a policy would miss them under a second name.
  identityRegion: 'us-east-1',
  protocol: 'query',
  apiVersion: '2011-06-15',
  namespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
  wording: 'kms',
  operations: stsOperations,
} as const satisfies Service
