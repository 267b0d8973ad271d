export type RawStatement = {
  readonly Sid?: string
  readonly Effect: string
  readonly Principal?: unknown
  readonly NotPrincipal?: unknown
  readonly Action?: string | readonly string[]
  readonly NotAction?: string | readonly string[]
  readonly Resource?: string | readonly string[]
  readonly NotResource?: string | readonly string[]
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}
export type RawPolicy = {
  readonly Version?: string
  readonly Statement: RawStatement | readonly RawStatement[]
}

export type RawGrant = {
  readonly id: string
  readonly key: string
  readonly grantee: string
  readonly issuer: string
  readonly operations: readonly string[]
  readonly equals?: Readonly<Record<string, string>> | undefined
  readonly subset?: Readonly<Record<string, string>> | undefined
}

export type RawCaller =
  | { readonly type: 'root'; readonly account: string }
  | { readonly type: 'user'; readonly account: string; readonly arn: string; readonly id: string }
  | {
      readonly type: 'session'
      readonly account: string
      readonly arn: string
      readonly role: string
      readonly id: string
    }
  | { readonly type: 'web'; readonly provider: string }

export type RawQuestion = {
  readonly caller: RawCaller
  readonly action: string
  readonly resource: string
  readonly owner: string
  /** Condition keys in any case, and their values. */
  readonly keys: Readonly<Record<string, readonly string[]>>
  readonly context: Readonly<Record<string, string>>
  /** The policy of the resource; `none`: this kind has none; `unknown`: there is no such resource. */
  readonly resourcePolicy: RawPolicy | 'none' | 'unknown'
  readonly isTrust: boolean
  /** Unique ids that the resource's policy was stored with, by ARN. */
  readonly boundIds: Readonly<Record<string, string>>
  readonly identity: readonly RawPolicy[]
  readonly session: readonly RawPolicy[] | undefined
  readonly boundary: RawPolicy | undefined
  readonly grants: readonly RawGrant[]
  readonly child: RawGrant | undefined
}

/** A lone text stands for a list of one. */
export const many = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : [value].flat()
