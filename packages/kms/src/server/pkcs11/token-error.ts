import type { BackendFailure } from '../../core/key-stores/failures.ts'
import { returnValues } from './cryptoki.ts'
import { CryptokiError } from './module.ts'

/** A failure that has a name of its own. */
export class TokenError extends Error {
  readonly failure: BackendFailure
  constructor(failure: BackendFailure, message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause })
    this.name = 'TokenError'
    this.failure = failure
  }
}

const byReturnValue: ReadonlyMap<number, BackendFailure> = new Map([
  [returnValues.slotIdInvalid, 'tokenAbsent'],
  [returnValues.deviceRemoved, 'tokenAbsent'],
  [returnValues.tokenNotPresent, 'tokenAbsent'],
  [returnValues.tokenNotRecognized, 'tokenAbsent'],
  [returnValues.pinIncorrect, 'passwordRefused'],
  [returnValues.pinInvalid, 'passwordRefused'],
  [returnValues.pinLengthRange, 'passwordRefused'],
  [returnValues.pinLocked, 'userLockedOut'],
  [returnValues.userPinNotInitialized, 'userUnknown'],
  [returnValues.encryptedDataInvalid, 'tokenCiphertextRefused'],
  [returnValues.encryptedDataLengthRange, 'tokenCiphertextRefused'],
])

const sessionLost: ReadonlySet<number> = new Set([
  returnValues.sessionClosed,
  returnValues.sessionHandleInvalid,
  returnValues.userNotLoggedIn,
])

export const failureOf = (error: unknown): BackendFailure => {
  if (error instanceof TokenError) return error.failure
  if (error instanceof CryptokiError) return byReturnValue.get(error.returned) ?? 'tokenFailed'
  return 'tokenFailed'
}

/** Whether logging in anew may help. */
export const isSessionLost = (error: unknown): boolean =>
  error instanceof CryptokiError && sessionLost.has(error.returned)
