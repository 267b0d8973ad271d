import type { ServerOptions } from 'node:http'
import type { HttpLimits } from './limits.ts'

/** How `node:http` has to be set up so that it neither decides nor hides anything itself. */
export const serverOptions = (limits: HttpLimits): ServerOptions => ({
  // Its own refusal would not be an AWS answer; see `admit`.
  requireHostHeader: false,
  insecureHTTPParser: false,
  maxHeaderSize: limits.headerBytesMax,
  headersTimeout: limits.headersTimeoutMs,
  requestTimeout: limits.requestTimeoutMs,
  connectionsCheckingInterval: limits.checkIntervalMs,
  // Answers are one write each: holding the last packet back only adds delay.
  noDelay: true,
})
