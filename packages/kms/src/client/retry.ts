import { ServiceError, TransportError } from './errors.ts'

/** Time and chance as the client needs them; tests give their own. `random` is in [0, 1). */
export type World = {
  nowMs(): number
  random(): number
  sleep(ms: number): Promise<void>
}

export const systemWorld: World = {
  nowMs: () => Date.now(),
  random: () => Math.random(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
}

/** AWS SDKs' standard retry mode: three attempts, the wait doubled each time and drawn at random. */
export const defaultAttemptsMax = 3
const waitMaxMs = 20_000

// The names that SDKs treat as throttling. LimitExceededException is left out, though some SDKs
// list it: in KMS it means a quota, which no waiting lifts.
const throttlingCodes = new Set([
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'RequestThrottled',
  'RequestThrottledException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'SlowDown',
  'PriorRequestNotComplete',
  'RequestTimeout',
  'RequestTimeoutException',
])

const isPassing = (error: unknown): boolean => {
  if (error instanceof TransportError) return error.failure !== 'tls'
  if (error instanceof ServiceError) return error.status >= 500 || throttlingCodes.has(error.code)
  return false
}

/**
 * Calls `attempt` until it succeeds, fails for a reason that a repetition cannot cure, or has been
 * made `attemptsMax` times; then throws the last error, a ServiceError with its count of retries.
 */
export const withRetries = async <T>(
  attempt: () => Promise<T>,
  attemptsMax: number,
  world: World,
): Promise<T> => {
  for (let retries = 0; ; retries++) {
    try {
      return await attempt()
    } catch (error) {
      if (!isPassing(error)) throw error
      if (retries + 1 >= attemptsMax) throw exhausted(error, retries)
      await world.sleep(Math.min(world.random() * 2 ** retries * 1000, waitMaxMs))
    }
  }
}

const exhausted = (error: unknown, retries: number): unknown =>
  error instanceof ServiceError
    ? new ServiceError({
        code: error.code,
        message: error.message,
        status: error.status,
        requestId: error.requestId,
        retries,
      })
    : error
