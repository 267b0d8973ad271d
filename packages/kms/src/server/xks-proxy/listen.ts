import type { World } from '../call.ts'
import { defaultHttpLimits, type HttpLimits } from '../http/limits.ts'
import { createListener, type Listener, type ListenerTls } from '../http/listener.ts'
import type { Log } from '../log.ts'
import type { Answering } from '../pipeline.ts'
import { servedXksProxy } from '../served.ts'
import { XksFront } from './front.ts'

/** Where the XKS proxy API is served. Always over TLS: AWS KMS knows no other way. */
export type XksProxyOptions = {
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  readonly tls: ListenerTls
}

export type XksProxyWorld = {
  readonly world: World
  readonly pipeline: Answering
  readonly regions: ReadonlySet<string>
  readonly limits: Partial<HttpLimits> | undefined
  readonly log: Log
}

/** Listens for AWS KMS, or another Keyhold, that keeps keys here. Rejects if it cannot listen. */
export const listenForXks = (
  options: XksProxyOptions,
  { world, pipeline, regions, limits, log }: XksProxyWorld,
): Promise<Listener> => {
  const front = new XksFront({ world, pipeline, regions, log, served: servedXksProxy })
  return createListener({
    ...options,
    limits: { ...defaultHttpLimits, ...limits },
    clock: world.clock,
    mayRead: (headers, address) => front.mayRead(headers, address),
    isTarget: () => true,
    onRequest: (request) => front.answer(request),
    onGet: (path) => front.page(path),
    onRefused: (reason) => {
      if (reason !== 'signature') log.warn('external key store connection refused', { reason })
    },
    newRequestId: () => world.random.uuid(),
  })
}
