import { KmsError } from '../../api/errors.ts'
import { parseJson } from '../../api/json.ts'
import { rootArn, type Place } from '../keys/arn.ts'

/** Bytes of a key policy at most: AWS's quota, stricter than the shape. */
const policyBytesMax = 32_768

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
 * Checks a key policy before it is stored. One that is no policy at all is a
 * MalformedPolicyDocumentException. One that says anything but the default policy is refused with
 * UnsupportedOperationException while policies are not enforced: a Deny that is stored and not
 * obeyed would be a lie.
 */
export const requirePolicy = (text: string, place: Place): void => {
  if (Buffer.byteLength(text) > policyBytesMax)
    throw new KmsError(
      'LimitExceededException',
      `The key policy is longer than ${policyBytesMax} bytes.`,
    )
  let document: unknown
  try {
    // The strict reader first: a member that stands twice has another meaning to every reader.
    parseJson(Buffer.from(text))
    document = JSON.parse(text)
  } catch (error) {
    throw malformed('Policy contains invalid json', error)
  }
  if (!isObject(document)) throw malformed('Policy has to be a JSON object')
  if (!saysDefault(document, place))
    throw new KmsError(
      'UnsupportedOperationException',
      'Key policies other than the default key policy are not supported by this service yet.',
    )
}

const malformed = (why: string, cause?: unknown): KmsError =>
  new KmsError('MalformedPolicyDocumentException', why, { cause })

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const saysDefault = (document: Record<string, unknown>, place: Place): boolean => {
  const { Version, Id, Statement, ...others } = document
  if (Version !== '2012-10-17' && Version !== '2008-10-17') return false
  if (Id !== undefined && typeof Id !== 'string') return false
  const statement = only(Statement)
  return Object.keys(others).length === 0 && isObject(statement) && allowsRootAll(statement, place)
}

const allowsRootAll = (statement: Record<string, unknown>, place: Place): boolean => {
  const { Sid, Effect, Principal, Action, Resource, ...others } = statement
  if (Object.keys(others).length > 0) return false
  if (Sid !== undefined && typeof Sid !== 'string') return false
  if (!isObject(Principal) || Object.keys(Principal).join() !== 'AWS') return false
  const principal = only(Principal['AWS'])
  return (
    Effect === 'Allow' &&
    (principal === rootArn(place) || principal === place.account) &&
    only(Action) === 'kms:*' &&
    only(Resource) === '*'
  )
}

/** The one element of a list of one; a lone value stands for itself. */
const only = (value: unknown): unknown =>
  Array.isArray(value) ? (value.length === 1 ? value[0] : undefined) : value
