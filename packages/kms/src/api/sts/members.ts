import {
  listOf,
  optional,
  required,
  secretText,
  structure,
  text,
  type TextShape,
  time,
} from '../shapes.ts'

/** The shapes that operations of STS share, under the model's own names. */

export const accessKeyIdShape = text(16, 128, '[\\w]*')
export const arnShape = text(
  20,
  2048,
  '[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u0085\\u00A0-\\uD7FF\\uE000-\\uFFFD\\u10000-\\u10FFFF]+',
)
export const externalIdShape = text(2, 1224, '[\\w+=,.@:\\/-]*')
export const roleSessionNameShape = text(2, 64, '[\\w+=,.@-]*')
export const sourceIdentityShape = text(2, 64, '[\\w+=,.@-]*')
export const serialNumberShape = text(9, 256, '[\\w+=/:,.@-]*')
export const tokenCodeShape = text(6, 6, '[\\d]*')
export const sessionPolicyShape = text(1, 2048, '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+')
/** Of AssumeRole the model leaves out the greatest length; the service has it all the same. */
export const unrestrictedSessionPolicyShape: TextShape = {
  kind: 'text',
  min: 1,
  pattern: '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+',
}
export const webIdentityTokenShape = secretText(4, 20000)

const tagKeyShape = text(1, 128, '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+')
const tagValueShape = text(0, 256, '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*')
export const tagListShape = listOf(
  structure({
    Key: required(tagKeyShape, 'Key of the tag.'),
    Value: required(tagValueShape, 'Value of the tag; may be empty.'),
  }),
  undefined,
  50,
)
export const tagKeyListShape = listOf(tagKeyShape, undefined, 50)
export const policyArnListShape = listOf(
  structure({ arn: optional(arnShape, 'ARN of a managed policy.') }),
)
export const providedContextsShape = listOf(
  structure({
    ProviderArn: optional(arnShape, 'Who vouches for the context.'),
    ContextAssertion: optional(text(4, 2048), 'The context.'),
  }),
  1,
  5,
)

/** Temporary credentials. Neither secret nor token is ever recorded. */
export const credentialsShape = structure({
  AccessKeyId: required(accessKeyIdShape, 'Id of the temporary access key.'),
  SecretAccessKey: required(secretText(), 'Its secret.'),
  SessionToken: required(secretText(), 'Goes with every request that the key signs.'),
  Expiration: required(time, 'When they stop working.'),
})

export const assumedRoleUserShape = structure({
  AssumedRoleId: required(
    text(2, 193, '[\\w+=,.@:-]*'),
    'Unique id of the role, and the name of the session.',
  ),
  Arn: required(arnShape, 'ARN of the session.'),
})
