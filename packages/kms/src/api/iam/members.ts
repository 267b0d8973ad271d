import {
  flag,
  integer,
  listOf,
  oneOf,
  optional,
  required,
  secretText,
  structure,
  text,
  type TextShape,
} from '../shapes.ts'

/** The shapes that operations of IAM share, under the model's own names. */

/** A name as IAM allows it; what is wrong with another one is told in IAM's own sentence. */
const name = (max: number): TextShape => ({
  ...text(1, max, '[\\w+=,.@-]+'),
  patternText: 'It must contain only alphanumeric characters and/or the following: +=,.@_-',
})

const pathText =
  'It must begin and end with / and contain only alphanumeric characters and/or / characters.'

export const accessKeyIdShape = text(16, 128, '[\\w]+')
export const accessKeySecretShape = secretText()
export const statusShape = oneOf(['Active', 'Inactive', 'Expired'])
export const userNameShape = name(64)
export const arnShape = text(20, 2048)
export const policyNameShape = name(128)
export const entityShape = oneOf([
  'User',
  'Role',
  'Group',
  'LocalManagedPolicy',
  'AWSManagedPolicy',
])
export const groupNameShape = name(128)
export const idShape = text(16, 128, '[\\w]+')
export const pathShape: TextShape = {
  ...text(1, 512, '(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)'),
  patternText: pathText,
}
export const permissionsBoundaryAttachmentShape = oneOf(['PermissionsBoundaryPolicy'])
export const policyDocumentShape: TextShape = {
  ...text(1, 131072, '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+'),
  patternText: 'It must contain only printable ASCII characters.',
  holds: 'policy',
}
export const roleDescriptionShape = text(
  undefined,
  1000,
  '[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*',
)
export const roleMaxSessionDurationShape = integer(3600, 43200)
export const roleNameShape = name(64)
const tagKeyShape = text(1, 128, '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+')
const tagValueShape = text(0, 256, '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*')
const tagShape = structure({
  Key: required(tagKeyShape, 'Key of the tag.'),
  Value: required(tagValueShape, 'Value of the tag; may be empty.'),
})
export const tagListShape = listOf(tagShape, undefined, 50)
export const openIdConnectProviderUrlShape = text(1, 255)
export const policyDescriptionShape = text(undefined, 1000)
export const policyPathShape: TextShape = {
  ...text(1, 512, '((/[A-Za-z0-9\\.,\\+@=_-]+)*)/'),
  patternText: pathText,
}
export const policyVersionIdShape = text(undefined, undefined, 'v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?')
export const policyUsageShape = oneOf(['PermissionsPolicy', 'PermissionsBoundary'])
export const accountAliasShape = text(3, 63, '^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$')
export const assignmentStatusShape = oneOf(['Assigned', 'Unassigned', 'Any'])
export const clientIDShape = text(1, 255)
export const existingUserNameShape = name(128)
export const pathPrefixShape = text(1, 512, '\\u002F[\\u0021-\\u007F]*')
export const policyScopeShape = oneOf(['All', 'AWS', 'Local'])
export const tagKeyListShape = listOf(tagKeyShape, undefined, 50)
export const thumbprintShape = text(40, 40)

export const pageInput = {
  Marker: optional(text(1, 320, '[\\u0020-\\u00FF]+'), 'Marker of the answer before.'),
  MaxItems: optional(integer(1, 1000), 'How many items an answer holds at most; absent: 100.'),
}
export const pageOutput = {
  IsTruncated: required(flag, 'Whether there are more items than this answer holds.'),
  Marker: optional(text(), 'Pass as Marker to go on; present if IsTruncated.'),
}
