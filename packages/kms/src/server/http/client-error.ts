import { refusal } from './answers.ts'
import type { Refusal } from './answers.ts'

export const malformed = refusal(
  'malformed',
  400,
  'SerializationException',
  'The request is not well-formed HTTP/1.1.',
)
export const headerTooLarge = refusal(
  'header-size',
  431,
  'SerializationException',
  'The request line and headers are too large.',
)
export const tooSlow = refusal(
  'time-out',
  408,
  'SerializationException',
  'The request did not arrive in time.',
)

/**
 * The answer to what the HTTP parser could not take. `undefined`: the connection itself is broken,
 * and there is nobody to answer.
 */
export const refusalOf = (error: NodeJS.ErrnoException): Refusal | undefined => {
  const code = error.code ?? ''
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return tooSlow
  if (code === 'HPE_HEADER_OVERFLOW') return headerTooLarge
  return code.startsWith('HPE_') ? malformed : undefined
}
