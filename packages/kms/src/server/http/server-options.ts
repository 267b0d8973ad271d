import type { ServerOptions } from 'node:http'
import type { TlsOptions } from 'node:tls'
import type { HttpLimits } from './limits.ts'
import type { ListenerTls } from './listener.ts'

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

/** How TLS is done, whichever way requests are read. */
export const tlsServerOptions = (
  { cert, key, clients }: ListenerTls,
  limits: HttpLimits,
): TlsOptions => ({
  cert: pem(cert),
  key: pem(key),
  minVersion: 'TLSv1.2',
  handshakeTimeout: limits.headersTimeoutMs,
  ...(clients && { ca: clients.ca, requestCert: true, rejectUnauthorized: true }),
})

const pem = (text: string | Uint8Array): string | Buffer =>
  typeof text === 'string' ? text : Buffer.from(text)
