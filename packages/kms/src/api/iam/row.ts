import type { IdentityResource, Operation } from '../operation.ts'

/** What a row of IAM or STS says for itself; keys have no part in it. */
type Row = Pick<Operation, 'doc' | 'input' | 'output' | 'authorize' | 'audit' | 'errors'> & {
  readonly auditOutput?: Operation['auditOutput']
  readonly isUnsigned?: true
}

/** Declares an operation of IAM or STS that changes nothing. */
export const identityRead = <const R extends Row>(row: R) =>
  ({ auditOutput: [], ...row, keyState: 'any', changes: false }) as const

/** Declares one that changes something. */
export const identityChange = <const R extends Row>(row: R) =>
  ({ auditOutput: [], ...row, keyState: 'any', changes: true }) as const

/** All of a kind, or nothing that has an ARN of its own. */
export const anyIdentity: IdentityResource = { of: 'identity' }
const named =
  (kind: NonNullable<IdentityResource['kind']>) =>
  (member: string): IdentityResource => ({ of: 'identity', kind, member })
/** By name; without the member, the caller. */
export const user = named('user')
export const group = named('group')
export const role = named('role')
/** By ARN, as what follows. */
export const policy = named('policy')
export const oidcProvider = named('oidc-provider')
export const byArn = named('arn')

/** The user of an access key, by its id. */
export const userOfKey = named('access-key')

/** What is about to be made, under the name and path of the request. */
export const made = (
  kind: 'user' | 'group' | 'role' | 'policy' | 'oidc-provider',
  name: string,
): IdentityResource => ({ of: 'identity', kind, becomes: { name, path: 'Path' } })
/** What it is to be called from now on: whoever renames it has to be allowed both. */
export const renamed = (
  kind: 'user' | 'group',
  member: string,
  name: string,
): IdentityResource => ({ of: 'identity', kind, member, becomes: { name, path: 'NewPath' } })
