import { KmsError } from '../../api/errors.ts'
import { errorAnswer, type RawResponse, type Refusal, refusal } from './answers.ts'

// What a listener answers by itself, whichever way it reads its connections.

export const tooManyConnections = refusal(
  'connections',
  503,
  'ServiceUnavailableException',
  'Too many connections are open. Try again later.',
)
export const tooManyPipelined = refusal(
  'pipelining',
  503,
  'ServiceUnavailableException',
  'Too many requests were sent on this connection without waiting for their answers.',
)
export const tooMuchHeld = refusal(
  'memory',
  503,
  'ServiceUnavailableException',
  'Too many requests are under way. Try again later.',
)
export const notFound = errorAnswer(new KmsError('UnknownOperationException'), 404)

/** The refusal of a request of which the head already shows that nobody known has signed it. */
export const unsigned = (answer: RawResponse): Refusal => ({
  kind: 'refusal',
  reason: 'signature',
  answer,
})
