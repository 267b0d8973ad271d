import type { ErrorCode, KmsError } from '../../api/errors.ts'
import type { RawResponse } from '../http/answers.ts'

type Refusal = readonly [status: number, errorName: string]

const authenticationFailed: Refusal = [401, 'AuthenticationFailedException']
const invalidState: Refusal = [400, 'InvalidStateException']
const validation: Refusal = [400, 'ValidationException']

/** What a refusal is called in the XKS proxy API ("Error codes"); anything else is internal. */
const refusals: { readonly [C in ErrorCode]?: Refusal } = {
  ValidationException: validation,
  SerializationException: validation,
  RequestEntityTooLargeException: validation,
  DisabledException: invalidState,
  KMSInvalidStateException: invalidState,
  InvalidCiphertextException: [400, 'InvalidCiphertextException'],
  InvalidKeyUsageException: [400, 'InvalidKeyUsageException'],
  IncompleteSignatureException: authenticationFailed,
  InvalidSignatureException: authenticationFailed,
  MissingAuthenticationTokenException: authenticationFailed,
  UnrecognizedClientException: authenticationFailed,
  ExpiredTokenException: authenticationFailed,
  AccessDeniedException: [403, 'AccessDeniedException'],
  NotFoundException: [404, 'KeyNotFoundException'],
  UnknownOperationException: [404, 'InvalidUriPathException'],
  ThrottlingException: [429, 'ThrottlingException'],
  UnsupportedOperationException: [501, 'UnsupportedOperationException'],
  KeyUnavailableException: [503, 'DependencyTimeoutException'],
  DependencyTimeoutException: [503, 'DependencyTimeoutException'],
  ServiceUnavailableException: [503, 'DependencyTimeoutException'],
}

export const xksContentType = 'application/json'
export const xksHeaders = [['Content-Type', xksContentType]] as const
const messageUnitsMax = 511

/** `{"errorName":"…","errorMessage":"…"}`: printable ASCII, shorter than 512 characters. */
export const xksRefusal = (error: KmsError): RawResponse => {
  const [status, errorName] = refusals[error.code] ?? [500, 'InternalException']
  const errorMessage = error.message.replace(/[^ -~]/g, '?').slice(0, messageUnitsMax)
  const body = errorMessage === '' ? { errorName } : { errorName, errorMessage }
  return {
    status,
    headers: xksHeaders,
    body: JSON.stringify(body),
  }
}
