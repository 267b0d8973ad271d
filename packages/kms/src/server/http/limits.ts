/** What the listener lets a client have before anything is known of it. Times in milliseconds. */
export type HttpLimits = {
  /** Request line and all headers together. */
  readonly headerBytesMax: number
  readonly bodyBytesMax: number
  /** Memory for bodies at one time, over all connections. */
  readonly bodyBytesHeldMax: number
  /** Bodies above this are large: they have only these shares, and leave the rest to the others. */
  readonly smallBodyBytesMax: number
  readonly largeBytesHeldMax: number
  readonly largeBytesPerAddressMax: number
  readonly connectionsMax: number
  /** Requests of one connection that wait for their answers at one time. */
  readonly pipelinedMax: number
  /** From the first byte of a request (or the connection) to the end of its headers. */
  readonly headersTimeoutMs: number
  /** From the first byte of a request to its last. */
  readonly requestTimeoutMs: number
  /** Between an answer and the next request. */
  readonly keepAliveTimeoutMs: number
  /** Without a byte either way, whatever is under way. */
  readonly inactivityTimeoutMs: number
  /** How often the first two times are checked. */
  readonly checkIntervalMs: number
  /** How long a refused client is still read from, so that it gets to see the refusal. */
  readonly lingerMs: number
}

/**
 * The largest request of the API is an import or an attestation document, well under half a
 * mebibyte. Keep-alive outlasts the 60 s after which common load balancers and clients give up, so
 * that it is they who close. What large bodies leave is a small one for every connection.
 */
export const defaultHttpLimits: HttpLimits = {
  headerBytesMax: 16 * 1024,
  bodyBytesMax: 1024 * 1024,
  bodyBytesHeldMax: 128 * 1024 * 1024,
  smallBodyBytesMax: 16 * 1024,
  largeBytesHeldMax: 64 * 1024 * 1024,
  largeBytesPerAddressMax: 32 * 1024 * 1024,
  connectionsMax: 4096,
  pipelinedMax: 16,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 15_000,
  keepAliveTimeoutMs: 65_000,
  inactivityTimeoutMs: 120_000,
  checkIntervalMs: 1000,
  lingerMs: 1000,
}
