import type { OperatorUse } from '../conditions/operators.ts'

/**
 * What a policy is attached to: a key, an identity (a user, group or role, inline or managed), a
 * role as its trust policy, a session when it is made.
 */
export type PolicyKind = 'key' | 'identity' | 'trust' | 'session'

export type PolicyVersion = '2008-10-17' | '2012-10-17'

/** A policy that was checked. Its lists are never empty where an element is present. */
export type PolicyDocument = {
  readonly kind: PolicyKind
  readonly version: PolicyVersion
  readonly id: string | undefined
  readonly statements: readonly Statement[]
}

export type Effect = 'Allow' | 'Deny'

export type Statement = {
  /** Place in the document, from 0. */
  readonly index: number
  readonly sid: string | undefined
  readonly effect: Effect
  /** Absent in identity and session policies: they speak of whom they are attached to. */
  readonly principals: PrincipalElement | undefined
  /** Absent: the statement has no effect, as AWS documents for key policies. */
  readonly actions: PatternElement | undefined
  /** Absent in trust policies, which are about their role; in a key policy: no effect. */
  readonly resources: PatternElement | undefined
  readonly conditions: readonly ConditionEntry[]
}

/** Principal, or NotPrincipal if `negated`. */
export type PrincipalElement = {
  readonly negated: boolean
  readonly entries: readonly PrincipalEntry[]
}

export type PrincipalType = 'AWS' | 'Federated' | 'Service'

/** One principal as the policy writes it; `*` alone, or under AWS, is everyone. */
export type PrincipalEntry = { readonly type: PrincipalType; readonly text: string }

/** Action or Resource, or NotAction or NotResource if `negated`. */
export type PatternElement = { readonly negated: boolean; readonly patterns: readonly string[] }

/** One key of one operator: the conditions of a statement all have to hold. */
export type ConditionEntry = {
  readonly operator: OperatorUse
  /** As the policy writes it. */
  readonly operatorText: string
  readonly key: string
  readonly values: readonly string[]
}
