/**
 * A fault that the service answered with. `code` is the short name of the shape
 * (`NotFoundException`), `message` the service's own text, which may be empty.
 */
export class ServiceError extends Error {
  readonly code: string
  readonly status: number
  readonly requestId: string | undefined
  /** How often the call was repeated before this answer was taken as final; 0: it was not. */
  readonly retries: number
  constructor(fault: {
    code: string
    message: string
    status: number
    requestId?: string | undefined
    retries?: number
  }) {
    super(fault.message)
    this.name = fault.code
    this.code = fault.code
    this.status = fault.status
    this.requestId = fault.requestId
    this.retries = fault.retries ?? 0
  }
}

/** Where a request stopped that brought back no answer. */
export type TransportFailure = 'connect' | 'connectTimeout' | 'readTimeout' | 'closed' | 'tls'

/** A request that brought back no answer. `endpoint` is the URL; `detail` the system's own word. */
export class TransportError extends Error {
  readonly failure: TransportFailure
  readonly endpoint: string
  readonly detail: string
  constructor(failure: TransportFailure, endpoint: string, detail: string) {
    super(`${failure}: ${endpoint}: ${detail}`)
    this.name = 'TransportError'
    this.failure = failure
    this.endpoint = endpoint
    this.detail = detail
  }
}
