import type { AddressInfo } from 'node:net'
import type { Clock } from '../../core/ports.ts'
import type { Headers, RawRequest } from '../sigv4/request.ts'
import type { SignedHead } from '../sigv4/verify.ts'
import type { RawResponse, RefusedReason } from './answers.ts'
import { Front } from './front.ts'
import { LeanServer } from './lean/server.ts'
import type { HttpLimits } from './limits.ts'

/** What the head alone says of a request; what is refused is answered, and its body not read. */
export type HeadVerdict =
  | { readonly signed: SignedHead | undefined; readonly refused?: undefined }
  | { readonly refused: RawResponse }

/**
 * A request that the listener admitted, whole. `headers` is what `readHeaders` makes of it, and
 * `signed` what `mayRead` made of these; absent without `mayRead`.
 */
export type AdmittedRequest = RawRequest & {
  readonly requestId: string
  readonly headers: Headers
  readonly signed: SignedHead | undefined
}

export type Transport = 'lean' | 'node'

export type ListenerTls = {
  readonly cert: string | Uint8Array
  readonly key: string | Uint8Array
  /** Who has no certificate from here with one of the common names is hung up on; absent: nobody. */
  readonly clients?: { readonly ca: string; readonly names: readonly string[] | undefined }
}

export type ListenerOptions = {
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  /** PEM. Absent: plain HTTP. */
  readonly tls?: ListenerTls
  /** `node`: `node:http` reads the requests; absent: this service does, in half the time. */
  readonly transport?: Transport | undefined
  readonly limits: HttpLimits
  readonly clock: Clock
  /**
   * Decides by the head alone whether a body is read, before any memory is used for it. A refusal is
   * the end of the connection. Absent: every body is read.
   */
  readonly mayRead?: (headers: Headers, remoteAddress: string) => HeadVerdict
  /** Which targets of a POST are read at all; absent: `/` alone. */
  readonly isTarget?: (target: string) => boolean
  readonly onRequest: (request: AdmittedRequest) => Promise<RawResponse> | RawResponse
  /** Unauthenticated pages (GET and HEAD); `undefined`: there is none at this path. */
  readonly onGet: (path: string) => RawResponse | Promise<RawResponse> | undefined
  /** The listener has answered, or hung up, by itself. Must not throw. */
  readonly onRefused: (reason: RefusedReason) => void
  readonly newRequestId: () => string
}

export type Listener = {
  readonly address: { readonly host: string; readonly port: number }
  /**
   * Takes no new connection, answers what is under way and closes; after `graceMs` hangs up on
   * who is left. Resolves when no connection is left.
   */
  close(graceMs: number): Promise<void>
  connections(): number
}

/**
 * Listens, over sockets or over `node:http`. Whatever arrives is answered with an AWS error or with what `onRequest`
 * and `onGet` return, and nothing that they throw ends the process. Rejects if it cannot listen.
 */
export const createListener = async (options: ListenerOptions): Promise<Listener> => {
  const front = options.transport === 'node' ? new Front(options) : new LeanServer(options)
  const { server } = front
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, () => {
      server.off('error', reject)
      resolve()
    })
  }).catch(async (error: unknown) => {
    await front.close(0).catch(() => undefined)
    throw error
  })
  const { address, port } = server.address() as AddressInfo
  return {
    address: { host: address, port },
    close: (graceMs) => front.close(graceMs),
    connections: () => front.connections(),
  }
}
