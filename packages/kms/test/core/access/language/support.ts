import { KmsError } from '../../../../src/api/errors.ts'
import type { PolicyDocument, PolicyKind } from '../../../../src/core/access/language/document.ts'
import { parsePolicy } from '../../../../src/core/access/language/parse.ts'

/** A statement that each kind of policy accepts, with no more than it needs. */
const statements = {
  key: { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'kms:*', Resource: '*' },
  identity: { Effect: 'Allow', Action: 'kms:*', Resource: '*' },
  session: { Effect: 'Allow', Action: 'kms:*', Resource: '*' },
  trust: { Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: 'sts:AssumeRole' },
} as const satisfies Record<PolicyKind, object>

export const kinds = Object.keys(statements) as readonly PolicyKind[]

/** A policy of one statement; `undefined` takes a member away. */
export const policyText = (kind: PolicyKind, changes: object = {}, whole: object = {}): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ ...statements[kind], ...changes }],
    ...whole,
  })

export const parsed = (kind: PolicyKind, changes?: object, whole?: object): PolicyDocument =>
  parsePolicy(kind, policyText(kind, changes, whole))

/** The text that a policy is refused with; undefined if it is accepted. */
export const refusalOf = (kind: PolicyKind, text: string): string | undefined => {
  try {
    parsePolicy(kind, text)
    return undefined
  } catch (error) {
    if (error instanceof KmsError && error.code === 'MalformedPolicyDocumentException')
      return error.message
    throw error
  }
}

export const refusal = (kind: PolicyKind, changes?: object, whole?: object): string | undefined =>
  refusalOf(kind, policyText(kind, changes, whole))
