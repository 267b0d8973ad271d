import { rootArn, type Place } from '../keys/arn.ts'
import { type CompiledPolicy, compilePolicy } from './evaluate/compiled-policy.ts'
import { parsePolicy } from './language/parse.ts'

/** What the store holds of a key policy. Row id and parent: the key's row. */
export type KeyPolicyRecord = {
  /** JSON text, as it was given. */
  readonly policy: string
  /**
   * Unique ids of the users and roles that it names, as of when it was stored. Absent: it names
   * none, as the default policy does.
   */
  readonly principalIds?: readonly (readonly [name: string, id: string])[]
}

/** The key policy that a key gets where the caller names none: the account's root may do all. */
export const defaultPolicy = (place: Place): string => `{
  "Version" : "2012-10-17",
  "Id" : "key-default-1",
  "Statement" : [ {
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "${rootArn(place)}"
    },
    "Action" : "kms:*",
    "Resource" : "*"
  } ]
}`

/**
 * Makes a stored policy ready. Throws if it cannot be read any more: it must not be passed over, for
 * it may say what is denied.
 */
export const compileKeyPolicy = ({ policy, principalIds = [] }: KeyPolicyRecord): CompiledPolicy =>
  compilePolicy(
    parsePolicy('key', policy),
    { kind: 'key', name: '' },
    { principalIds: new Map(principalIds) },
  )
