import { type ErrorCode, errorStatus, type KmsError } from '../errors.ts'

/** How the query protocol spells a fault: its own codes, and HTTP statuses that mean something. */
export type QueryFault = {
  readonly code: string
  readonly status: number
  readonly message: string
}

/**
 * Where the wire code is more than the name of the shape without its `Exception`, or the status is
 * another one than the JSON protocol's (IAM API Reference, "Common Errors", and the model).
 */
const spelt: { readonly [C in ErrorCode]?: readonly [code: string, status: number] } = {
  AccessDeniedException: ['AccessDenied', 403],
  // The model's code, for a web identity token; a session token is spelt in `signatureFault`.
  ExpiredTokenException: ['ExpiredTokenException', 400],
  IncompleteSignatureException: ['IncompleteSignature', 400],
  InvalidMarkerException: ['ValidationError', 400],
  InvalidSignatureException: ['SignatureDoesNotMatch', 403],
  KMSInternalException: ['ServiceFailure', 500],
  LimitExceededException: ['LimitExceeded', 409],
  MissingAuthenticationTokenException: ['MissingAuthenticationToken', 403],
  NotAuthorizedException: ['NotAuthorized', 401],
  RegionDisabledException: ['RegionDisabledException', 403],
  RequestEntityTooLargeException: ['RequestEntityTooLarge', 413],
  SerializationException: ['MalformedQueryString', 400],
  ServiceNotSupportedException: ['NotSupportedService', 404],
  UnknownOperationException: ['InvalidAction', 400],
  UnrecognizedClientException: ['InvalidClientTokenId', 403],
  UnsupportedOperationException: ['UnsupportedOperation', 400],
  ValidationException: ['ValidationError', 400],
}

/** An error of the house as IAM and STS answer it. */
export const queryFault = ({ code, message }: Pick<KmsError, 'code' | 'message'>): QueryFault => {
  const [wireCode, status] = spelt[code] ?? [code.replace(/Exception$/, ''), errorStatus[code]]
  return { code: wireCode, status, message: message === '' ? (fallback[code] ?? '') : message }
}

/** As `queryFault`, for what is wrong with who signed the request. */
export const signatureFault = (error: Pick<KmsError, 'code' | 'message'>): QueryFault =>
  error.code === 'ExpiredTokenException'
    ? { code: 'ExpiredToken', status: 403, message: error.message }
    : queryFault(error)

/** Some faults have no text in the JSON protocol; here every client shows one. */
const fallback: { readonly [C in ErrorCode]?: string } = {
  UnknownOperationException: 'Could not find the operation.',
  MissingAuthenticationTokenException: 'Request is missing Authentication Token',
}
