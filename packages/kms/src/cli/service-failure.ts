import { ServiceError, TransportError } from '../client/errors.ts'
import { CliError, exitCode } from './io.ts'

/** A fault or a lost connection in the words of AWS's command line. */
export const explained = (error: unknown, operation: string): unknown => {
  if (error instanceof ServiceError) {
    const tries = error.retries > 0 ? ` (reached max retries: ${error.retries})` : ''
    return new CliError(
      exitCode.service,
      `An error occurred (${error.code}) when calling the ${operation} operation` +
        `${tries}: ${error.message}`,
    )
  }
  if (error instanceof TransportError) {
    return new CliError(exitCode.failure, transportText[error.failure](error))
  }
  return error
}

const transportText = {
  connect: (error) => `Could not connect to the endpoint URL: "${error.endpoint}"`,
  connectTimeout: (error) => `Connect timeout on endpoint URL: "${error.endpoint}"`,
  readTimeout: (error) => `Read timeout on endpoint URL: "${error.endpoint}"`,
  closed: (error) =>
    'Connection was closed before we received a valid response from endpoint URL: ' +
    `"${error.endpoint}".`,
  tls: (error) => `SSL validation failed for ${error.endpoint} ${error.detail}`,
} as const satisfies Record<TransportError['failure'], (error: TransportError) => string>
